"""What the tests of pages share: a signed-in browser without scripts, and publications in states of one's choosing."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from multivio import tenancy
from posts.models import Attempt, Post, Publication
from posts.tests.factories import make_post
from social.models import Connection


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    """The page with white space run together, as a reader sees it."""
    return " ".join(response.content.decode().split())


def put_into(post: Post, state: str, **fields: Any) -> Publication:
    """Write a publication's state as the engine would leave it, past the table of transitions."""
    now = timezone.now()
    changes: dict[str, Any] = {"due_at": now, **fields}
    if state == "published":
        proof = {"remote_id": str(post.pk), "remote_url": f"https://x.example/status/{post.pk}"}
        changes = {"finished_at": now, "outcome_proof": proof, "committed": F("commits"), **proof, **changes}
    with tenancy.system("test set-up"):
        found = Publication.objects.get(post=post)
        _walk(found, state, changes)
        Post.objects.filter(pk=post.pk).update(due_at=changes["due_at"])
        after: Publication = Publication.objects.select_related("post", "connection").get(pk=found.pk)
    return after


# The ways that a publication really takes, so that the guard in the database has nothing to refuse.
ROADS = {
    "scheduled": ["scheduled"],
    "published": ["scheduled", "leased", "sending", "published"],
    "failed": ["scheduled", "leased", "sending", "failed"],
    "held": ["scheduled", "held"],
    "sending": ["scheduled", "leased", "sending"],
    "unknown": ["scheduled", "leased", "sending", "unknown"],
    "needs_human": ["scheduled", "leased", "sending", "unknown", "needs_human"],
    "cancelled": ["cancelled"],
}


def _walk(publication: Publication, state: str, changes: dict[str, Any]) -> None:
    road = ROADS[state]
    for step in road:
        fields: dict[str, Any] = {"lease_until": None, "lease_owner": None, "due_at": changes["due_at"]}
        if step in {"leased", "sending"}:
            fields |= {"lease_until": timezone.now() + timedelta(minutes=5), "lease_owner": "test"}
        if step == "leased":
            fields["fence"] = F("fence") + 1
        last = changes if step == state else {}
        Publication.objects.filter(pk=publication.pk).update(state=step, **{**fields, **last})


def add_attempt(publication: Publication, **fields: Any) -> Attempt:
    with tenancy.system("test set-up"):
        return Attempt.objects.create(
            workspace_id=publication.workspace_id,
            publication=publication,
            fence=publication.fence,
            **{"step": "commit:1", **fields},
        )


def noon_zone() -> str:
    """A time zone in which it is about noon now, so that an hour ago and in an hour are today as well."""
    ahead = 12 - timezone.now().hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


def many_posts(user: User, workspace: Workspace, connection: Connection, number: int, state: str) -> list[Post]:
    posts = []
    for index in range(number):
        post = make_post(user, workspace, connection, text=f"Post number {index}")
        if state != "draft":
            put_into(post, state)
        posts.append(post)
    return posts
