"""The publishing protocol as a pure core: what every event makes of publications, their attempts and the lanes.

The database carries the protocol out (posts/migrations/sql/engine.sql, claim.sql, lanes.sql, transitions.sql); this module
says what it has to do, without a clock, a database or a network. Each event is a function `event(world, …) -> (world, answer)`
that returns a new world and what its caller may rely on; a refusal raises `NotAllowed` and changes nothing. A test drives
model and database through the same random histories and compares them after every event; the simulator (proof/simulation)
looks in the model for a schedule that publishes twice or loses something. What people do is in model_people.py.

Times are seconds on the database's clock. Two things of the database are left out on purpose, because they only make it
fast: the lanes' wake-up hint (here the head of a lane is looked up) and the order in which equal lanes are claimed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from posts.engine.protocol import Item
from posts.engine.values import step_name
from posts.states import IN_FLIGHT, TRANSITIONS, State

OPEN = frozenset({"intent", "ambiguous"})  # the call may have had its effect
LIVE = OPEN | {"ok"}
DOUBTED = frozenset({State.UNKNOWN, State.NEEDS_HUMAN})
NORMAL = 1


class NotAllowed(Exception):
    """A guard said no: `code` is the database's (MV001 …), the name of its unique index, or "conflict" for people."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step, as the journal has it."""

    step: str
    fence: int
    status: str
    disproved: bool = False
    code: str = ""
    remote_id: str = ""
    started_at: float = 0.0

    @property
    def stands(self) -> bool:
        """Whether `never_send_twice` counts it: the step is open or done."""
        return self.status in LIVE and not self.disproved and self.step.startswith("commit:")


@dataclass(frozen=True, slots=True)
class Row:
    """A publication with its attempts."""

    id: int
    connection: int
    workspace: int
    platform: str
    state: State = State.DRAFT
    due_at: float | None = None
    priority: int = NORMAL
    fence: int = 0
    lease_until: float | None = None
    cancel_requested: bool = False
    commits: int = 1
    committed: int = 0
    tries: int = 0
    next_check_at: float | None = None
    checks: int = 0
    remote_id: str = ""
    duplicate: str = ""
    error_code: str = ""
    attempts: tuple[Attempt, ...] = ()

    def open_attempt(self) -> Attempt | None:
        """The committing call whose outcome is not known; the latest, if there are several."""
        return next((a for a in reversed(self.attempts) if a.stands and a.status in OPEN), None)

    def live_steps(self) -> int:
        return len({a.step for a in self.attempts if a.stands and a.status == "ok"})


@dataclass(frozen=True, slots=True)
class Lane:
    """A connection's gates."""

    blocked_until: float | None = None
    broken: bool = False
    disconnected: bool = False
    stopped: bool = False  # by a person: what is scheduled waits

    @property
    def lost(self) -> str:
        return "disconnected" if self.disconnected else "reconnect" if self.broken else ""

    @property
    def paused(self) -> str:
        return self.lost or ("paused" if self.stopped else "")


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the protocol knows. `gates`: until when a whole platform is closed."""

    rows: Mapping[int, Row] = field(default_factory=dict)
    lanes: Mapping[int, Lane] = field(default_factory=dict)
    gates: Mapping[str, float] = field(default_factory=dict)

    def put(self, row: Row) -> "World":
        return World({**self.rows, row.id: row}, self.lanes, self.gates)

    def put_lane(self, connection: int, lane: Lane) -> "World":
        return World(self.rows, {**self.lanes, connection: lane}, self.gates)

    def lane(self, connection: int) -> Lane:
        return self.lanes.get(connection, Lane())


def seconds_of(interval: str) -> float:
    """`60 seconds` and `60 s`, as the items carry a lease."""
    return float(interval.split(maxsplit=1)[0])


# -- the guards: what the triggers and indexes refuse, whoever asks --------------------------------------------------------


def move(row: Row, state: State, **changes: Any) -> Row:
    """A change of state, past the triggers of transitions.sql."""
    if state != row.state and state not in TRANSITIONS[row.state]:
        raise NotAllowed("MV001", f"{row.state} to {state}")
    after = replace(row, state=state, **changes)
    if state == row.state:
        return after
    doubtful = row.state in {State.SENDING, State.UNKNOWN, State.NEEDS_HUMAN, State.FAILED}
    if state == State.SCHEDULED and doubtful and row.open_attempt() is not None:
        raise NotAllowed("MV003", "an earlier attempt is not disproved")
    if state == State.PUBLISHED and after.committed < after.commits:
        raise NotAllowed("MV004", "not every part is public")
    return after


def _free(row: Row, state: State, **changes: Any) -> Row:
    """Out of a worker's hands."""
    return move(row, state, lease_until=None, **changes)


