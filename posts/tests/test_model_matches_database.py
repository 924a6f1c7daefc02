"""The pure model and the database, driven through the same random histories: after every event they must be in one state.

HYPOTHESIS_PROFILE=nightly looks at 5,000 new histories; the suite looks at a few that are always the same.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from posts.engine.model import Row, World
from posts.engine.store import Store
from posts.states import IN_FLIGHT, State, post_state
from posts.tests.factories import make_cast
from posts.tests.model_stage import CAP, LEASE, Stage, sleeping
from posts.tests.protocol_events import BACKOFF, T
from posts.tests.protocol_machine import Together
from social.contract import Unknown

pytestmark = pytest.mark.real_commits
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PROFILE = settings(
    max_examples=5_000 if NIGHTLY else 30,
    stateful_step_count=50 if NIGHTLY else 30,
    derandomize=not NIGHTLY,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink) if NIGHTLY else (Phase.generate,),
)
CLOSE = 8.0  # seconds: real time that may pass between the two sides of one event
TIMES = ("due_at", "lease_until", "next_check_at")


def differences(here: Row, there: Row) -> list[str]:
    """Fields in which the model and the database disagree about a publication."""
    found = []
    for name in (item.name for item in fields(Row)):
        mine, real = getattr(here, name), getattr(there, name)
        same = is_close(mine, real) if name in TIMES else mine == real
        if name == "attempts":
            shown = [
                [(a.step, a.fence, a.status, a.disproved, a.code, a.remote_id) for a in side] for side in (mine, real)
            ]
            same = shown[0] == shown[1]
        if not same:
            found.append(f"{name} of {here.id}: model {mine!r}, database {real!r}")
    return found


def is_close(mine: float | None, real: float | None) -> bool:
    return mine is real if mine is None or real is None else abs(mine - real) < CLOSE


class Compared(Together):
    """The rules, and what has to hold after each of them."""

    def snapshot(self) -> tuple[World, list[dict[str, Any]]]:
        return self.stage.snapshot()

    @invariant()
    def everything_holds(self) -> None:
        self.the_two_sides_are_in_one_state()
        self.a_part_stands_at_most_once()
        self.published_means_that_every_part_is()
        self.in_flight_means_leased_and_one_for_each_connection()
        self.nothing_waits_with_an_open_call()

    def the_two_sides_are_in_one_state(self) -> None:
        there, rows = self.snapshot()
        assert list(there.rows) == list(self.world.rows)
        assert [line for row in self.world.rows.values() for line in differences(row, there.rows[row.id])] == []
        assert {c: lane.paused for c, lane in there.lanes.items()} == {
            c: lane.paused for c, lane in self.world.lanes.items()
        }
        assert all(row["paused_reason"] == self.world.lane(row["connection_id"]).paused for row in rows)
        for connection, lane in self.world.lanes.items():
            self._same_gate(lane.blocked_until, there.lanes[connection].blocked_until)
        self._same_gate(self.world.gates.get("x"), there.gates.get("x"))
        self._post_states(rows)
        assert sleeping(rows, self.stage.moment(self.stage.now + CLOSE)) == []
        self._take_over_times(there)
        self.seen.update(row.state.value for row in self.world.rows.values())

    def _take_over_times(self, there: World) -> None:
        """Once they were found close: so that the moments by which they differ decide nothing later."""
        rows = {
            row.id: replace(row, **{name: getattr(there.rows[row.id], name) for name in TIMES})
            for row in self.world.rows.values()
        }
        lanes = {c: replace(lane, blocked_until=there.lanes[c].blocked_until) for c, lane in self.world.lanes.items()}
        self.world = World(rows, lanes, there.gates)

    def _same_gate(self, mine: float | None, real: float | None) -> None:
        """Equal, or open on both sides."""
        now = self.stage.now
        assert is_close(mine, real) or ((mine or 0.0) <= now and (real or 0.0) <= now)

    def _post_states(self, rows: list[dict[str, Any]]) -> None:
        for post in {row["post_id"] for row in rows}:
            of_post = [row for row in rows if row["post_id"] == post]
            wanted = post_state((row["state"], row["committed"]) for row in of_post)
            assert {row["post_state"] for row in of_post} == {wanted}

    def a_part_stands_at_most_once(self) -> None:
        for row in self.world.rows.values():
            steps = [attempt.step for attempt in row.attempts if attempt.stands]
            assert len(steps) == len(set(steps))

    def published_means_that_every_part_is(self) -> None:
        for row in self.world.rows.values():
            if row.state == State.PUBLISHED:
                assert row.live_steps() == row.committed == row.commits

    def in_flight_means_leased_and_one_for_each_connection(self) -> None:
        for row in self.world.rows.values():
            assert (row.lease_until is not None) == (row.state in IN_FLIGHT)
        busy = [row.connection for row in self.world.rows.values() if row.state in IN_FLIGHT]
        assert len(busy) == len(set(busy))

    def nothing_waits_with_an_open_call(self) -> None:
        """Only what is being sent or looked after may have one: everything else would send it again, or forget it."""
        may = {State.SENDING, State.UNKNOWN, State.NEEDS_HUMAN}
        for row in self.world.rows.values():
            assert row.open_attempt() is None or row.state in may
            assert row.open_attempt() is not None or row.state not in {State.UNKNOWN, State.NEEDS_HUMAN}


@pytest.fixture
def stage(db: None, system_url: str, owner_url: str) -> Iterator[Stage]:
    store = Store(system_url, lease_seconds=LEASE, workspace_cap=CAP, size=1)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        yield Stage.build(make_cast(), store, owner)
    store.close()


def test_the_model_and_the_database_never_disagree(stage: Stage) -> None:
    seen: Counter[str] = Counter()

    class Machine(Compared):
        pass

    Machine.stage, Machine.seen = stage, seen
    run_state_machine_as_test(Machine, settings=PROFILE)
    # Which rare states a few random histories reach depends on the clock. This one always goes where the doubt is.
    in_doubt_until_a_person_decides(Machine())
    assert set(State) <= set(seen), "the histories reach every state"


def in_doubt_until_a_person_decides(machine: Compared) -> None:
    """One history by hand: sent without an answer, looked for until nobody looks any more, and decided."""
    machine.start(1)
    machine.claim(first)
    for _ in range(2):
        machine.went_wrong(without_an_answer)
        machine.everything_holds()
    for _ in range(len(BACKOFF) + 1):
        machine.look(first)
        machine.everything_holds()
    machine.conclude(lambda options: options[-1])  # given up
    machine.everything_holds()
    assert State.NEEDS_HUMAN in {row.state for row in machine.world.rows.values()}
    machine.decide(first)
    machine.everything_holds()


def first(options: Sequence[T]) -> T:
    return options[0]


def without_an_answer(options: Sequence[T]) -> T:
    return next((one for one in options if isinstance(one, Unknown)), options[0])
