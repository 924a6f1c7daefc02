"""What the audit trail keeps of posts and publications."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from accounts import audit
from accounts.services import Actor
from posts.models import Post, Publication

STANDING = ("state", "due_at", "cancel_requested")


def of_post(post: Post) -> dict[str, Any]:
    """A post as somebody changes it: words, time and accounts."""
    accounts = Publication.objects.filter(post=post).select_related("connection").order_by("id")
    return {
        **audit.fields(post, "text", "thread", "due_at", "zone", "version"),
        "media": [str(one.media.uid) for one in post.attached.select_related("media")],
        "accounts": [
            {"account": str(one.connection), "state": one.state, "own_texts": one.own_texts, "options": one.options}
            for one in accounts
        ],
    }


def of_publications(publications: Iterable[Publication]) -> dict[str, Any]:
    return {"publications": [{"id": str(one.uid), **audit.fields(one, *STANDING)} for one in publications]}


def record(
    actor: Actor,
    action: str,
    target: models.Model | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """An entry in the actor's workspace."""
    audit.record(actor=actor, action=action, target=target, workspace=actor.workspace, before=before, after=after)
