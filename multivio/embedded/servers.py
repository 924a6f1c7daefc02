"""Both servers of one home, started together and stopped together."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from multivio import database_roles
from multivio.embedded.home import Home, usable
from multivio.embedded.keeper import Keeper
from multivio.embedded.postgres import Postgres, ServerFailed
from multivio.embedded.redis import Redis


class HomeBusy(Exception):
    """Another process runs the servers of this home."""


class Servers:
    """PostgreSQL and Redis (or one of them) for the life of this process.

    An ephemeral pair trades durability for speed, and its folder goes when it stops.
    """

    def __init__(self, home: Home, *, postgres: bool = True, redis: bool = True, ephemeral: bool = False) -> None:
        self.home, self.ephemeral = home, ephemeral
        self._wanted = (postgres, redis)
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.keeper: Keeper

    def start(self) -> None:
        """Lock the home and start what is wanted. Raises HomeBusy, HomeUnusable, BinariesMissing or ServerFailed."""
        if not self.home.lock():
            raise HomeBusy(str(self.home.path))
        self.keeper = Keeper(lock_handle=self.home.lock_handle())
        if self.ephemeral:
            self.keeper.remove(self.home.path)
        if self._wanted[1]:
            self.redis = Redis(self.home, self.keeper, ephemeral=self.ephemeral)
        if self._wanted[0]:
            self.postgres = Postgres(self.home, self.keeper, ephemeral=self.ephemeral)
        try:
            for server in self._servers():
                server.launch()
            for server in self._servers():
                server.prepare()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop Redis, then PostgreSQL, and unlock the home."""
        for server in self._servers():
            server.stop()
        self.keeper.close()
        self.home.unlock()

    def ended(self) -> str | None:
        """The name of a server that ended by itself, if one did."""
        for name, server in (("postgres", self.postgres), ("redis", self.redis)):
            if server and server.process and server.process.poll() is not None:
                return name
        return None

    def environment(self) -> dict[str, str]:
        """The variables by which the product finds these servers."""
        values: dict[str, str] = {}
        if self.postgres:
            values["DATABASE_URL"] = self.postgres.url(database_roles.APP)
            values["DATABASE_SYSTEM_URL"] = self.postgres.url(database_roles.SYSTEM)
            values["DATABASE_OWNER_URL"] = self.postgres.url(database_roles.OWNER)
        if self.redis:
            values["REDIS_URL"] = self.redis.url()
        return values

    def _servers(self) -> list[Redis | Postgres]:
        return [server for server in (self.redis, self.postgres) if server]

    def __enter__(self) -> "Servers":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def ephemeral_home(prefix: str = "multivio-test-") -> Home:
    """A new folder for servers that are thrown away, short enough for a socket and open to `nobody` for root."""
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes it safe
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
        path.chmod(0o711)
        if usable(path) == path:
            return Home(path)
        shutil.rmtree(path)
    raise ServerFailed("There is no temporary folder whose path is short enough for a socket. Set TMPDIR=/tmp.")
