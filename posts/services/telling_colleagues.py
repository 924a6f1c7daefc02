"""What colleagues are told about a post: that it waits for them, what became of it, that somebody named them."""

from collections.abc import Iterable

from django.urls import reverse

from accounts.models import Member, User
from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.services import Actor
from posts.models import Note, Post

SHOWN = 60


def asked(actor: Actor, post: Post, approvers: Iterable[Member]) -> None:
    _tell(
        actor,
        post,
        [member.user for member in approvers],
        title=f"{actor.user} asks for approval: {_words(post)}",
        body="Approve it, or say what should change.",
        key=f"asked:{post.uid}:{post.asked_at:%Y%m%d%H%M%S}",
    )


def decided(actor: Actor, post: Post, *, approved: bool, comment: str) -> None:
    people = {user.pk: user for user in (post.asked_by, post.author) if user is not None and user.pk != actor.user.pk}
    verb = "approved" if approved else "asked for changes in"
    _tell(actor, post, people.values(), title=f"{actor.user} {verb} “{_words(post)}”", body=comment.strip())


def mentioned(actor: Actor, note: Note, people: Iterable[User]) -> None:
    named = [user for user in people if user.pk != actor.user.pk]
    title = f"{actor.user} mentioned you: {_words(note.post)}"
    _tell(actor, note.post, named, title=title, body=note.text, key=f"note:{note.uid}")


def _tell(actor: Actor, post: Post, users: Iterable[User], *, title: str, body: str, key: str = "") -> None:
    url = reverse("post", args=[actor.workspace.slug, post.uid])
    people = list(users)
    if people:
        notify(kind=Kind.APPROVAL, workspace=actor.workspace, users=people, title=title, body=body, url=url, key=key)


def _words(post: Post) -> str:
    words = post.headline or "a post without words"
    return words if len(words) <= SHOWN else words[: SHOWN - 1].rstrip() + "…"