def swap(row: Row, old: Attempt, new: Attempt) -> Row:
    return replace(row, attempts=tuple(new if a is old else a for a in row.attempts))


def _append(row: Row, attempt: Attempt) -> Row:
    if any(a.step == attempt.step and a.fence == attempt.fence for a in row.attempts):
        raise NotAllowed("one_attempt_per_fence")
    if attempt.stands and any(a.step == attempt.step and a.stands for a in row.attempts):
        raise NotAllowed("never_send_twice")
    return replace(row, attempts=(*row.attempts, attempt))


# -- claiming -----------------------------------------------------------------------------------------------------------


def head(world: World, connection: int) -> Row | None:
    """The publication of a lane that is next."""
    waiting = [r for r in world.rows.values() if r.connection == connection and r.state == State.SCHEDULED]
    return min(waiting, key=lambda row: (row.due_at, row.id), default=None)


def claimable(world: World, *, now: float) -> list[Row]:
    """Heads of lanes that are due, not gated and not busy; the caps of workspaces come on top."""
    busy = {row.connection for row in world.rows.values() if row.state in IN_FLIGHT}
    found = []
    for connection in sorted({row.connection for row in world.rows.values()} - busy):
        row, lane = head(world, connection), world.lane(connection)
        if row is None or row.due_at is None or row.due_at > now or lane.paused:
            continue
        if (lane.blocked_until or now) <= now and world.gates.get(row.platform, now) <= now:
            found.append(row)
    return found


def room(world: World, workspace: int, *, cap: int) -> int:
    """How many more of a workspace may be in flight."""
    return cap - sum(row.workspace == workspace and row.lease_until is not None for row in world.rows.values())


def claim(world: World, ids: Iterable[int], *, now: float, lease: float) -> tuple[World, list[Row]]:
    """Lease the heads of these lanes (publication ids, of `claimable`). The fence grows: older claims lose their right. Who was
    asked to stop before stays asked: only planning it again takes that back."""
    claimed = []
    for row_id in ids:
        row = world.rows[row_id]
        got = move(
            row,
            State.LEASED,
            fence=row.fence + 1,
            lease_until=now + lease,
            tries=row.tries + 1,
        )
        world = world.put(got)
        claimed.append(got)
    return world, claimed


def renew(world: World, row_id: int, fence: int, *, now: float, lease: float) -> tuple[World, bool]:
    """Keep a lease while repeatable steps run. False: it is lost, stop."""
    row = world.rows[row_id]
    if not _holds(row, fence, now):
        return world, False
    return world.put(replace(row, lease_until=now + lease)), True


def _holds(row: Row, fence: int, now: float) -> bool:
    held = row.fence == fence and row.state in IN_FLIGHT and not row.cancel_requested
    return held and row.lease_until is not None and row.lease_until > now


# -- sending ------------------------------------------------------------------------------------------------------------


def intend(
    world: World, row_id: int, fence: int, number: int, commits: int, *, now: float, lease: float
) -> tuple[World, bool]:
    """Journal that a committing call is about to leave. False: the lease or the right to send is gone."""
    row = world.rows[row_id]
    if not _holds(row, fence, now) or world.lane(row.connection).paused:
        return world, False
    going = move(row, State.SENDING, lease_until=now + lease, commits=commits, error_code="")
    return world.put(_append(going, Attempt(step_name(number), fence, "intent", started_at=now))), True


