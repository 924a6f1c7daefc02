"""PostgreSQL, Redis and the sandbox of a run, and how they are made to fail.

The servers are the run's own, with full durability, since PostgreSQL is crashed; or those that the environment names
(as in the tests), which are shared and left alone.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGQUIT, SIGSTOP

import psycopg
import redis

from multivio.embedded import processes
from multivio.embedded.home import CHECKOUT
from multivio.embedded.postgres import Postgres
from multivio.embedded.redis import Redis
from multivio.embedded.servers import Servers, ephemeral_home
from proof.chaos.plan import CALL_SECONDS
from sandbox.testing import Running, start

GIVEN = ("DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_OWNER_URL", "REDIS_URL")
SETTINGS = {
    # A run is busier than people are let to be.
    "RATE_LIMITS": "publishing=1000000/3600,workspace-publishing=1000000/3600,uploads=1000000/3600",
    "DEBUG": "0",
    "ALLOWED_HOSTS": "localhost",
    "MULTIVIO_SANDBOX": "1",
    "STRIPE_SANDBOX": "0",  # no plan limits how much is published here
    "MULTIVIO_IGNORE_LOCAL": "1",
    "MULTIVIO_DB_ROLE": "app",
    "DJANGO_SETTINGS_MODULE": "multivio.settings",
    "DATABASE_POOL_SIZE": "4",
    "BASE_URL": "http://localhost:8000",
    "LOG_LEVEL": "WARNING",
    "LOG_JSON": "1",
    "PUBLISH_SLOTS": "16",
    "PUBLISH_FAILPOINT": "",
}


@dataclass
class World:
    """Everything around the workers. Methods belong to the main thread."""

    folder: Path
    lease_seconds: int
    call_seconds: float = CALL_SECONDS
    own: Servers | None = None
    env: dict[str, str] = field(default_factory=dict)
    sandbox: Running = field(init=False)
    web: subprocess.Popen[bytes] | None = None

    def start(self, *, own_servers: bool, serves_media: bool = False) -> None:
        """Start what is needed and migrate; `serves_media`: also a web process, since some platforms fetch media themselves.

        Raises ServerFailed, CalledProcessError.
        """
        if own_servers:
            # Durable, although its folder goes at the end: PostgreSQL will be crashed.
            self.own = Servers(ephemeral_home("multivio-chaos-"))
            self.own.start()
            self.own.keeper.remove(self.own.home.path)
            addresses = self.own.environment()
        else:
            addresses = {name: os.environ[name] for name in GIVEN}
        self.sandbox = start(self.folder / "sandbox")
        chosen = {
            "SANDBOX_URL": self.sandbox.url,
            "PUBLISH_LEASE_SECONDS": str(self.lease_seconds),
            "PUBLISH_CALL_TIMEOUT_SECONDS": str(self.call_seconds),
        }
        self.env = {**_ordinary(), **SETTINGS, **addresses, **self._secrets(), **chosen}
        if own_servers:
            self._migrate()
        if serves_media:
            self._serve_media()

    def _serve_media(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.env["MEDIA_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "uvicorn", "multivio.asgi:application", "--port", str(port), "--no-access-log"]
        log = (self.folder / "web.log").open("ab")
        self.web = subprocess.Popen(  # noqa: S603
            processes.leashed(command, number=SIGKILL, owner=None),
            cwd=CHECKOUT,
            env={**self.env, "ALLOWED_HOSTS": "127.0.0.1"},
            stdout=log,
            stderr=log,
        )

    def stop(self) -> None:
        if self.web:
            self.web.kill()
            self.web.wait()
        self.sandbox.stop()
        if self.own:
            self.own.stop()
            shutil.rmtree(self.own.home.path, ignore_errors=True)

    def database_url(self) -> str:
        """Past row-level security, for the checker and for moving clocks."""
        return self.env["DATABASE_SYSTEM_URL"]

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.env["REDIS_URL"], socket_timeout=2) as client:
            client.flushall() if self.own else client.flushdb()

    def terminate_backend(self, draw: float) -> int:
        """End one of the product's database sessions; how many it was (0 or 1)."""
        url = self.env["DATABASE_SYSTEM_URL" if draw < 0.8 else "DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(
                "select pid from pg_stat_activity where usename = current_user and datname = current_database()"
                " and pid <> pg_backend_pid() order by pid"
            ).fetchall()
            if not found:
                return 0
            connection.execute("select pg_terminate_backend(%s)", [found[int(draw * len(found))][0]])
        return 1

    def pause_redis(self, *, running: bool) -> None:
        """Stop or go on; nothing when it is dead just now."""
        process = self._redis().process
        if process and process.poll() is None:
            os.kill(process.pid, SIGCONT if running else SIGSTOP)

    def kill_redis(self) -> None:
        process = self._redis().process
        if process and process.poll() is None:
            os.kill(process.pid, SIGKILL)
            process.wait()

    def start_redis(self) -> None:
        """Unless it runs already."""
        process = self._redis().process
        if process is None or process.poll() is not None:
            self._redis().launch()
            self._redis().prepare()

    def crash_postgres(self) -> None:
        """Immediate shutdown: no checkpoint, every session cut off; it recovers from its log at the next start."""
        postgres = self._postgres()
        if postgres.process:
            os.kill(postgres.process.pid, SIGQUIT)
            postgres.process.wait(30)

    def start_postgres(self) -> None:
        self._postgres().launch()
        self._postgres().prepare()

    def _redis(self) -> Redis:
        assert self.own is not None  # noqa: S101 - troubles of servers are only planned for own ones
        assert self.own.redis is not None  # noqa: S101
        return self.own.redis

    def _postgres(self) -> Postgres:
        assert self.own is not None  # noqa: S101
        assert self.own.postgres is not None  # noqa: S101
        return self.own.postgres

    def _secrets(self) -> dict[str, str]:
        return {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": "c1:" + urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "MEDIA_HOME": str(self.folder / "media"),
            "MULTIVIO_HOME": str(self.folder),
        }

    def _migrate(self) -> None:
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--no-input", "--skip-checks"]
        subprocess.run(command, cwd=CHECKOUT, env={**self.env, "MULTIVIO_DB_ROLE": "owner"}, check=True)  # noqa: S603


def run_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="multivio-chaos-run-"))


def _ordinary() -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    return {name: os.environ[name] for name in names if name in os.environ}
