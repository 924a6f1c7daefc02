"""Embedded Redis: one server on a socket in the home folder, behind a password."""

import os
import secrets
import signal
import subprocess
import time
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from multivio.embedded import processes
from multivio.embedded.binaries import redis_program
from multivio.embedded.home import SOCKETS, Home, private_file
from multivio.embedded.keeper import Keeper
from multivio.embedded.postgres import ServerFailed, log_tail

START_SECONDS = 30
STOP_SECONDS = 10
TEST_DATABASES = 256


class Redis:
    """The Redis of one home."""

    def __init__(self, home: Home, keeper: Keeper, *, ephemeral: bool) -> None:
        self.home, self.keeper, self.ephemeral = home, keeper, ephemeral
        self.owner = processes.server_owner()
        self.socket = home.path / SOCKETS / "redis.sock"
        self.log = home.path / "log" / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the server, without waiting until it answers."""
        program = redis_program(self.home, as_nobody=self.owner is not None)
        self.home.folder("log")
        self.home.folder(SOCKETS, owner=self.owner)
        with self.log.open("wb") as log:
            self.process = processes.start(
                [program, self._configuration()],
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                keeper=self.keeper,
                output=log.fileno(),
                on_death=signal.SIGKILL if self.ephemeral else signal.SIGTERM,
                owner=self.owner,
            )

    def prepare(self) -> None:
        """Wait until the server answers. Raises ServerFailed."""
        deadline = time.monotonic() + START_SECONDS
        # redis-py's own retries wait longer than the server takes.
        with redis.Redis.from_url(self.url(), retry=Retry(NoBackoff(), 0)) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.exceptions.RedisError as error:
                    ended = self.process is None or self.process.poll() is not None
                    if ended or time.monotonic() > deadline:
                        raise ServerFailed(f"Redis did not start ({error}).\n{log_tail(self.log)}") from error
                    time.sleep(0.02)

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, number=signal.SIGTERM, seconds=STOP_SECONDS, keeper=self.keeper)
            self.process = None

    def url(self, database: int = 0) -> str:
        """Address for redis-py; `multivio.redis_url.broker_url` turns it into Celery's."""
        return f"unix://:{self.password()}@{quote(str(self.socket))}?db={database}"

    def password(self) -> str:
        """Made once and kept in state.json."""
        known = self.home.read().get("redis_password")
        if not known:
            known = secrets.token_urlsafe(24)
            self.home.write(redis_password=known)
        return str(known)

    def _configuration(self) -> str:
        """Write the configuration file and return its path; a password on the command line is there for all to see."""
        folder = self.home.folder("redis", owner=self.owner)
        lines = [
            "port 0",
            f'unixsocket "{self.socket}"',
            "unixsocketperm 700",
            f'requirepass "{self.password()}"',
            f'dir "{folder}"',
            'save ""',
            f"appendonly {'no' if self.ephemeral else 'yes'}",
            f"databases {TEST_DATABASES if self.ephemeral else 16}",
            "loglevel notice",
        ]
        path = folder / "redis.conf"
        with private_file(path) as handle:
            handle.write("\n".join(lines) + "\n")
        if self.owner:
            os.chown(path, *self.owner)
        return str(path)
