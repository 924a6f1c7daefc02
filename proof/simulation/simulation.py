"""The clock, the processes and the database of one schedule: who goes on next, who dies, who is stopped, what gets lost."""

import heapq
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from posts.engine.model import Lane, Row, World
from posts.engine.protocol import Item
from posts.states import State
from proof.simulation.platform import KINDS, Platforms, Steps
from proof.simulation.strategies import Strict

T = TypeVar("T")
LEASE = 60.0
TROUBLE_SECONDS = 240.0  # kills, stops and faults happen before this; afterwards everything has time to settle
END_SECONDS = 20_000.0
AT_REST = frozenset({State.PUBLISHED, State.FAILED, State.HELD, State.CANCELLED, State.DRAFT, State.NEEDS_HUMAN})


class DatabaseAway(Exception):
    """The connection broke. What was asked for has happened, or it has not."""


@dataclass(slots=True)
class Process:
    """A worker process. It dies with everything that runs in it; the spool on its disk stays."""

    number: int
    alive: bool = True
    stopped_until: float = 0.0
    preparing: set[tuple[int, int]] = field(default_factory=set)  # (publication, fence)


@dataclass(slots=True)
class Actor:
    """A thread: a generator that yields how many seconds pass until its next step. Without a process it cannot be killed."""

    steps: Steps
    process: Process | None


@dataclass(slots=True)
class Sent:
    """A committing call that left, for the verdict."""

    at: float
    publication: int
    part: int
    fence: int
    version: int
    too_late: bool
    stalled: bool  # its process was stopped between the last look at the clock and the call


@dataclass(slots=True)
class Told:
    """What people did that the verdict has to know. Keys: publication, or publication and part."""

    not_there: Counter[tuple[int, int]] = field(default_factory=Counter)
    there: Counter[tuple[int, int]] = field(default_factory=Counter)
    wrong: int = 0
    cancels: dict[int, float] = field(default_factory=dict)  # when it was asked for, until somebody plans it again
    stopped: set[int] = field(default_factory=set)  # ever cancelled or taken back to draft by a person
    replanned: set[int] = field(default_factory=set)


class Simulation:
    """One schedule. Everything that is random comes from `seed`."""

    def __init__(self, strategy: Strict, seed: str, *, trace: bool = False) -> None:
        self.draw = Random(seed)  # noqa: S311 - the schedule has to be repeatable
        self.strategy = strategy
        self.now = 0.0
        self.world = World()
        self.versions: dict[int, int] = {}
        self.claimed: dict[tuple[int, int], int] = {}  # (publication, fence) -> version at the claim
        self.containers: dict[tuple[int, int, int], str] = {}  # the stash: (publication, part, version)
        self.spool: list[Item] = []
        self.sent: list[Sent] = []
        self.told = Told()
        self.kills = self.stops = self.database_faults = 0
        self.ignored_cancels = 0
        self.database_back = 0.0
        self.trace: list[str] | None = [] if trace else None
        self._queue: list[tuple[float, int, Actor | Callable[[], None]]] = []
        self._order = 0
        self.working = 0  # threads that publish or settle
        self.platforms = Platforms(self.draw, lambda: self.now, self.later)
        self._plan()

    def _plan(self) -> None:
        draw = self.draw
        kinds = [draw.choice(KINDS) for _ in range(draw.choice((1, 2, 2)))]
        rows = {}
        for number in range(1, draw.choice((2, 3, 3, 4)) + 1):
            connection = draw.randrange(len(kinds))
            rows[number] = Row(
                number,
                connection,
                1,
                kinds[connection],
                State.SCHEDULED,
                due_at=draw.uniform(0, 60),
                commits=draw.choice((1, 1, 1, 2, 3)),
            )
            self.versions[number] = 1
        self.world = World(rows, {connection: Lane() for connection in range(len(kinds))}, {})

    # -- the clock -------------------------------------------------------------------------------------------------

    @property
    def trouble(self) -> bool:
        return self.now < TROUBLE_SECONDS

    def later(self, delay: float, action: "Actor | Callable[[], None]") -> None:
        self._order += 1
        heapq.heappush(self._queue, (self.now + delay, self._order, action))

    def start(self, steps: Steps, process: Process | None, *, delay: float = 0.0) -> None:
        self.later(delay, Actor(steps, process))

    def note(self, text: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.now:9.2f}  {text}")

    def run(self, boot: Callable[["Simulation", int], Process]) -> None:
        """Until everything is at rest. `boot` starts a worker process."""
        for number in range(2):
            boot(self, number)
        while self._queue and self.now < END_SECONDS:
            at, _, action = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            self.platforms.trouble = self.trouble
            if not isinstance(action, Actor):
                action()
            elif self._may_go_on(action, boot):
                self._step(action)
            if not self.trouble and self._is_quiet():
                return

    def _is_quiet(self) -> bool:
        calm = not (self.working or self.platforms.travelling or self.spool)
        return calm and all(row.state in AT_REST for row in self.world.rows.values())

    def _step(self, actor: Actor) -> None:
        try:
            delay = next(actor.steps)
        except StopIteration:
            return
        self.later(delay + self.draw.random() * 0.2, actor)

    def _may_go_on(self, actor: Actor, boot: Callable[["Simulation", int], Process]) -> bool:
        """Workers die and stop between any two of their steps."""
        process = actor.process
        if process is None:
            return True
        if not process.alive:
            actor.steps.close()
            return False
        if self.trouble:
            luck = self.draw.random()
            if luck < 0.006:
                self._kill(process, boot)
                actor.steps.close()
                return False
            if luck < 0.014:
                self.stops += 1
                long = LEASE * (10 if self.draw.random() < 0.2 else 3)
                process.stopped_until = self.now + self.draw.uniform(1, long)
                self.note(f"worker {process.number} stops for {process.stopped_until - self.now:.0f} s")
        if process.stopped_until > self.now:
            self.later(process.stopped_until - self.now + self.draw.random(), actor)
            return False
        return True

    def _kill(self, process: Process, boot: Callable[["Simulation", int], Process]) -> None:
        process.alive = False
        self.kills += 1
        self.note(f"worker {process.number} is killed")

        def reborn() -> None:
            boot(self, process.number)

        self.later(self.draw.uniform(1, 20), reborn)

    # -- the database ----------------------------------------------------------------------------------------------

    def database(self, ask: Callable[[], T]) -> Generator[float, None, T]:
        """One transaction. Raises DatabaseAway when the connection breaks: before it, or after it and before the answer."""
        yield 0.0
        luck = self.draw.random() if self.trouble else 1.0
        if luck < 0.004:
            self._restart()
        if self.now < self.database_back:
            raise DatabaseAway
        answer = ask()
        if luck > 0.996 and self.trouble:
            self._restart()
            raise DatabaseAway
        yield 0.0
        return answer

    def _restart(self) -> None:
        self.database_faults += 1
        self.database_back = self.now + self.draw.uniform(0.5, 90.0 if self.draw.random() < 0.2 else 5.0)
        self.note("the database restarts")
