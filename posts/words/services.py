"""Writes of words in posts. Nothing here schedules or publishes: what Grok makes is a draft, a text to look at, a picture."""

import base64
from collections.abc import Iterable
from io import BytesIO

from django.db import transaction

from accounts.roles import Right
from accounts.services import Actor
from ai import catalogue, client
from ai import services as ai
from ai.models import Generation
from ai.orders import order
from multivio.errors import Invalid, Problem
from multivio.ids import uids_in
from posts.content import as_variant_media
from posts.media import storage
from posts.media.pictures import jpeg_of
from posts.media.services import ALT_TEXT_LIMIT
from posts.models import Media, Post
from posts.words import versions
from posts.words.models import GenerationUse

PICTURE_PIXELS = 1024  # enough to see what it shows, little enough to be cheap


@transaction.atomic
def remember(*, actor: Actor, post: Post, uids: Iterable[str]) -> int:
    """Note which words of Grok became part of the post; what is no generation of the workspace is passed over. Of versions to
    choose between, one whose place another took is no part any more."""
    wanted = uids_in(uids)
    known = Generation.objects.filter(workspace=actor.workspace)
    new = list(known.filter(uid__in=wanted)) if wanted else []
    rivals = known.filter(uses__post=post, choice__in={row.choice for row in new if row.choice})
    candidates = sorted({*new, *rivals}, key=lambda row: row.pk)
    found = versions.carried(post, candidates)
    replaced = [row for row in candidates if row not in found]
    GenerationUse.objects.filter(post=post, generation__in=replaced).delete()
    uses = [GenerationUse(workspace=actor.workspace, post=post, generation=row) for row in found]
    GenerationUse.objects.bulk_create(uses, ignore_conflicts=True)
    in_use = GenerationUse.objects.filter(generation__choice__in={row.choice for row in found if row.choice})
    beside = list(in_use.values_list("generation_id", flat=True))
    for row in found:
        if not row.taken:
            ai.take(actor=actor, generation=row, beside=beside)
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
