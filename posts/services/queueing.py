"""The plan “next free slot”: each connection of a post goes out in its own next free slot.

Two who take slots of one connection at once wait for each other on a lock of that connection, so they get different ones. It
is an advisory lock: the engine, which never takes it, is not held up. Lock order: what the plan allows, the workspace's
policy, the post's publications, the post, then connections by their keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database

from accounts.models import Workspace
from multivio.errors import Invalid, Problem
from posts import slots
from posts.models import Post, Publication
from posts.slots import Opening
from posts.states import Approval, OnApproval, State
from social.models import Connection

Kept = Mapping[int, datetime]  # by connection: when it goes out already


@dataclass(frozen=True)
class Offer:
    """The time that a connection gets; None where it has no free slot."""

    connection: Connection
    opening: Opening | None


def offers(workspace: Workspace, connections: Sequence[Connection], *, now: datetime, kept: Kept) -> list[Offer]:
    """What each connection would get now: the slot that it has, else its next free one. Two queries."""
    zone = workspace.zone
    found = slots.free_slots([one for one in connections if one.pk not in kept], zone=zone, after=now)

    def opening(key: int) -> Opening | None:
        return Opening.at(kept[key], zone) if key in kept else next(iter(found[key]), None)

    return [Offer(one, opening(one.pk)) for one in connections]


def kept_by(publications: Iterable[Publication], *, now: datetime) -> dict[int, datetime]:
    """The slots that these publications are in and that are yet to come: whoever edits a post leaves it where it is."""
    return {
        one.connection_id: one.due_at
        for one in publications
        if one.planned_on is not None and one.due_at and one.due_at > now and one.state in {State.SCHEDULED, State.HELD}
    }


def is_in_slots(post: Post) -> bool:
    """Whether each of its connections has a slot of its own, or gets one when somebody approves it. Prefetch `publications`."""
    waits = post.approval == Approval.PENDING and post.on_approval == OnApproval.NEXT
    return waits or any(publication.planned_on is not None for publication in post.publications.all())


def problems(found: Iterable[Offer]) -> list[Problem]:
    return [
        Problem(
            "connections",
            "no_free_slot",
            "No slot is free. Add times to its posting schedule, or choose a time.",
            connection=str(offer.connection.uid),
        )
        for offer in found
        if offer.opening is None
    ]


def take(post: Post, publications: Iterable[Publication], *, now: datetime, kept: Kept) -> None:
    """Schedule these drafts, each in a slot of its connection, and the post with the first of them. Raises Invalid."""
    rows = sorted(publications, key=lambda row: row.connection_id)
    _lock(row.connection_id for row in rows)
    found = offers(post.workspace, [row.connection for row in rows], now=now, kept=kept)
    if wrong := problems(found):
        raise Invalid.because(wrong)
    openings = [offer.opening for offer in found if offer.opening is not None]
    for row, opening in zip(rows, openings, strict=True):
        Publication.objects.filter(pk=row.pk).update(
            state=State.SCHEDULED,
            priority=Publication.NORMAL,
            due_at=opening.due_at,
            planned_on=opening.wall.on,
            planned_time=opening.wall.at,
        )
    _plan(post, min(openings, key=lambda opening: opening.due_at))


def _plan(post: Post, first: Opening) -> None:
    wall = first.wall
    post.planned_on, post.planned_time, post.zone, post.fold = wall.on, wall.at, wall.zone, wall.fold
    post.due_at, post.proposed_for = first.due_at, None
    post.save(update_fields=["planned_on", "planned_time", "zone", "fold", "due_at", "proposed_for"])


def _lock(keys: Iterable[int]) -> None:
    with database.cursor() as cursor:
        for key in keys:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"slots:{key}"])
