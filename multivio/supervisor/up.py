"""The life of `manage.py up`: servers, migrations, demo, processes, the ready line; then watching and stopping."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

import environ

from multivio.embedded.binaries import BinariesMissing
from multivio.embedded.home import CHECKOUT, Home, HomeUnusable, chosen_home
from multivio.embedded.postgres import ServerFailed, log_tail
from multivio.embedded.servers import HomeBusy, Servers
from multivio.supervisor import plan, ports
from multivio.supervisor.children import Children, KeepsFailing
from multivio.supervisor.console import Console

ALREADY_RUNNING = 3
FAILED = 1
PATIENCE_SECONDS = 20.0  # how long a killed run may take to be cleaned up
SILENCE_SECONDS = 20.0  # how long nothing happens before we say what we wait for

MAY_BE_EMPTY = {"DATABASE_URL", "REDIS_URL", "PORT", "SANDBOX_PORT", "SECRET_KEY", "FIELD_KEYS", "BASE_URL"}


class Failed(Exception):
    """The product cannot start or go on. The text is for the person at the terminal."""


class Stopped(Exception):
    """Somebody asked us to stop."""


class Up:
    """One run."""

    def __init__(self, home: Home, env: Mapping[str, str], console: Console) -> None:
        self.home, self.console = home, console
        # An empty line in .env says the same as none.
        self.env = {name: value for name, value in env.items() if value or name not in MAY_BE_EMPTY}
        self.began = time.monotonic()
        self.stopping = threading.Event()
        self.signals = 0
        self.sandbox = self.env.get("MULTIVIO_SANDBOX", "1") != "0"
        self.children: Children | None = None
        self.demo: dict[str, str] = {}

    def request_stop(self, number: int, _frame: object) -> None:
        """Signal handler: the first asks for an orderly end, the second for a quick one."""
        self.signals += 1
        self.stopping.set()

    def run(self) -> int:
        """Everything, from lock to unlock. Returns the exit code."""
        servers = Servers(
            self.home, postgres="DATABASE_URL" not in self.env, redis="REDIS_URL" not in self.env, ephemeral=False
        )
        try:
            self._start_servers(servers)
        except HomeBusy:
            return self._say_running()
        code = 0
        try:
            self._start_product(servers)
            self._watch(servers)
        except Stopped:
            self.console.say("Stopping…")
        except (Failed, KeepsFailing, ports.PortBusy) as error:
            self.console.say(str(error))
            code = FAILED
        finally:
            self._stop(servers)
        return code

    # -- start --

    def _start_servers(self, servers: Servers) -> None:
        """Lock the home and start the servers, waiting for a killed run's last processes to go. Raises HomeBusy."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        waited = False
        while True:
            try:
                servers.start()
            except HomeBusy:
                if self._runs() or time.monotonic() > deadline or self.stopping.is_set():
                    raise
                if not waited:
                    self.console.say("The last run was killed; waiting until what it left is gone")
                waited = True
                time.sleep(0.2)
            else:
                return

    def _start_product(self, servers: Servers) -> None:
        chosen = self._ports()
        given = servers.environment()
        local = {**plan.local_settings(self.home, chosen, sandbox=self.sandbox), **given}
        # What the user set wins, except for the servers that run here because he set nothing.
        env = {**local, **self.env, **given, "PORT": local["PORT"], "SANDBOX_PORT": local["SANDBOX_PORT"]}
        own = {name: value for name, value in local.items() if env[name] == value}
        self.home.write(env=own, running={"pid": os.getpid(), "url": env["BASE_URL"]})
        # Children get a complete environment; without this they would fill it up from state.json again.
        env |= {"MULTIVIO_IGNORE_LOCAL": "1", "PYTHONUNBUFFERED": "1"}
        self._say_servers(servers)
        self.children = Children(servers.keeper, self.console)
        if self.sandbox:
            self.children.start(plan.sandbox_program(env, self.home, chosen))
        self._prepare_data(env, external="DATABASE_URL" not in given)
        if self.sandbox:
            self._wait_for("sandbox", chosen.sandbox, "/", servers)
        # Side by side: the processes take as long to load as the first data take to make.
        for program in plan.product_programs(env, chosen):
            self.children.start(program)
        self._bootstrap(env)
        self._wait_for("web", chosen.web, "/healthz", servers)
        self._wait_for("workers and dispatcher", chosen.web, "/readyz", servers)
        self._say_ready(env, chosen)

    def _ports(self) -> ports.Ports:
        chosen = ports.choose(self.env, sandbox=self.sandbox)
        if "PORT" not in self.env and chosen.web != ports.FIRST:
            self.console.say(f"Port {ports.FIRST} is taken; using {chosen.web}. PORT=… chooses another one.")
        return chosen

    def _prepare_data(self, env: Mapping[str, str], *, external: bool) -> None:
        steps = [plan.migrate(env)]
        if external:
            steps.insert(0, plan.prepare_database(env))
        for step in steps:
            self._run(step, failure="The database could not be prepared; the lines above say why.")
        self.console.say(f"Database ready ({self._elapsed()})")

    def _bootstrap(self, env: Mapping[str, str]) -> None:
        results = self._run(plan.bootstrap(env), failure="The first data could not be made; the lines above say why.")
        if results:
            self.demo = json.loads(results[-1])

    def _run(self, step: plan.Program, *, failure: str) -> list[str]:
        assert self.children  # noqa: S101 - set before any step
        code, results = self.children.run(step, stopping=self.stopping)
        if self.stopping.is_set():
            raise Stopped
        if code:
            raise Failed(failure)
        return results

    def _wait_for(self, what: str, port: int, path: str, servers: Servers) -> None:
        """Wait until `path` answers with success, watching the processes meanwhile."""
        told = time.monotonic()
        while True:
            self._round(servers)
            status, body = _get(port, path)
            if 200 <= status < 400:
                return
            if time.monotonic() - told > SILENCE_SECONDS:
                told = time.monotonic()
                self.console.say(f"Still waiting for {what} ({body.strip() or 'no answer yet'})")
            self.stopping.wait(0.2)

    # -- run --

    def _watch(self, servers: Servers) -> None:
        while True:
            self._round(servers)
            self.stopping.wait(0.2)

    def _round(self, servers: Servers) -> None:
        """Look after everything once. Raises Stopped, Failed or KeepsFailing."""
        if self.stopping.is_set():
            raise Stopped
        ended = servers.ended()
        if ended:
            tail = log_tail(self.home.path / "log" / f"{ended}.log")
            raise Failed(f"The {ended} server ended by itself. Its last lines:\n{tail}")
        if self.children:
            self.children.watch()

    def _stop(self, servers: Servers) -> None:
        began = time.monotonic()
        if self.children:
            self.children.stop(hurry=lambda: self.signals > 1)
        self.home.write(running=None)
        servers.stop()
        self.console.say(f"Stopped in {time.monotonic() - began:.1f} s")

    # -- words --

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"

    def _runs(self) -> bool:
        """Whether the process that state.json names is alive."""
        running = self.home.read().get("running") or {}
        try:
            os.kill(int(running["pid"]), 0)
        except (KeyError, ProcessLookupError):
            return False
        except PermissionError:
            return True
        return True

    def _say_running(self) -> int:
        running = self.home.read().get("running") or {}
        where = f"at {running['url']} (process {running['pid']})" if running else "and is just starting or stopping"
        self.console.say(f"Multivio already runs {where}. Stop it with Ctrl-C in its terminal.")
        self.console.say("A second one needs a folder of its own: MULTIVIO_HOME=.data2 make run")
        return ALREADY_RUNNING

    def _say_servers(self, servers: Servers) -> None:
        started = [name for name, server in (("PostgreSQL", servers.postgres), ("Redis", servers.redis)) if server]
        if started:
            self.console.say(f"{' and '.join(started)} ready ({self._elapsed()}), data in {self.home.path}")

    def _say_ready(self, env: Mapping[str, str], chosen: ports.Ports) -> None:
        parts = [f"Ready in {self._elapsed()}: {env['BASE_URL']}"]
        if self.demo:
            parts.append(f"sign in as {self.demo['email']} with password {self.demo['password']}")
        if self.sandbox:
            parts.append(f"sandbox: {local_url(chosen.sandbox)}")
        self.console.say(" · ".join(parts))


def local_url(port: int) -> str:
    return f"http://localhost:{port}"


def _get(port: int, path: str) -> tuple[int, str]:
    """Status and body of a local page; status 0 while nobody answers."""
    connection = HTTPConnection(ports.HOST, port, timeout=3)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def main() -> int:
    """Entry point of `manage.py up`. Exit codes: 0 stopped on request, 1 failed, 3 already running."""
    environ.Env.read_env(CHECKOUT / ".env")
    console = Console()
    up = Up(Home(chosen_home()), os.environ, console)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, up.request_stop)
    try:
        return up.run()
    except (BinariesMissing, HomeUnusable, ServerFailed) as error:
        console.say(str(error))
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