def record(world: World, item: Item, *, now: float) -> tuple[World, None]:
    """An outcome, as posts.engine.protocol worded it: accepted in every state when it is a proof, else only from its holder."""
    if item["kind"] == "ok":
        return world.put(_accept(world.rows[item["id"]], item, now)), None
    before = world.rows[item["id"]]
    row = _journal(before, item, now)
    if row.fence == item["fence"] and row.state in IN_FLIGHT:
        row = _ended(row, item, now)
    elif row.fence == item["fence"] and row.state in DOUBTED and item["kind"] == "refused" and row is not before:
        # A definite no that comes late settles the doubt. Held is not reached from here: the sweep holds what is scheduled.
        after = State.SCHEDULED if item["next"] == State.HELD else State(item["next"])
        row = move(row, after, next_check_at=None, checks=0, error_code=item.get("code") or "")
    return _close_gates(world.put(row), item, now), None


def _accept(row: Row, item: Item, now: float) -> Row:
    step, fence, remote_id = item["step"], item["fence"], item.get("remote_id") or ""
    other = any(a.step == step and a.fence != fence and a.stands for a in row.attempts)
    mine = next((a for a in row.attempts if a.step == step and a.fence == fence and a.status in OPEN), None)
    if mine is None:
        return row
    row = swap(row, mine, replace(mine, status="ok", disproved=other, remote_id=remote_id))
    if other or row.state == State.PUBLISHED or (row.state == State.SENDING and row.fence != fence):
        return replace(row, duplicate=remote_id or "unknown")  # public twice, or about to be: shown, not hidden
    if row.state in {State.SCHEDULED, State.LEASED}:
        row = _free(row, State.HELD)  # it was asked for again, and the first one turned up: out of the queue
    live = row.live_steps()
    if live < row.commits:
        lease = now + seconds_of(item["lease"]) if row.state == State.SENDING else None
        goes_on = row.state in {State.UNKNOWN, State.NEEDS_HUMAN, State.HELD}
        state = State.SCHEDULED if goes_on else row.state
        return move(row, state, committed=live, lease_until=lease, next_check_at=None, checks=0)
    first = next((a.remote_id for a in row.attempts if a.step == step_name(1) and a.stands and a.status == "ok"), "")
    return _free(row, State.PUBLISHED, committed=live, next_check_at=None, error_code="", remote_id=first)


def _journal(row: Row, item: Item, now: float) -> Row:
    step, fence, code = item["step"], item["fence"], item.get("code") or ""
    if item["kind"] == "stopped":
        if row.fence != fence or any(a.step == step and a.fence == fence for a in row.attempts):
            return row
        return _append(row, Attempt(step, fence, "refused", code=code, started_at=now))
    settles = OPEN if item["kind"] == "refused" else {"intent"}
    for attempt in row.attempts:
        if attempt.step == step and attempt.fence == fence and attempt.status in settles:
            return swap(row, attempt, replace(attempt, status=item["kind"], code=code))
    return row


def _ended(row: Row, item: Item, now: float) -> Row:
    """A definite no, or doubt, from the worker that holds it."""
    code = item.get("code") or ""
    if item["kind"] == "ambiguous":
        return _free(row, State.UNKNOWN, checks=0, next_check_at=now + item["check_seconds"], error_code=code)
    after = State(item["next"])
    stop = row.cancel_requested and after == State.SCHEDULED and row.committed == 0 and row.state == State.LEASED
    return _free(row, State.CANCELLED if stop else after, error_code=code)


