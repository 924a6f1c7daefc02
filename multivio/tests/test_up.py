"""`manage.py up` as a person meets it: started, broken, stopped, started again, killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from multivio.embedded.home import CHECKOUT
from multivio.embedded.servers import ephemeral_home
from multivio.supervisor.ports import HOST
from multivio.testing.environment import free_port
from multivio.testing.waiting import eventually, processes_naming, tied

pytestmark = pytest.mark.processes

START_SECONDS = 120
# What the run of the tests itself set, and a terminal would not have.
OURS = (
    "DATABASE",
    "REDIS",
    "MULTIVIO",
    "SANDBOX",
    "PORT",
    "BASE_URL",
    "SECRET_KEY",
    "FIELD_KEYS",
    "MEDIA_HOME",
    "DEBUG",
)


class Terminal:
    """A terminal in which somebody typed `manage.py up`."""

    def __init__(self, home: Path, **variables: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.process = subprocess.Popen(
            tied([sys.executable, "manage.py", "up"]),
            cwd=CHECKOUT,
            env={**env, "MULTIVIO_HOME": str(home), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as pipe:
            for line in pipe:
                self.lines.append(line.rstrip())
                sys.stdout.write(line)  # pytest shows it when the test fails

    def shows(self, text: str) -> str:
        """The first line with `text` in it, waited for while the process runs."""

        def look() -> str:
            found = next((line for line in self.lines if text in line), "")
            ended = self.process.poll() is not None and not self._reader.is_alive()
            if ended and not found:
                pytest.fail(f"ended without saying {text!r}:\n" + "\n".join(self.lines))
            return found

        return eventually(look, seconds=START_SECONDS)

    def ends(self, *, seconds: float) -> int:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still runs after {seconds} s:\n" + "\n".join(self.lines))
        self._reader.join(5)
        return code


@pytest.fixture
def home() -> Iterator[Path]:
    path = ephemeral_home("mv-up-").path
    yield path
    eventually(lambda: not processes_naming(path), seconds=30)
    subprocess.run(["rm", "-rf", path], check=True)


def status(port: int, path: str) -> int:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
    return found


class TestUp:
    def test_it_starts_heals_stops_and_leaves_nothing_when_it_is_killed(self, home: Path) -> None:
        port, sandbox_port = free_port(), free_port()
        ports = {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}

        terminal = Terminal(home, **ports)
        ready = terminal.shows("Ready in")
        assert f"http://localhost:{port}" in ready
        assert f"http://localhost:{sandbox_port}" in ready
        assert "sign in as" in ready
        assert status(port, "/healthz") == 200
        assert status(port, "/readyz") == 200

        second = Terminal(home, **ports)
        assert second.ends(seconds=START_SECONDS) == 3
        assert f"already runs at http://localhost:{port} (process {terminal.process.pid})" in "\n".join(second.lines)

        web = next(child for child in family(terminal.process) if "uvicorn" in " ".join(child.cmdline()))
        web.kill()
        terminal.shows("web was ended by SIGKILL; starting it again")
        eventually(lambda: status(port, "/healthz") == 200, seconds=START_SECONDS)

        everyone = family(terminal.process)
        assert len(everyone) > 8
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ends(seconds=60) == 0
        assert not any(alive(process) for process in everyone)

        again = Terminal(home, **ports)
        again.shows("Database ready")
        everyone = eventually(lambda: [*family(again.process)] if len(family(again.process)) > 8 else [])
        again.process.kill()
        eventually(lambda: not any(alive(process) for process in everyone), seconds=30)

    def test_a_taken_port_is_told_plainly_and_nothing_stays_running(self, home: Path) -> None:
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen()
            port = listener.getsockname()[1]
            terminal = Terminal(home, PORT=str(port))
            assert terminal.ends(seconds=60) == 1
        assert f"Port {port} is taken by another program" in "\n".join(terminal.lines)
        assert not processes_naming(home)


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
