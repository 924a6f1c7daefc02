"""The loop that a worker process hosts: claim what fits, publish in threads, sweep, look after unknown outcomes.

It needs nobody: Celery's bell and the dispatcher only make it look sooner, and without them it looks once a second.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import redis
import structlog
from django.conf import settings
from psycopg_pool import PoolTimeout

from multivio.health import heartbeat
from posts.engine.crew import Crew
from posts.engine.publish import Publisher
from posts.engine.settle import Reconciler
from posts.engine.spool import Spool
from posts.engine.store import Store
from posts.engine.values import Claim, Work

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0  # looks at least this often, bell or not
BUSY_FLOOR_SECONDS = 0.02  # between two claims while work comes in
IDLE_FLOOR_SECONDS = 0.1  # when something is due that cannot be claimed just now
SWEEP_SECONDS = 2.0
SETTLE_SECONDS = 1.0
LOOK_SLOTS = (
    16  # looks after unknown outcomes have threads of their own, so that calls that hang cannot use their time up
)
HEARTBEAT_SECONDS = 5.0
HAND_IN_SECONDS = 2.0
STUCK_SECONDS = 60.0  # a claim loop that has not turned for so long gives no sign of life any more
DATABASE_AWAY = (psycopg.OperationalError, PoolTimeout)


class Engine:
    """One per process. `start()` returns at once; `stop()` ends it without losing anything."""

    def __init__(self, *, store: Store | None = None, slots: int | None = None) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self.store = store or Store(
            settings.DATABASE_SYSTEM_URL,
            lease_seconds=settings.PUBLISH_LEASE_SECONDS,
            workspace_cap=settings.PUBLISH_WORKSPACE_CAP,
            spool=Spool(Path(settings.PUBLISH_SPOOL)),
        )
        self.publisher = Publisher(
            store=self.store,
            call_seconds=settings.PUBLISH_CALL_TIMEOUT_SECONDS,
        )
        self.reconciler = Reconciler(self.store)
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self.publishing = Crew("publish", slots or settings.PUBLISH_SLOTS, self.ring)
        self.looking = Crew("look", LOOK_SLOTS, self.ring)
        self._threads: list[threading.Thread] = []
        self._turned_at = time.monotonic()

    def start(self) -> None:
        for name, run in (("claim", self._claim_loop), ("housekeeping", self._housekeeping_loop)):
            thread = threading.Thread(target=run, name=f"engine-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        log.info("publishing engine started", owner=self.owner, slots=self.publishing.size)

    def ring(self) -> None:
        """Something may be due: look now."""
        self._bell.set()

    def stop(self, *, patience_seconds: float = 25.0) -> None:
        """Stop claiming, let the calls that are out finish; what is still out then becomes unknown by its lease."""
        self._stopping.set()
        self._bell.set()
        for thread in self._threads:
            thread.join(5)
        end = time.monotonic() + patience_seconds
        while self.busy and time.monotonic() < end:
            time.sleep(0.05)
        self.publishing.end()
        self.looking.end()
        self.store.close()
        log.info("publishing engine stopped", still_out=self.busy)

    @property
    def busy(self) -> int:
        return self.publishing.busy + self.looking.busy

    def step(self) -> int:
        """Claim what fits and hand it to the threads; answers how many. Tests drive the engine with this."""
        free = self.publishing.free
        if not free:
            return 0
        claims = self.store.claim(self.owner, min(free, 64))
        if claims:
            works = self.store.load([claim.id for claim in claims])
            for claim in claims:
                if claim.id in works:  # else its post was deleted just now
                    self.publishing.submit(self._publish, claim, works[claim.id])
        return len(claims)

    def sweep(self) -> None:
        """Leases that ended, and unknown outcomes whose next look is due."""
        self.store.sweep()
        self.settle()

    def settle(self) -> int:
        free = self.looking.free
        due = self.reconciler.due(free) if free else []
        works = self.store.load(due) if due else {}
        for work in works.values():
            self.looking.submit(self.reconciler.run, work)
        return len(works)

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether everything handed out has finished within `seconds`."""
        end = time.monotonic() + seconds
        while self.busy:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def _publish(self, claim: Claim, work: Work) -> None:
        self.publisher.run(replace(work, claim=claim))

    def _claim_loop(self) -> None:
        while not self._stopping.is_set():
            self._turned_at = time.monotonic()
            try:
                claimed = self.step()
            except DATABASE_AWAY as error:
                log.warning("database is away, the engine keeps asking", error=str(error))
                self._stopping.wait(POLL_SECONDS)
                continue
            except Exception:  # a loop that ends would leave a worker that looks alive and publishes nothing
                log.exception("claiming failed unexpectedly, the engine keeps asking")
                self._stopping.wait(POLL_SECONDS)
                continue
            self._bell.clear()
            if claimed:
                self._stopping.wait(BUSY_FLOOR_SECONDS)
            else:
                self._bell.wait(self._idle_seconds())

    def _idle_seconds(self) -> float:
        """How long to sleep when nothing was claimed: until the next wake, by the lanes' own word, at most a second.

        With every slot taken it is no use to ask: whichever call ends first rings.
        """
        if not self.publishing.free:
            return POLL_SECONDS
        try:
            due_in = self.store.next_wake_seconds()
        except DATABASE_AWAY:
            return POLL_SECONDS
        # Due and yet not claimed: its workspace is at the cap, or another worker is taking it.
        return POLL_SECONDS if due_in is None else min(POLL_SECONDS, max(IDLE_FLOOR_SECONDS, due_in))

    def _housekeeping_loop(self) -> None:
        ticks: list[tuple[float, Callable[[], object]]] = [
            (SWEEP_SECONDS, self.store.sweep),
            (SETTLE_SECONDS, self.settle),
            (HAND_IN_SECONDS, self.store.hand_in),
            (HEARTBEAT_SECONDS, self._beat),
            (self.store.lease_seconds / 3, self._renew),
        ]
        due = [0.0 for _ in ticks]
        while not self._stopping.is_set():
            for index, (every, run) in enumerate(ticks):
                if time.monotonic() < due[index]:
                    continue
                due[index] = time.monotonic() + every
                try:
                    run()
                except DATABASE_AWAY as error:
                    log.warning("housekeeping waits for the database", error=str(error))
                except Exception:  # as in the claim loop
                    log.exception("housekeeping failed unexpectedly, and goes on")
            self._stopping.wait(0.2)

    def _beat(self) -> None:
        """A worker is alive as long as it claims: another thread's pulse would say nothing."""
        if time.monotonic() - self._turned_at < STUCK_SECONDS:
            _heartbeat()

    def _renew(self) -> None:
        for claim in list(self.publisher.preparing.values()):
            self.store.renew(claim)


def _heartbeat() -> None:
    try:
        heartbeat("worker")
    except redis.RedisError:
        log.debug("heartbeat not stored: Redis is away")
