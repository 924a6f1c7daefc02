"""How a worker protects itself: the product's protocol, and the same with one guard taken away.

Each of the others is what some scheduler does, and a mutation of ours: a simulator that does not catch it proves nothing.
"""

from dataclasses import replace

from posts.engine import model
from posts.engine.model import OPEN, Row, World
from posts.engine.protocol import Item
from posts.engine.values import Work
from posts.states import State
from social.contract import NotSent, PlatformError, Settled, Settlement, Unknown


class Strict:
    """The product's protocol."""

    name = "strict"
    journals_first = True
    fences_stash = True

    def intend(
        self, world: World, row_id: int, fence: int, number: int, commits: int, *, now: float, lease: float
    ) -> tuple[World, bool]:
        return model.intend(world, row_id, fence, number, commits, now=now, lease=lease)

    def record(self, world: World, item: Item, *, now: float) -> World:
        return model.record(world, item, now=now)[0]

    def sweep(self, world: World, *, now: float) -> World:
        return model.sweep(world, now=now)[0]

    def read(self, _work: Work, error: PlatformError) -> PlatformError:
        """What an error of a committing call is taken for."""
        return error

    def seen(self, settlement: Settlement, *, last: bool) -> Settled:
        """What a look is taken for."""
        return settlement.verdict


class AtLeastOnce(Strict):
    """A lease that ended is free to run again, as in most queues."""

    name = "at_least_once"

    def sweep(self, world: World, *, now: float) -> World:
        for row in world.rows.values():
            if row.state == State.SENDING and row.lease_until is not None and row.lease_until < now:
                world = world.put(_forgotten(row))
        return super().sweep(world, now=now)


def _forgotten(row: Row) -> Row:
    attempts = tuple(replace(a, status="refused") if a.status in OPEN else a for a in row.attempts)
    return replace(row, state=State.SCHEDULED, lease_until=None, attempts=attempts)


class TrustEmptyList(Strict):
    """Not on the list after the last look: it never arrived."""

    name = "trust_empty_list"

    def seen(self, settlement: Settlement, *, last: bool) -> Settled:
        empty = settlement.verdict == Settled.NOT_SEEN and settlement.note != "could not look"
        return Settled.ABSENT if empty and last else settlement.verdict


class NoFence(Strict):
    """A worker that lost its lease writes as if it still had it."""

    name = "no_fence"

    def intend(
        self, world: World, row_id: int, fence: int, number: int, commits: int, *, now: float, lease: float
    ) -> tuple[World, bool]:
        row = world.rows[row_id]
        fence = row.fence if row.lease_until is not None else fence
        return model.intend(world, row_id, fence, number, commits, now=now, lease=lease)

    def record(self, world: World, item: Item, *, now: float) -> World:
        fence = item["fence"] if item["kind"] == "ok" else world.rows[item["id"]].fence
        return model.record(world, {**item, "fence": fence}, now=now)[0]


class NoIntent(Strict):
    """The journal is written after the call, together with its outcome."""

    name = "no_intent"
    journals_first = False


class NoStashFence(Strict):
    """What steps leave behind belongs to the publication, not to the claim: whoever comes late replaces or sends it."""

    name = "no_stash_fence"
    fences_stash = False


class ResendOn5xx(Strict):
    """A server error means that nothing happened."""

    name = "resend_on_5xx"

    def read(self, work: Work, error: PlatformError) -> PlatformError:
        if isinstance(error, Unknown) and (error.http_status or 0) >= 500:
            return NotSent(error.sentence, code="server_error", http_status=error.http_status)
        return error


STRATEGIES: dict[str, type[Strict]] = {
    kind.name: kind for kind in (Strict, AtLeastOnce, TrustEmptyList, NoFence, NoIntent, NoStashFence, ResendOn5xx)
}
