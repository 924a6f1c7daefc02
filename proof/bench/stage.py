"""What a measurement runs on: servers of its own with full durability, the stub platform, and the product's processes."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM

import redis
import urllib3

from multivio.embedded import processes
from multivio.embedded.home import CHECKOUT
from proof.chaos.servers import World, run_folder

QUIET = ("--without-gossip", "--without-mingle", "-l", "warning")
WORKER = (
    sys.executable,
    "-m",
    "celery",
    "--quiet",
    "-A",
    "multivio",
    "worker",
    "-Q",
    "publish",
    "-P",
    "threads",
    "-c",
    "4",
)
# The checks refuse a sandbox without DEBUG, and DEBUG is not what is to be measured.
DISPATCHER = (sys.executable, "manage.py", "dispatch", "--skip-checks")
LEASE_SECONDS = 60
START_SECONDS = 90.0


@dataclass
class Stage:
    """Servers, stub and processes. `start()` sets Django up for this process, so there is one stage in a process."""

    world: World = field(default_factory=lambda: World(run_folder(), LEASE_SECONDS))
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    stub: str = ""
    _http: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    sandboxed: bool = False  # the faithful platform instead of the stub

    def start(self) -> None:
        self.world.start(own_servers=True)
        if not self.sandboxed:
            self._start_stub()
            self.world.env["X_API_URL"] = self.stub
        self.world.env |= {
            "PUBLISH_SLOTS": "64",
            "PUBLISH_CALL_TIMEOUT_SECONDS": "30",
            "DATABASE_POOL_SIZE": "8",
        }
        os.environ.update(self.world.env)
        import django  # noqa: PLC0415 - the settings are only known now

        django.setup()

    @property
    def url(self) -> str:
        """The database, past row-level security and triggers' ownership."""
        return self.world.env["DATABASE_OWNER_URL"]

    def _start_stub(self) -> None:
        command = processes.leashed([sys.executable, "-m", "proof.bench.stub"], number=SIGKILL, owner=None)
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE)  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - asked for above
        self.stub = f"http://127.0.0.1:{int(process.stdout.readline())}"
        self.running.append(process)

    def seen(self) -> dict[int, float]:
        """When the first byte of each post came to the stub, by number."""
        answer = self._http.request("GET", f"{self.stub}/log", timeout=30, retries=False)
        return {number: at for at, number in answer.json()}

    def forget(self) -> None:
        self._http.request("POST", f"{self.stub}/reset", body=b"", timeout=30, retries=False)

    def spawn(self, command: Sequence[str], **env: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603
            processes.leashed(list(command), number=SIGKILL, owner=None),
            cwd=CHECKOUT,
            env={**self.world.env, **env},
            stderr=self.log.open("ab"),
            stdout=subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    def workers(self, number: int = 2) -> list[subprocess.Popen[bytes]]:
        """As the Procfile starts them, and up when this returns. Raises RuntimeError."""
        started = [
            self.spawn((*WORKER, "-n", f"bench{n}-{time.time_ns()}@%h", *QUIET), MULTIVIO_DB_ROLE="system")
            for n in range(number)
        ]
        self.until_alive("worker")
        return started

    def dispatcher(self) -> subprocess.Popen[bytes]:
        process = self.spawn(DISPATCHER)
        self.until_alive("dispatcher")
        return process

    def until_alive(self, name: str) -> None:
        """Until it has said so since now, and has had a moment to settle."""
        with redis.Redis.from_url(self.world.env["REDIS_URL"]) as client:
            client.delete(f"heartbeat:{name}")
            end = time.monotonic() + START_SECONDS
            while not client.exists(f"heartbeat:{name}"):
                if time.monotonic() > end:
                    raise RuntimeError(f"no {name} came up; see {self.log}")
                time.sleep(0.1)
        time.sleep(2)

    @property
    def log(self) -> Path:
        return self.world.folder / "bench.log"

    def end(self, *those: subprocess.Popen[bytes], number: int = SIGTERM) -> None:
        for process in those:
            process.send_signal(number)
        for process in those:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.running.remove(process)

    def stop(self) -> None:
        self.end(*list(self.running), number=SIGKILL)
        self.world.stop()
        shutil.rmtree(self.world.folder, ignore_errors=True)
