"""The rules by which the model and the database are driven through the same histories (test_model_matches_database.py)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import psycopg
from django import db
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from multivio import tenancy
from multivio.errors import DomainError
from posts import services
from posts.engine import model, model_people, protocol
from posts.engine.model import NotAllowed, Row, World
from posts.engine.values import Attempted, Claim, Work
from posts.models import Post, Publication
from posts.receivers import release_held
from posts.services import deciding
from posts.states import FINAL, IN_FLIGHT, State
from posts.tests.factories import acting, content
from posts.tests.model_stage import CAP, LEASE, Stage
from posts.tests.protocol_events import (
    ANY,
    BACKOFF,
    DICE,
    DUE,
    ERRORS,
    EVENTS,
    MISSED_SECONDS,
    START,
    STEPS,
    Draw,
    Hand,
    T,
    event,
    reason_of,
)
from social.contract import Proof


class Together(RuleBasedStateMachine):
    """Every rule does one thing to both sides. `stage` is set by the test that runs it."""

    stage: ClassVar[Stage]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(lanes={lane.pk: model.Lane() for lane in self.stage.lanes})
        self.hands: list[Hand] = []
        self.looks: list[Work] = []
        self.remote = 0

    @initialize(parts=st.integers(1, 2))
    def start(self, parts: int) -> None:
        self.stage.empty()
        self._schedule((0, 1), parts, 0.0)
        self._schedule((0,), 1, 0.0)

    @rule(dice=DICE)
    def happens(self, dice: list[int]) -> None:
        """One of the events that are possible now. Chosen here, by weight: left to chance, most histories end in the queue.
        Always as many dice: which of two equal lanes the database claims may not change what is drawn next."""
        rolled = iter(dice)

        def draw(options: Sequence[T]) -> T:
            return options[next(rolled) % len(options)]

        chosen = draw([e for e in EVENTS if e.when(self) for _ in range(e.weight)])
        note(chosen.name)
        chosen.run(self, draw)

    # -- doing one thing on both sides -----------------------------------------------------------------------------

    def both(self, real: Callable[[], Any], wanted: Callable[[], tuple[World, Any]]) -> Any:
        """The same event here and there. Both answer alike, or both refuse and nothing has changed."""
        refused_there = refused_here = ""
        answer = there = None
        try:
            there = real()
        except (psycopg.Error, db.Error, DomainError) as error:
            refused_there = reason_of(error)
        try:
            self.world, answer = wanted()
        except NotAllowed as error:
            refused_here = error.code
        assert refused_here == refused_there, (
            f"the model says {refused_here or 'yes'}, the database {refused_there or 'yes'}"
        )
        self.seen[refused_here or "done"] += 1
        return there, answer

    def hand(self, index: int) -> Hand:
        return self.hands[-1 - index % len(self.hands)]

    def row(self, index: int, states: frozenset[State] = frozenset(State)) -> Row | None:
        rows = [row for row in self.world.rows.values() if row.state in states]
        return rows[index % len(rows)] if rows else None

    def any_lost(self) -> bool:
        return any(lane.lost for lane in self.world.lanes.values())

    # -- events: the engine -----------------------------------------------------------------------------------------

    @event(3, lambda self: sum(row.state not in FINAL for row in self.world.rows.values()) < 5)
    def schedule(self, draw: Draw) -> None:
        lanes = draw([(0,), (0,), (1,), (0, 1), (2,)])
        parts = draw([1, 2])
        self._schedule(lanes, parts, draw(DUE))

    def _schedule(self, lanes: tuple[int, ...], parts: int, due: float | None) -> None:
        self.stage.follow()
        at = None if due is None else self.stage.now + due
        for row in self.stage.add([self.stage.lanes[n] for n in lanes], parts, at):
            self.world = self.world.put(row)

    @event(5, lambda self: any(row.state == State.SCHEDULED for row in self.world.rows.values()))
    def claim(self, draw: Draw) -> None:
        count = draw([10, 10, 1])
        cap = draw([CAP, CAP, 1])
        go = draw([True, True, False])
        self.stage.follow()
        now, store = self.stage.now, self.stage.store
        store.workspace_cap = cap
        ready = model.claimable(self.world, now=now)
        rooms = {row.workspace: max(0, model.room(self.world, row.workspace, cap=cap)) for row in ready}
        there_is = Counter(row.workspace for row in ready)
        wanted = min(count, sum(min(n, rooms[w]) for w, n in there_is.items()))
        claims: list[Claim] = []
        for _ in range(len(self.stage.lanes) + 1):  # a hint that was too early costs one pass each
            claims += store.claim("worker", count - len(claims)) if len(claims) < max(wanted, 1) else []
        claims.sort(key=lambda claim: claim.id)
        assert len(claims) == wanted
        assert {claim.id for claim in claims} <= {row.id for row in ready}
        self.world, leased = model.claim(self.world, [claim.id for claim in claims], now=now, lease=LEASE)
        assert [(c.id, c.fence) for c in claims] == [(row.id, row.fence) for row in leased]
        works = store.load([claim.id for claim in claims])
        hands = [Hand(replace(works[claim.id], claim=claim)) for claim in claims]
        self.hands += hands
        for hand in hands if go else []:
            self._intend(hand)

    @event(2, lambda self: self.hands)
    def intend(self, draw: Draw) -> None:
        index = draw(ANY)
        self.stage.follow()
        self._intend(self.hand(index))

    def _intend(self, hand: Hand) -> None:
        claim, total = hand.work.claim, self.world.rows[hand.work.claim.id].commits
        number = max(len(hand.work.committed()), hand.sent) + 1
        if number > total or (hand.sent and (hand.item or {}).get("kind") != "ok"):
            return
        there, here = self.both(
            lambda: self.stage.store.intend(hand.work, number, total),
            lambda: model.intend(self.world, claim.id, claim.fence, number, total, now=self.stage.now, lease=LEASE),
        )
        assert there == here
        if here:
            hand.sent, hand.item = number, None
        else:
            self._say(
                hand,
                protocol.withdrawn(
                    hand.work,
                    live=number - 1,
                    total=total,
                    is_cancelled=self.world.rows[claim.id].cancel_requested,
                ),
            )

    def _say(self, hand: Hand, item: dict[str, Any]) -> None:
        hand.item = item
        self.both(lambda: self.stage.store.record(item), lambda: model.record(self.world, item, now=self.stage.now))

    @event(4, lambda self: any(hand.sent and hand.item is None for hand in self.hands))
    def accepted(self, draw: Draw) -> None:
        index = draw(ANY)
        self.stage.follow()
        out = [hand for hand in self.hands if hand.sent and hand.item is None]
        hand = out[-1 - index % len(out)]
        self.remote += 1
        proof = Proof(f"{1000 + self.remote}", "https://x.example/1", {"http_status": 201})
        self._say(hand, protocol.accepted(hand.work, hand.sent, proof, lease_seconds=LEASE))

    @event(5, lambda self: any(hand.item is None for hand in self.hands))
    def went_wrong(self, draw: Draw) -> None:
        index = draw(ANY)
        error = draw(ERRORS)
        self.stage.follow()
        silent = [hand for hand in self.hands if hand.item is None]
        silent.sort(key=lambda hand: hand.sent > 0)
        hand = silent[-1 - index % len(silent)]
        hand.work = replace(hand.work, tries=6 + hand.work.tries)  # a wait that is long against real time
        if not hand.sent:
            item = protocol.stopped(hand.work, "prepare", error, started_at=START, now=START, draw=0.9)
        elif protocol.is_refusal(hand.work, hand.sent, error):
            item = protocol.not_accepted(hand.work, hand.sent, error, now=START, draw=0.9)
        else:
            item = protocol.unknown(hand.work, hand.sent, error, check_seconds=80)
        self._say(hand, item)

    @event(1, lambda self: any(hand.item for hand in self.hands))
    def say_it_again(self, draw: Draw) -> None:
        """The answer of the database was lost, so the worker repeats itself."""
        index = draw(ANY)
        self.stage.follow()
        said = [hand for hand in self.hands if hand.item]
        hand = said[-1 - index % len(said)]
        assert hand.item is not None
        self._say(hand, hand.item)

    @event(1, lambda self: self.hands)
    def renew(self, draw: Draw) -> None:
        index = draw(ANY)
        self.stage.follow()
        claim = self.hand(index).work.claim
        there, here = self.both(
            lambda: self.stage.store.renew(claim),
            lambda: model.renew(self.world, claim.id, claim.fence, now=self.stage.now, lease=LEASE),
        )
        assert there == here

    @event(3, lambda self: any(row.state in IN_FLIGHT for row in self.world.rows.values()) or self.any_lost())
    def sweep(self, draw: Draw) -> None:
        self.stage.follow()
        there, here = self.both(self.stage.store.sweep, lambda: model.sweep(self.world, now=self.stage.now))
        assert there == here

    @event(2)
    def time_passes(self, draw: Draw) -> None:
        self.stage.follow(draw(STEPS))

    # -- events: settling -------------------------------------------------------------------------------------------

    @event(4, lambda self: any(row.state == State.UNKNOWN for row in self.world.rows.values()))
    def look(self, draw: Draw) -> None:
        wait = draw([100.0, 250.0, 0.0])
        self.stage.follow(wait)
        there, here = self.both(
            lambda: self.stage.store.take_checks("x", BACKOFF, 16),
            lambda: model.take_checks(self.world, "x", BACKOFF, now=self.stage.now),
        )
        assert sorted(there) == sorted(row.id for row in here)
        works = self.stage.store.load(there)
        self.looks += [works[row.id] for row in here]

    @event(5, lambda self: self.looks)
    def conclude(self, draw: Draw) -> None:
        index = draw(ANY)
        verdict = draw(["found", "absent", "given up", "given up"])
        self.stage.follow()
        work = self.looks.pop(index % len(self.looks))
        attempt = work.open_attempt()
        assert attempt is not None
        row_id, now, store = work.claim.id, self.stage.now, self.stage.store
        if verdict == "found":
            self._found(work, attempt)
        elif verdict == "absent":
            self.both(
                lambda: store.disprove(work, attempt.step, attempt.fence, "It never arrived."),
                lambda: model.disprove(self.world, row_id, attempt.fence, attempt.step),
            )
        else:
            there, here = self.both(
                lambda: store.give_up(work, "We do not know.", "Look."),
                lambda: model.give_up(self.world, row_id, work.claim.fence),
            )
            assert there == here
        assert now == self.stage.now

    def _found(self, work: Work, attempt: Attempted) -> None:
        self.remote += 1
        proof = Proof(f"{1000 + self.remote}", "https://x.example/2")
        number = int(attempt.step.removeprefix("commit:"))
        item = {**protocol.accepted(work, number, proof, lease_seconds=LEASE), "fence": attempt.fence}
        self._say(Hand(work), item)

    # -- events: people ---------------------------------------------------------------------------------------------

    def _person(self, row: Row, act: Callable[[Any, Publication], Any]) -> Callable[[], None]:
        def run() -> None:
            cast = self.stage.cast
            user, workspace = (cast.alice, cast.workspace)
            if row.workspace == cast.elsewhere.pk:
                user, workspace = cast.charlie, cast.elsewhere
            with acting(user, workspace) as actor:
                act(actor, Publication.objects.get(pk=row.id))

        return run

    @event(1, lambda self: self.world.rows)
    def cancel(self, draw: Draw) -> None:
        index = draw(ANY)
        self.stage.follow()
        row = self.row(index)
        assert row is not None
        real = self._person(row, lambda actor, p: services.cancel_publication(actor=actor, publication=p))
        self.both(real, lambda: model_people.cancel(self.world, row.id))

    @event(2, lambda self: self.row(0, frozenset({State.FAILED, State.HELD})))
    def retry(self, draw: Draw) -> None:
        index = draw(ANY)
        self.stage.follow()
        row = self.row(index, frozenset({State.FAILED, State.HELD}))
        assert row is not None
        real = self._person(row, lambda actor, p: services.retry(actor=actor, publication=p))
        self.both(real, lambda: model_people.retry(self.world, row.id, now=self.stage.now))

    @event(1, lambda self: self.world.rows)
    def edit(self, draw: Draw) -> None:
        index = draw(ANY)
        parts = draw([1, 2])
        now = draw([False, True])
        self.stage.follow()
        row = self.row(index)
        assert row is not None
        post_id = self.stage.posts[row.id]
        siblings = [other for other, post in self.stage.posts.items() if post == post_id]
        plan = services.Now() if now else services.Draft()

        def real(actor: Any, _p: Publication) -> None:
            lanes = tuple(c for c in self.stage.lanes if c.pk in {self.world.rows[i].connection for i in siblings})
            written = content(*[f"edited {number}" for number in range(parts)], connections=lanes)
            services.edit_post(actor=actor, post=Post.objects.get(pk=post_id), content=written, plan=plan)

        def wanted() -> tuple[World, None]:
            world = self.world
            if now and any(world.lane(world.rows[row_id].connection).lost for row_id in siblings):
                raise NotAllowed("invalid", "one account of the post has to be connected first")
            for row_id in siblings:
                due = self.stage.now if now else None
                world, _ = model_people.edit(world, row_id, due_at=due, commits=parts, at_once=now)
            return world, None

        self.both(self._person(row, real), wanted)

    @event(4, lambda self: self.row(0, frozenset({State.NEEDS_HUMAN})))
    def decide(self, draw: Draw) -> None:
        index = draw(ANY)
        there = draw([False, True])
        self.stage.follow()
        row = self.row(index, frozenset({State.NEEDS_HUMAN}))
        assert row is not None
        if there:
            real = self._person(row, lambda actor, p: deciding.decide_there(actor=actor, publication=p))
            self.both(real, lambda: model_people.decide_there(self.world, row.id, now=self.stage.now))
            return
        real = self._person(row, lambda actor, p: deciding.decide_not_there(actor=actor, publication=p))
        self.both(real, lambda: model_people.decide_not_there(self.world, row.id, now=self.stage.now))

    @event(1, lambda self: not self.any_lost())
    def lose(self, draw: Draw) -> None:
        index = draw([2, 0, 1])
        gone = draw([False, True])
        self.stage.follow()
        lane = self.stage.lanes[index]
        change = "disconnected_at = clock_timestamp()" if gone else "health = 'broken'"
        self.both(
            lambda: self.stage.owner.execute(f"update social_connection set {change} where id = %s", [lane.pk]),
            lambda: model.connection_lost(self.world, lane.pk, broken=not gone, disconnected=gone),
        )

    @event(1, lambda self: True)
    def pause(self, draw: Draw) -> None:
        """A person stops an account, or lets it go on."""
        index = draw([0, 1, 2])
        self.stage.follow()
        lane = self.stage.lanes[index]
        stopped = not self.world.lanes[lane.pk].stopped
        change = f"paused_at = {'clock_timestamp()' if stopped else 'null'}"
        self.both(
            lambda: self.stage.owner.execute(f"update social_connection set {change} where id = %s", [lane.pk]),
            lambda: model_people.pause(self.world, lane.pk, stopped=stopped),
        )

    @event(3, lambda self: self.any_lost())
    def restore(self, draw: Draw) -> None:
        self.stage.follow()
        paused = next(pk for pk, lane in self.world.lanes.items() if lane.lost)
        lane = next(lane for lane in self.stage.lanes if lane.pk == paused)

        def real() -> None:
            with tenancy.system("test"):
                type(lane).objects.filter(pk=lane.pk).update(health="ok", disconnected_at=None)
                release_held(type(lane), connection=lane)

        self.both(
            real,
            lambda: model_people.connection_restored(
                self.world, lane.pk, now=self.stage.now, missed_seconds=MISSED_SECONDS
            ),
        )
