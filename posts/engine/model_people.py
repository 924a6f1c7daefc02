"""The other half of the pure core: what people do to publications (posts/services, posts/receivers.py), as posts/engine/model.py
says what the engine does."""

from dataclasses import replace

from posts.engine.model import NORMAL, Attempt, NotAllowed, Row, World, move, record, swap
from posts.states import EDITABLE, IN_FLIGHT, State

NOW = 0  # priority of what somebody asked for at once
HELD_FOR_CONNECTION = frozenset({"reconnect", "disconnected", "needs_reauth", "unauthorized"})


def _question(row: Row) -> Attempt:
    attempt = row.open_attempt()
    if row.state != State.NEEDS_HUMAN or attempt is None:
        raise NotAllowed("conflict", "there is nothing to decide")
    return attempt


def decide_there(world: World, row_id: int, *, now: float, remote_id: str = "") -> tuple[World, None]:
    """“It is there”: accepted on a person's word."""
    attempt = _question(world.rows[row_id])
    item = {"kind": "ok", "id": row_id, "fence": attempt.fence, "step": attempt.step, "remote_id": remote_id}
    return record(world, {**item, "lease": "60 s"}, now=now)


def decide_not_there(world: World, row_id: int, *, now: float) -> tuple[World, None]:
    """“It is not there, publish again”: the open attempt is disproved in a person's name."""
    row = world.rows[row_id]
    attempt = _question(row)
    row = swap(row, attempt, replace(attempt, disproved=True))
    return world.put(
        move(row, State.SCHEDULED, due_at=now, priority=NOW, cancel_requested=False, checks=0, error_code="")
    ), None


def cancel(world: World, row_id: int) -> tuple[World, State]:
    """Out of the queue; one that a worker holds is asked to stop before it sends, one that is public in part has failed."""
    row = world.rows[row_id]
    if row.state in IN_FLIGHT:
        row = replace(row, cancel_requested=True)
    elif row.committed and row.state in {State.SCHEDULED, State.HELD, State.FAILED}:
        row = row if row.state == State.FAILED else move(row, State.FAILED)
        row = replace(row, error_code="stopped")
    elif row.state in {State.DRAFT, State.SCHEDULED, State.HELD, State.FAILED}:
        row = move(row, State.CANCELLED)
    elif row.state != State.CANCELLED:
        raise NotAllowed("conflict", f"{row.state} cannot be cancelled")
    return world.put(row), row.state


def retry(world: World, row_id: int, *, now: float) -> tuple[World, None]:
    """Send a failed or held publication again, from the first part that is not public."""
    row = world.rows[row_id]
    if row.state not in {State.FAILED, State.HELD}:
        raise NotAllowed("conflict", f"{row.state} cannot be retried")
    _demand_usable(world, row)
    return world.put(move(row, State.SCHEDULED, due_at=now, priority=NOW, cancel_requested=False, error_code="")), None


def _demand_usable(world: World, row: Row) -> None:
    if world.lane(row.connection).lost:
        raise NotAllowed("invalid", "the account has to be connected first")


def edit(world: World, row_id: int, *, due_at: float | None, commits: int, at_once: bool = False) -> tuple[World, None]:
    """New content and plan (None: a draft), only while nothing of it was or is being sent."""
    row = world.rows[row_id]
    if due_at is not None:
        _demand_usable(world, row)
    if row.state not in EDITABLE or row.committed:
        raise NotAllowed("conflict", "it is already being sent")
    row = row if row.state == State.DRAFT else move(row, State.DRAFT, due_at=None)
    priority = NOW if at_once else NORMAL
    row = replace(row, commits=commits, error_code="", cancel_requested=False, priority=priority, due_at=due_at)
    return world.put(row if due_at is None else move(row, State.SCHEDULED)), None


def pause(world: World, connection: int, *, stopped: bool) -> tuple[World, None]:
    """Stop an account, or go on: what is scheduled stays scheduled."""
    return world.put_lane(connection, replace(world.lane(connection), stopped=stopped)), None


def connection_restored(world: World, connection: int, *, now: float, missed_seconds: float) -> tuple[World, int]:
    """Back to the queue what was held for it, if it is still recent; the rest waits for a person."""
    world = world.put_lane(connection, replace(world.lane(connection), broken=False, disconnected=False))
    released = 0
    for row in world.rows.values():
        if row.connection != connection or row.state != State.HELD or row.error_code not in HELD_FOR_CONNECTION:
            continue
        recent = row.due_at is not None and row.due_at >= now - missed_seconds
        released += recent
        world = world.put(
            move(row, State.SCHEDULED, error_code="") if recent else replace(row, error_code="missed_window")
        )
    return world, released
