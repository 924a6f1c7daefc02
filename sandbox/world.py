"""Everything the sandbox knows, tied together once at start."""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.accounts import Accounts
from sandbox.apps import Apps
from sandbox.calls import Call, Operation
from sandbox.clock import Clock
from sandbox.config import Config
from sandbox.consents import Consents
from sandbox.faults import Faults
from sandbox.ids import Snowflakes
from sandbox.late import LateDeliveries
from sandbox.ledger import Ledger
from sandbox.platforms.base import Platform, Service
from sandbox.rates import Rates
from sandbox.settings import Settings, Value
from sandbox.store import Store

SPOOL_SECONDS = 86400
SCHEMA = (Path(__file__).parent / "schema.sql").read_text()


class World:
    def __init__(
        self, config: Config, platforms: tuple[type[Platform], ...], others: tuple[type[Service], ...] = ()
    ) -> None:
        self.config = config
        for folder in (config.spool, *(config.media(kind.slug) for kind in platforms)):
            folder.mkdir(parents=True, exist_ok=True)
        schemas = [kind.schema for kind in (*platforms, *others) if kind.schema]
        self.store = Store(config.data / "sandbox.sqlite3", [SCHEMA, *schemas])
        self.clock = Clock(self.store)
        self.settings = _settings(self.store, (*platforms, *others))
        self.ids = Snowflakes(self.clock, self.store)
        self.accounts = Accounts(self.store)
        self.apps = Apps(self.store, config.redirect_uris)
        self.consents = Consents(self.store, self.clock)
        self.rates = Rates(self.store, self.clock)
        self.faults = Faults(self.store)
        self.ledger = Ledger(self.store)
        self.late = LateDeliveries(self)
        self.closing = asyncio.Event()
        self._creating: dict[tuple[str, str], int] = {}
        self.platforms = {kind.slug: kind(self) for kind in platforms}
        # Everything that answers calls: the platforms, and what else the product asks.
        self.services: dict[str, Service] = {**self.platforms, **{kind.slug: kind(self) for kind in others}}
        self._operations = {
            (slug, operation.name): operation
            for slug, service in self.services.items()
            for operation in service.operations
        }
        self._open()

    @property
    def base_url(self) -> str:
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        return f"http://{host}:{self.config.port}"

    def operation(self, platform: str, name: str) -> Operation:
        return self._operations[platform, name]

    def reset(self, platform: str | None = None, *, keep_accounts: bool = True) -> None:
        """Back to a fresh world, or only one platform of it. The clock goes back with the whole world alone."""
        self.ids.remember()
        with self.store.transaction():
            for one in self.services.values() if platform is None else [self.services[platform]]:
                one.clear()
                if not isinstance(one, Platform):
                    continue
                if not keep_accounts:
                    self.consents.clear(one.slug)
                    self.accounts.clear(one.slug)
                    self.apps.clear(one.slug)
                one.seed(accounts=not keep_accounts)
            for part in (self.rates, self.faults, self.ledger, self.late):
                part.clear(platform)
            self.settings.reset()
            if platform is None:
                self.clock.reset()

    @contextmanager
    def in_progress(self, call: Call | None) -> Iterator[None]:
        """Count a create request of an account from its arrival to the end of its answer."""
        if call is None or call.actor is None:
            yield
            return
        key = (call.platform, call.actor.account.id)
        self._creating[key] = self._creating.get(key, 0) + 1
        try:
            yield
        finally:
            self._creating[key] -= 1

    def others_in_progress(self, call: Call) -> int:
        """Other create requests of the call's account that are in progress now, the call itself being one."""
        if call.actor is None:
            return 0
        return self._creating.get((call.platform, call.actor.account.id), 1) - 1

    async def wait_until_closing(self, other: Awaitable[None], seconds: float) -> None:
        """Wait for `other`, the end of the program, or the seconds, whatever comes first."""
        waiting = [asyncio.ensure_future(other), asyncio.ensure_future(self.closing.wait())]
        _, pending = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()

    def clock_moved(self) -> None:
        for service in self.services.values():
            service.clock_moved()

    def close(self) -> None:
        self.store.close()

    def _open(self) -> None:
        for platform in self.platforms.values():
            self.ids.raise_to(platform.highest_id())
        if self.store.get_meta("seeded", "") != "yes":
            with self.store.transaction():
                for platform in self.platforms.values():
                    platform.seed(accounts=True)
                self.store.set_meta("seeded", "yes")
        self._sweep()
        self.late.deliver_due()

    def _sweep(self) -> None:
        """Drop bodies that a killed process left half read; late deliveries need theirs for a while."""
        for file in self.config.spool.iterdir():
            if file.stat().st_mtime < time.time() - SPOOL_SECONDS:
                file.unlink()


def _settings(store: Store, services: tuple[type[Service], ...]) -> Settings:
    defaults: dict[str, Value] = {}
    choices: dict[str, tuple[str, ...]] = {}
    for kind in services:
        defaults |= kind.settings
        choices |= kind.setting_choices
    return Settings(store, defaults, choices)
