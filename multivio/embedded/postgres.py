"""Embedded PostgreSQL: one cluster in the home folder, reachable by a socket in it and by password only."""

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from multivio import database_roles
from multivio.embedded import processes
from multivio.embedded.binaries import postgres_programs
from multivio.embedded.home import SOCKETS, Home, private_file
from multivio.embedded.keeper import Keeper

SUPERUSER = "mv_super"
DATABASE = "multivio"
START_SECONDS = 60
STOP_SECONDS = 20
# A throw-away server need not survive a power cut.
CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=4GB", "autovacuum_naptime=1h")
SETTINGS = (
    "listen_addresses=",
    "max_connections=100",
    "shared_buffers=128MB",
    "password_encryption=scram-sha-256",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m %u@%d ",
)


class ServerFailed(Exception):
    """A server did not start. The text ends with what it logged."""


def log_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file; empty when it cannot be read."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


class Postgres:
    """The cluster of one home. `start` leaves it ready, with the roles and the product's database in it."""

    def __init__(self, home: Home, keeper: Keeper, *, ephemeral: bool) -> None:
        self.home, self.keeper, self.ephemeral = home, keeper, ephemeral
        self.owner = processes.server_owner()
        self.data = home.path / "pgdata"
        self.sockets = home.path / SOCKETS
        self.log = home.path / "log" / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Create the cluster on first use and start the server, without waiting until it answers."""
        self.programs = postgres_programs(self.home, as_nobody=self.owner is not None)
        self.home.folder("log")
        self.home.folder("pgdata", owner=self.owner)
        self.home.folder(SOCKETS, owner=self.owner)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        self._clear_leftovers()
        settings = [part for setting in (*SETTINGS, *self._durability()) for part in ("-c", setting)]
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data, "-k", self.sockets, *settings]
        with self.log.open("wb") as log:
            self.process = processes.start(
                command,
                env=self._environment(),
                keeper=self.keeper,
                output=log.fileno(),
                # Fast shutdown; a throw-away cluster needs none of it.
                on_death=signal.SIGQUIT if self.ephemeral else signal.SIGINT,
                owner=self.owner,
            )

    def prepare(self) -> None:
        """Wait until the server answers, then make roles and database. Raises ServerFailed."""
        with self._superuser() as admin:
            database_roles.create_roles(admin, self.passwords(), refresh=True)
            if not admin.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                admin.execute(
                    sql.SQL("create database {} owner {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(database_roles.OWNER)
                    )
                )
        with psycopg.connect(self.url(database_roles.OWNER), autocommit=True) as owner:
            database_roles.grant_database(owner)

    def stop(self) -> None:
        if self.process:
            number = signal.SIGQUIT if self.ephemeral else signal.SIGINT
            processes.stop(self.process, number=number, seconds=STOP_SECONDS, keeper=self.keeper)
            self.process = None

    def url(self, role: str, database: str = DATABASE) -> str:
        """libpq address of `database` as `role`, over the home's socket."""
        password = self.passwords()[role]
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self.sockets))}"

    def passwords(self) -> dict[str, str]:
        """One password for each role, made once and kept in state.json."""
        known: dict[str, str] = self.home.read().get("database_passwords", {})
        roles = (SUPERUSER, *database_roles.ATTRIBUTES)
        if any(role not in known for role in roles):
            known = {role: known.get(role) or secrets.token_urlsafe(24) for role in roles}
            self.home.write(database_passwords=known)
        return known

    def _durability(self) -> tuple[str, ...]:
        return CARELESS if self.ephemeral else ()

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def _create_cluster(self) -> None:
        password_file = self.home.folder("tmp", owner=self.owner) / "password"
        with private_file(password_file) as handle:
            handle.write(self.passwords()[SUPERUSER])
        if self.owner:
            os.chown(password_file, *self.owner)
        command: list[str | Path] = [
            *(self.programs / "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "scram-sha-256"),
            *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            f"--pwfile={password_file}",
            *(("--no-sync", "--no-instructions") if self.ephemeral else ()),
        ]
        leashed = processes.leashed(command, number=signal.SIGKILL, owner=self.owner)
        try:
            subprocess.run(leashed, check=True, capture_output=True, env=self._environment(), cwd="/")  # noqa: S603
        except subprocess.CalledProcessError as error:
            raise ServerFailed(f"initdb failed:\n{error.stderr.decode(errors='replace').strip()}") from error
        finally:
            password_file.unlink()

    def _clear_leftovers(self) -> None:
        """Remove lock files of a server that was killed. PostgreSQL does so only while the old number is unused, and in
        a container the numbers repeat. We hold the home's lock, and a live server is stopped first."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            end_leftover(int(pid_file.read_text().split()[0]), marker=self.data)
        pid_file.unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _superuser(self) -> Iterator[psycopg.Connection]:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                connection = psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True, connect_timeout=3)
                break
            except psycopg.OperationalError as error:
                ended = self.process is None or self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise ServerFailed(f"PostgreSQL did not start ({error}).\n{log_tail(self.log)}") from error
                time.sleep(0.03)
        with connection:
            yield connection


def end_leftover(pid: int, *, marker: Path) -> None:
    """Stop process `pid` if it is a server of ours that outlived its parent: its command line names `marker`."""
    if str(marker) not in _command_line(pid):
        return
    for number, seconds in ((signal.SIGINT, 10), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if str(marker) not in _command_line(pid):
                return
            time.sleep(0.05)


def _command_line(pid: int) -> str:
    """The command line of a process, empty when it is gone. `ps` where there is no /proc (macOS)."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["/bin/ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False)  # noqa: S603
    return shown.stdout
