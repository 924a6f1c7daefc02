"""What people do while all this happens: cancel, edit, retry, disconnect, reconnect, and decide, mostly rightly."""

from collections.abc import Callable

from posts.engine import model, model_people
from posts.engine.model import NotAllowed, Row
from posts.states import IN_FLIGHT, State
from proof.simulation.platform import Steps
from proof.simulation.simulation import DatabaseAway, Simulation

MISSED_SECONDS = 900.0
WRONG = 0.1  # how often a person decides against what is public


def anybody(sim: Simulation) -> Steps:
    """Somebody who does a few things at any time."""
    for _ in range(sim.draw.choice((0, 1, 2, 3))):
        yield sim.draw.uniform(0, 90)
        act = sim.draw.choice((cancel, cancel, edit, edit, retry, disconnect))
        yield from _try(sim, act(sim))


def attentive(sim: Simulation) -> Steps:
    """Somebody who reconnects what is broken and answers what is asked, in the end; some questions stay open."""
    asked: set[tuple[int, int]] = set()
    while True:
        yield sim.draw.uniform(5, 60)
        for connection, lane in list(sim.world.lanes.items()):
            if lane.lost and sim.draw.random() < 0.3:
                yield from _try(sim, reconnect(sim, connection))
        for row in list(sim.world.rows.values()):
            if row.state == State.NEEDS_HUMAN and (row.id, row.fence) not in asked:
                asked.add((row.id, row.fence))
                if sim.draw.random() < 0.7:
                    yield sim.draw.uniform(5, 300)
                    yield from _try(sim, decide(sim, row.id))


def _try(sim: Simulation, act: Callable[[], None]) -> Steps:
    try:
        yield from sim.database(act)
    except (NotAllowed, DatabaseAway) as error:
        sim.note(f"a person could not: {error!r}")


def _any_row(sim: Simulation) -> Row:
    return sim.world.rows[sim.draw.choice(sorted(sim.world.rows))]


def cancel(sim: Simulation) -> Callable[[], None]:
    chosen = _any_row(sim).id

    def act() -> None:
        sim.world, state = model_people.cancel(sim.world, chosen)
        sim.told.cancels.setdefault(chosen, sim.now)
        sim.told.stopped.add(chosen)
        sim.note(f"a person cancels {chosen}: {'asked to stop' if state in IN_FLIGHT else state}")

    return act


def edit(sim: Simulation) -> Callable[[], None]:
    chosen, commits = _any_row(sim).id, sim.draw.choice((1, 1, 2))
    due = None if sim.draw.random() < 0.2 else sim.now + sim.draw.uniform(0, 60)

    def act() -> None:
        sim.world, _ = model_people.edit(sim.world, chosen, due_at=due, commits=commits)
        sim.versions[chosen] += 1
        _planned_again(sim, chosen)
        if due is None:
            sim.told.stopped.add(chosen)
        sim.note(f"a person edits {chosen}, {'a draft now' if due is None else f'due at {due:.0f}'}")

    return act


def retry(sim: Simulation) -> Callable[[], None]:
    stopped = [row.id for row in sim.world.rows.values() if row.state in {State.FAILED, State.HELD}]
    chosen = sim.draw.choice(stopped) if stopped else 1

    def act() -> None:
        sim.world, _ = model_people.retry(sim.world, chosen, now=sim.now)
        _planned_again(sim, chosen)
        sim.note(f"a person retries {chosen}")

    return act


def disconnect(sim: Simulation) -> Callable[[], None]:
    connection = sim.draw.choice(sorted(sim.world.lanes))

    def act() -> None:
        sim.world, held = model.connection_lost(sim.world, connection, disconnected=True)
        sim.note(f"a person disconnects account {connection}, {held} held")

    return act


def reconnect(sim: Simulation, connection: int) -> Callable[[], None]:
    def act() -> None:
        sim.world, released = model_people.connection_restored(
            sim.world, connection, now=sim.now, missed_seconds=MISSED_SECONDS
        )
        sim.platforms.dead_tokens.discard(connection)
        sim.note(f"a person reconnects account {connection}, {released} go on")

    return act


def decide(sim: Simulation, chosen: int) -> Callable[[], None]:
    wrong = sim.draw.random() < WRONG

    def act() -> None:
        attempt = sim.world.rows[chosen].open_attempt()
        if attempt is None:
            raise NotAllowed("conflict", "there is nothing to decide")
        part = int(attempt.step.removeprefix("commit:"))
        seen = sim.platforms.count(chosen, part) > 0
        if seen is not wrong:
            sim.world, _ = model_people.decide_there(sim.world, chosen, now=sim.now)
            sim.told.there[chosen, part] += 1
        else:
            sim.world, _ = model_people.decide_not_there(sim.world, chosen, now=sim.now)
            sim.told.not_there[chosen, part] += 1
            _planned_again(sim, chosen)
        sim.told.wrong += wrong
        sim.note(f"a person decides about part {part} of {chosen}: {'' if seen is not wrong else 'not '}there")

    return act


def _planned_again(sim: Simulation, row_id: int) -> None:
    sim.told.cancels.pop(row_id, None)
    sim.told.replanned.add(row_id)
