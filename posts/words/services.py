"""Writes of words in posts. Nothing here schedules or publishes: what Grok makes is a draft, a text to look at, a picture."""

import base64
import uuid
from collections.abc import Iterable, Sequence
from io import BytesIO

from django.db import transaction

from accounts.roles import Right
from accounts.services import Actor
from ai import catalogue, client
from ai import services as ai
from ai.models import Generation
from ai.orders import order
from multivio import tenancy
from multivio.errors import Invalid, Problem
from multivio.ids import uids_in
from posts import services
from posts.content import Content, PartContent, as_variant_media
from posts.media import storage
from posts.media.pictures import jpeg_of
from posts.media.services import ALT_TEXT_LIMIT
from posts.models import Media, Post
from posts.services import Draft
from posts.words.models import GenerationUse
from social.models import Connection

PICTURE_PIXELS = 1024  # enough to see what it shows, little enough to be cheap


@transaction.atomic
def remember(*, actor: Actor, post: Post, uids: Iterable[str]) -> int:
    """Note which words of Grok became part of the post; what is no generation of the workspace is passed over."""
    wanted = uids_in(uids)
    if not wanted:
        return 0
    found = list(Generation.objects.filter(workspace=actor.workspace, uid__in=wanted))
    uses = [GenerationUse(workspace=actor.workspace, post=post, generation=row) for row in found]
    GenerationUse.objects.bulk_create(uses, ignore_conflicts=True)
    for row in found:
        if not row.taken:
            ai.take(actor=actor, generation=row)
    return len(found)


def describe(*, actor: Actor, media: Media) -> Generation:
    """An alt text made from the picture itself, as a suggestion. No transaction may be open. Raises DomainError."""
    actor.require(Right.WRITE_POSTS)
    client.require_on()
    if media.kind != Media.Kind.IMAGE:
        raise Invalid.because(
            [Problem("media", "no_picture", "Only a picture can be looked at. Describe the rest yourself.")]
        )
    with storage.opened(as_variant_media(media).storage_name) as file:
        content = jpeg_of(BytesIO(file.read()), (PICTURE_PIXELS, PICTURE_PIXELS))
    picture = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
    made = order(task="alt_text", kinds=(catalogue.PICTURE,), picture=picture)
    row = ai.perform(actor=actor, order=made)
    row.text = row.text[:ALT_TEXT_LIMIT]
    return row


def draft_ideas(
    *, actor: Actor, topic: str, count: int, connections: Sequence[uuid.UUID]
) -> tuple[Generation, list[Post]]:
    """Ideas for a week as drafts, one post each, never planned. No transaction may be open. Raises DomainError."""
    actor.require(Right.WRITE_POSTS)
    client.require_on()
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        known = Connection.objects.in_workspace(actor.workspace.pk).live().filter(uid__in=connections)
        platforms = tuple(dict.fromkeys(known.values_list("platform", flat=True)))
    made = order(task="week", kinds=(catalogue.GENERATE,), text=topic, count=count, platforms=platforms)
    row = ai.perform(actor=actor, order=made)
    posts = []
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        for item in row.items[:count]:
            content = Content((PartContent(text=item["text"]),), tuple(connections))
            post = services.create_post(actor=actor, content=content, plan=Draft())
            remember(actor=actor, post=post, uids=[str(row.uid)])
            posts.append(post)
    return row, posts
