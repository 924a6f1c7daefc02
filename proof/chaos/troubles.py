"""Carries out the planned troubles, and keeps count of what really happened."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import redis

from proof.chaos.plan import CALL_SECONDS, KILL_POINTS, Plan, Trouble
from proof.chaos.servers import World
from proof.chaos.workers import Pause, Workers

PUBLISHERS = 3
CELERY_WORKERS = 1
STOPPING = 0.2  # share of the armed workers that stop there instead


@dataclass
class Troubles:
    """One run's troubles. `tick()` belongs to the main thread and is called often."""

    plan: Plan
    world: World
    workers: Workers
    started: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)  # by failpoint
    armed: dict[int, str] = field(default_factory=dict)
    later: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    seen_ends: int = 0

    def __post_init__(self) -> None:
        self._draw = random.Random(self.plan.seed + 1)  # noqa: S311 - it has to repeat
        self._todo = list(self.plan.troubles)
        self._reads = list(self.plan.read_faults)
        self._points = list(KILL_POINTS)
        self._draw.shuffle(self._points)

    def begin(self) -> None:
        self.started = time.time()
        for _ in range(PUBLISHERS):
            self._spawn("publisher")
        for _ in range(CELERY_WORKERS):
            self._spawn("celery")
        self.workers.spawn("dispatcher")

    def tick(self) -> None:
        """Whatever is due by now; then see to it that enough workers live."""
        now = time.time() - self.started
        while self._todo and self._todo[0].at <= now:
            self._cause(self._todo.pop(0))
        while self._reads and self._reads[0][0] <= now:
            fault = self._reads.pop(0)[1]
            self.world.sandbox.control.add_fault(
                kind=fault.kind, operation=fault.operation, platform=fault.platform, params=fault.params
            )
        self._run_later(now)
        for pid in self.workers.stopped_by_themselves():
            self.deaths[f"{self.armed.get(pid, '?')} (stopped)"] += 1
            self._pause(pid, already=True)
        self._note_ends()
        self._fill_up()

    def finish(self) -> None:
        """Everything runs again: servers up, nobody stopped, reads work. Workers are replaced by healthy ones.

        The faults planned for posts stay: what could not go out in time meets them now.
        """
        self._run_later(float("inf"))
        for pause in self.workers.pauses:
            if pause.until is None:
                self.workers.resume(pause)
        for fault in self.world.sandbox.control.faults():
            if fault["username"] is None:  # one of reads and uploads
                self.world.sandbox.control.remove_fault(fault["id"])
        self.world.sandbox.control.settings(visibility_delay_seconds=0)
        self._note_ends()
        for pid in self.workers.of_kind("publisher", "celery", "dispatcher"):
            self.workers.kill(pid)
        self.seen_ends = len(self.workers.ends)
        for _ in range(PUBLISHERS):
            self.workers.spawn("publisher")
        self.workers.spawn("dispatcher")

    # -- the kinds -----------------------------------------------------------------------------------

    def _cause(self, trouble: Trouble) -> None:
        try:
            getattr(self, f"_{trouble.kind}")(trouble.draw)
        except (psycopg.Error, redis.RedisError):  # another trouble came first: that server is away
            self.counts[f"{trouble.kind}_missed"] += 1
            return
        self.counts[trouble.kind] += 1

    def _kill(self, draw: float) -> None:
        victims = self.workers.of_kind("publisher", "celery")
        if victims:
            self.workers.kill(victims[int(draw * len(victims))])

    def _stop(self, draw: float) -> None:
        victims = [pid for pid in self.workers.of_kind("publisher", "celery") if pid not in self.workers.paused()]
        if victims:
            self._pause(victims[int(draw * len(victims))])

    def _pause(self, pid: int, *, already: bool = False) -> None:
        """For longer than a lease, three times out of four; otherwise about as long as a call."""
        if already:
            self.workers.pauses.append(Pause(pid, time.time()))
        else:
            self.workers.stop(pid)
        pause = self.workers.pauses[-1]
        long = self._draw.random() < 0.75
        seconds = (
            self.world.lease_seconds + self._draw.uniform(0.3, 3) if long else self._draw.uniform(0.2, CALL_SECONDS + 1)
        )
        self._after(seconds, lambda: self.workers.resume(pause))

    def _terminate(self, draw: float) -> None:
        self.counts["sessions_ended"] += self.world.terminate_backend(draw)

    def _bell(self, draw: float) -> None:
        """Two dispatchers, or none for a while."""
        ringing = self.workers.of_kind("dispatcher")
        if draw < 0.4 or not ringing:
            self.workers.spawn("dispatcher")
        else:
            for pid in ringing[: len(ringing) if draw > 0.7 else 1]:
                self.workers.kill(pid)
                self.workers.killed.discard(pid)  # not a worker: it is counted as a bell
        self.counts["dispatchers_at_once"] = max(
            self.counts["dispatchers_at_once"], len(self.workers.of_kind("dispatcher"))
        )

    def _visibility(self, draw: float) -> None:
        self.world.sandbox.control.settings(visibility_delay_seconds=0.0 if draw < 0.4 else draw * 5)

    def _flush(self, _draw: float) -> None:
        self.world.flush_redis()

    def _redis_stop(self, draw: float) -> None:
        self.world.pause_redis(running=False)
        self._after(1 + draw * 4, lambda: self.world.pause_redis(running=True))

    def _redis_kill(self, draw: float) -> None:
        self.world.kill_redis()
        self._after(draw * 3, self.world.start_redis)

    def _pg_crash(self, _draw: float) -> None:
        self.world.crash_postgres()
        self.world.start_postgres()

    # -- keeping it going ------------------------------------------------------------------------------

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self.later.append((time.time() - self.started + seconds, act))

    def _run_later(self, now: float) -> None:
        due = [act for at, act in self.later if at <= now]
        self.later = [(at, act) for at, act in self.later if at > now]
        for act in due:
            act()

    def _spawn(self, kind: str) -> None:
        point = self._points[0]
        self._points = [*self._points[1:], point]
        action = ":stop" if self._draw.random() < STOPPING else ""
        pid = self.workers.spawn(kind, f"{point}:{KILL_POINTS[point]}:{self._draw.random()}{action}")
        self.armed[pid] = point

    def _fill_up(self) -> None:
        """A worker that died has a successor at once; a stopped one is not replaced, it comes back."""
        for kind, wanted in (("publisher", PUBLISHERS), ("celery", CELERY_WORKERS)):
            for _ in range(wanted - len(self.workers.of_kind(kind))):
                self._spawn(kind)

    def _note_ends(self) -> None:
        """Who ended without being killed from here: at a failpoint, or by a mistake of its own."""
        ends = self.workers.ends[self.seen_ends :]
        self.seen_ends += len(ends)
        for pid, status in ends:
            if pid not in self.armed:
                continue
            if pid in self.workers.killed:
                self.counts["killed"] += 1
            elif status & 0x7F:  # by a signal
                self.deaths[self.armed[pid]] += 1
            else:
                self.counts["crashed"] += 1
