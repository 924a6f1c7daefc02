"""Internal notes on a post, with mentions. They stay in the workspace: no platform ever sees them."""

import re
from collections import Counter
from collections.abc import Iterable

from django.db import transaction

from accounts import audit
from accounts.models import Member, User
from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Forbidden, Invalid, Problem
from posts.models import Note, NoteMention, Post
from posts.services import telling_colleagues

LONGEST = 2000


@transaction.atomic
def add_note(*, actor: Actor, post: Post, text: str) -> Note:
    """Say something about a post to the workspace. `@Maja`, `@Maja Lindqvist` or `@maja@norre.studio` tells Maja."""
    actor.require(Right.WRITE_POSTS)
    text = text.strip()
    if not text:
        raise Invalid.because([Problem("text", "empty", "Write something first.")])
    note = say(actor, post, kind=Note.Kind.NOTE, text=text)
    audit.record(
        actor=actor, action="note.added", target=note, workspace=actor.workspace, after={"post": str(post.uid)}
    )
    return note


def say(actor: Actor, post: Post, *, kind: Note.Kind, text: str = "") -> Note:
    """A note, or a step of the approval with the words that came with it. Its rights were asked by the caller."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Invalid.because([Problem("text", "too_long", f"At most {LONGEST} characters; this has {len(text)}.")])
    note = Note.objects.create(
        workspace=actor.workspace, post=post, author=actor.user, kind=kind, text=text, version=post.version
    )
    named = mentioned(text, _colleagues(actor)) if "@" in text else []
    NoteMention.objects.bulk_create(NoteMention(workspace=actor.workspace, note=note, user=user) for user in named)
    telling_colleagues.mentioned(actor, note, named)
    return note


@transaction.atomic
def delete_note(*, actor: Actor, note: Note) -> None:
    """One's own note, or as who manages the workspace anybody's. Steps of the approval stay: they are its history."""
    actor.require(Right.WRITE_POSTS)
    if note.kind != Note.Kind.NOTE:
        raise Forbidden("This is part of the approval’s history and stays.")
    if note.author_id != actor.user.pk:
        actor.require(Right.MANAGE)
    audit.record(actor=actor, action="note.deleted", target=note, workspace=actor.workspace)
    note.delete()


def _colleagues(actor: Actor) -> list[User]:
    rows = Member.objects.filter(workspace=actor.workspace, user__is_active=True).select_related("user")
    return [row.user for row in rows]


def mentioned(text: str, people: Iterable[User]) -> list[User]:
    """Whom a text names with an @: by address, full name, or a first or short name that only one of them has."""
    names: dict[int, set[str]] = {}
    everybody = {user.pk: user for user in people}
    for user in everybody.values():
        names[user.pk] = {name.lower() for name in (user.email, user.name, user.get_short_name()) if name}
    shared = Counter(name for found in names.values() for name in found)
    said = text.lower()
    return [
        user for pk, user in everybody.items() if any(shared[name] == 1 and _names(said, name) for name in names[pk])
    ]


def _names(said: str, name: str) -> bool:
    return re.search(rf"(?<![\w.])@{re.escape(name)}(?!\w)", said) is not None
