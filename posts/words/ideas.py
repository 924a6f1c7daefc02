"""Ideas of Grok as drafts, with the times of free slots if somebody wants. Nothing here schedules: a time is proposed, and a
person decides. Whether nothing made here can go out is held by posts/tests/test_ideas.py and by make mutations."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from ai import catalogue, client
from ai import services as ai
from ai.models import Generation
from ai.orders import Order, order
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem
from posts import services, slots
from posts.content import Content, PartContent
from posts.models import Post, Publication
from posts.services import Draft
from posts.services.writing import lock_publications
from posts.states import PostState, State
from posts.words.services import remember
from social.models import Connection

TASK = "week"
MOST = 14
MOST_DAYS = 14


class NoFreeSlot(Conflict):
    """There is nothing to fill, so nothing is asked and nothing is paid."""

    code = "no_free_slot"


@dataclass(frozen=True)
class Moment:
    """A time at which slots of one or more accounts are free: one idea goes to all of them."""

    due_at: datetime
    connections: tuple[Connection, ...]


@dataclass(frozen=True)
class Made:
    """What became of it. `free`: how many moments were free; None where nobody asked for slots."""

    generation: Generation
    posts: list[Post]
    free: int | None


def free_moments(*, workspace_id: int, zone: str, connections: Sequence[Connection], days: int) -> list[Moment]:
    """The free slots of these accounts within so many days, those at one time together, less what drafts are proposed for."""
    now = timezone.now()
    until = now + timedelta(days=days)
    found = slots.free_slots(connections, zone=zone, after=now, until=until, count=days * services.MOST_SLOTS)
    proposed = set(
        Publication.objects.in_workspace(workspace_id)
        .filter(state=State.DRAFT, connection__in=connections, post__proposed_for__gt=now)
        .values_list("connection_id", "post__proposed_for")
    )
    by_time: dict[datetime, list[Connection]] = {}
    for connection in connections:
        for opening in found[connection.pk]:
            if (connection.pk, opening.due_at) not in proposed:
                by_time.setdefault(opening.due_at, []).append(connection)
    return [Moment(due_at, tuple(by_time[due_at])) for due_at in sorted(by_time)]


def order_for(*, topic: str, count: int, connections: Sequence[Connection]) -> Order:
    """Raises Invalid without a topic."""
    names = tuple(dict.fromkeys(connection.platform for connection in connections))
    return order(task=TASK, kinds=(catalogue.GENERATE,), text=topic, count=count, platforms=names)


def _chosen(actor: Actor, uids: Sequence[uuid.UUID]) -> list[Connection]:
    """The connected accounts with these ids. Raises Invalid for any other, before a word is paid for."""
    live = {one.uid: one for one in Connection.objects.in_workspace(actor.workspace.pk).live()}
    unknown = [
        Problem(f"connections.{place}", "unknown_connection", "There is no such connected account in this workspace.")
        for place, uid in enumerate(uids)
        if uid not in live
    ]
    if unknown:
        raise Invalid.because(unknown)
    return [live[uid] for uid in dict.fromkeys(uids)]


def draft_ideas(
    *, actor: Actor, topic: str, count: int, connections: Sequence[uuid.UUID], days: int | None = None
) -> Made:
    """Ideas for a week as drafts, one post each, never planned; with `days`, each with the time of a free slot as a proposal.

    No transaction may be open. Raises NoFreeSlot before anything is asked, and DomainError.
    """
    actor.require(Right.WRITE_POSTS)
    client.require_on()
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        known = _chosen(actor, connections)
        moments = _moments(actor, known, days)
    if moments is not None:
        count = min(count, len(moments))
    row = ai.perform(actor=actor, order=order_for(topic=topic, count=count, connections=known))
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        texts = [item["text"] for item in row.items[:count]]
        if moments is None:
            posts = [_draft(actor, row, text, connections, Draft()) for text in texts]
        else:
            posts = [
                _draft(actor, row, text, [one.uid for one in moment.connections], Draft(proposed_for=moment.due_at))
                for text, moment in zip(texts, moments, strict=False)
            ]
    return Made(row, posts, None if moments is None else len(moments))


def _moments(actor: Actor, connections: Sequence[Connection], days: int | None) -> list[Moment] | None:
    if days is None:
        return None
    workspace = actor.workspace
    found = free_moments(workspace_id=workspace.pk, zone=workspace.zone, connections=connections, days=days)
    if not found:
        raise NoFreeSlot(
            f"No slot of the chosen accounts is free in the next {days} days. Add times to their posting schedules, or choose"
            " more accounts."
        )
    return found


def _draft(actor: Actor, row: Generation, text: str, connections: Sequence[uuid.UUID], plan: Draft) -> Post:
    content = Content((PartContent(text=text),), tuple(connections))
    post = services.create_post(actor=actor, content=content, plan=plan)
    remember(actor=actor, post=post, uids=[str(row.uid)])
    return post


@dataclass(frozen=True)
class Undone:
    """How many drafts are gone, and how many stay because somebody has worked on them."""

    deleted: int
    kept: int


@transaction.atomic
def delete_ideas(*, actor: Actor, generation: Generation) -> Undone:
    """Delete the drafts that were made of it, as far as they are as they were made."""
    actor.require(Right.WRITE_POSTS)
    posts = list(
        Post.objects.in_workspace(actor.workspace.pk).filter(generations__generation=generation).order_by("pk")
    )
    deleted = sum(_delete_untouched(actor, post) for post in posts)
    return Undone(deleted, len(posts) - deleted)


def _delete_untouched(actor: Actor, post: Post) -> bool:
    lock_publications(post)
    locked: Post | None = Post.objects.select_for_update().filter(pk=post.pk).first()
    if locked is None or locked.state != PostState.DRAFT or locked.version != 1 or locked.approval:
        return False
    services.delete_draft(actor=actor, post=locked)
    return True