def _close_gates(world: World, item: Item, now: float) -> World:
    connection = item["connection_id"]
    if "lane_seconds" in item:
        lane = world.lane(connection)
        until = max(lane.blocked_until or 0.0, now + item["lane_seconds"])
        world = world.put_lane(connection, replace(lane, blocked_until=until))
    if "platform_seconds" in item:
        until = max(world.gates.get(item["platform"], 0.0), now + item["platform_seconds"])
        world = World(world.rows, world.lanes, {**world.gates, item["platform"]: until})
    if "broken" in item:
        world, _ = connection_lost(world, connection, broken=True)
    return world


# -- leases that ended, and unknown outcomes -------------------------------------------------------------------------------


def sweep(world: World, *, now: float) -> tuple[World, tuple[int, int, int]]:
    """What a lost lease means: not sent goes back to the queue, sent is doubted. (released, became unknown, held)."""
    released = doubted = 0
    for row in world.rows.values():
        if row.lease_until is None or row.lease_until >= now:
            continue
        if row.state == State.SENDING and any(a.status in OPEN and not a.disproved for a in row.attempts):
            lost = tuple(
                replace(a, status="ambiguous", code="worker_lost") if a.status == "intent" else a for a in row.attempts
            )
            unknown = _free(row, State.UNKNOWN, checks=0, next_check_at=now, error_code="worker_lost")
            world = world.put(replace(unknown, attempts=lost))
            doubted += 1
            continue
        stop = row.state == State.LEASED and row.cancel_requested and row.committed == 0
        world = world.put(_free(row, State.CANCELLED if stop else State.SCHEDULED))
        released += 1
    held = 0
    for connection, lane in world.lanes.items():
        if lane.lost:
            world, count = _hold(world, connection, lane.lost)
            held += count
    return world, (released, doubted, held)


def take_checks(
    world: World, platform: str, backoff: Sequence[float], *, now: float, count: int = 16
) -> tuple[World, list[Row]]:
    """Unknown outcomes whose next look is due; taking one moves its next look."""
    due = [
        r
        for r in world.rows.values()
        if r.state == State.UNKNOWN and r.platform == platform and (r.next_check_at or 0.0) <= now
    ]
    due.sort(key=lambda row: (row.next_check_at or 0.0, row.id))
    taken = []
    for row in due[:count]:
        wait = backoff[min(row.checks + 1, len(backoff)) - 1]
        taken.append(replace(row, checks=row.checks + 1, next_check_at=now + wait))
        world = world.put(taken[-1])
    return world, taken


def disprove(world: World, row_id: int, fence: int, step: str) -> tuple[World, None]:
    """Strong proof that an open call can have no effect any more: journal it, and send again."""
    row = world.rows[row_id]
    for attempt in row.attempts:
        if attempt.step == step and attempt.fence == fence and attempt.status in OPEN:
            row = swap(row, attempt, replace(attempt, status="refused"))
    if row.fence == fence and row.state == State.UNKNOWN:
        row = move(row, State.SCHEDULED, next_check_at=None, checks=0, error_code="")
    return world.put(row), None


def give_up(world: World, row_id: int, fence: int) -> tuple[World, bool]:
    """Every look was in vain: a person decides."""
    row = world.rows[row_id]
    if row.fence != fence or row.state != State.UNKNOWN:
        return world, False
    return world.put(move(row, State.NEEDS_HUMAN, next_check_at=None, error_code="unknown_outcome")), True


# -- connections -------------------------------------------------------------------------------------------------------


def connection_lost(
    world: World, connection: int, *, broken: bool = False, disconnected: bool = False
) -> tuple[World, int]:
    """A connection that cannot be used pauses its lane and holds what was scheduled."""
    before = world.lane(connection)
    lane = replace(before, broken=before.broken or broken, disconnected=before.disconnected or disconnected)
    world = world.put_lane(connection, lane)
    return (world, 0) if lane.lost == before.lost else _hold(world, connection, lane.lost)


def _hold(world: World, connection: int, reason: str) -> tuple[World, int]:
    waiting = [r for r in world.rows.values() if r.connection == connection and r.state == State.SCHEDULED]
    for row in waiting:
        world = world.put(move(row, State.HELD, error_code=reason))
    return world, len(waiting)
