"""Posts and publications as JSON-ready values, in the shapes of posts/api/outputs.py. Reads only what was prefetched."""

from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from rest_framework.request import Request

from accounts.authentication import actor_of
from accounts.models import User
from billing import limits
from multivio.api import as_error
from multivio.errors import Problem
from posts.api.inputs import wall_time
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Attempt, Media, Note, Post, Publication
from posts.reading.story import is_before
from posts.schedule import WallTime
from posts.services.queueing import is_in_slots
from posts.states import PostState, State
from social.contract import Metric
from social.models import Connection

Shown = dict[str, Any]
# Looked up once: over a page of posts, `get_state_display` is a tenth of the work.
POST_LABELS = {state.value: str(state.label) for state in PostState}
LABELS = {state.value: str(state.label) for state in State}


class Addresses:
    """Where things are, found out once for an answer."""

    def __init__(self, request: Request) -> None:
        self.workspace = actor_of(request).workspace
        slug = self.workspace.slug
        self.posts = request.build_absolute_uri(reverse("api:posts"))
        self.publications = request.build_absolute_uri(reverse("api:publications"))
        self.pages = request.build_absolute_uri(reverse("posts", kwargs={"slug": slug}))

    @cached_property
    def since(self) -> datetime | None:
        """How far back numbers are shown."""
        return limits.history_since(self.workspace)


def show_post(post: Post, at: Addresses) -> Shown:
    """Needs the rows of `with_publications()`."""
    in_slots = is_in_slots(post)
    wall = None if in_slots else wall_time(post)
    own = f"{at.posts}/{post.uid}"
    return {
        "id": str(post.uid),
        "state": post.state,
        "state_label": POST_LABELS[post.state],
        "version": post.version,
        "parts": _parts(post),
        "plan": {
            "publish_at": show_wall_time(wall) if wall else None,
            "next_free_slot": in_slots,
            "due_at": moment(post.due_at),
            "proposed_for": moment(post.proposed_for),
        },
        "approval": {
            "state": post.approval,
            "on_approval": post.on_approval,
            "asked_by": _person(post.asked_by),
            "asked_at": moment(post.asked_at),
        },
        "author": _person(post.author),
        "created_at": moment(post.created_at),
        "updated_at": moment(post.updated_at),
        "publications": [show_publication(publication, at) for publication in post.publications.all()],
        "links": {
            "self": own,
            "page": f"{at.pages}{post.uid}/",
            "publish": f"{own}/publish",
            "cancel": f"{own}/cancel",
        },
    }


def _person(user: User | None) -> Shown | None:
    return {"name": user.get_full_name()} if user else None


def show_note(note: Note) -> Shown:
    """Needs its author, and the users of its mentions."""
    return {
        "id": str(note.uid),
        "kind": note.kind,
        "author": _person(note.author),
        "text": note.text,
        "version": note.version,
        "mentions": [_person(mention.user) for mention in note.mentions.all()],
        "created_at": moment(note.created_at),
    }


def _parts(post: Post) -> list[Shown]:
    parts: list[Shown] = [{"text": text, "media": []} for text in post.texts]
    for item in post.attached.all():
        parts[item.part]["media"].append(_media(item.media))
    return parts


def _media(media: Media) -> Shown:
    return {"id": str(media.uid), "kind": media.kind, "alt_text": media.alt_text}


def show_connection(connection: Connection) -> Shown:
    return {
        "id": str(connection.uid),
        "platform": connection.platform,
        "username": connection.username,
        "name": connection.name,
    }


def show_publication(publication: Publication, at: Addresses) -> Shown:
    """Needs its connection, and the rows of `with_aftermath()`."""
    return {
        "id": str(publication.uid),
        "connection": show_connection(publication.connection),
        "texts": publication.own_texts or None,
        "options": publication.options,
        "state": publication.state,
        "state_label": LABELS[publication.state],
        "due_at": moment(publication.due_at),
        "remote_id": publication.remote_id,
        "remote_url": publication.remote_url,
        "committed": publication.committed,
        "commits": publication.commits,
        "error": _error(publication),
        "finished_at": moment(publication.finished_at),
        **_aftermath(publication, at),
    }


def _aftermath(publication: Publication, at: Addresses) -> Shown:
    deletion: Deletion | None = getattr(publication, "deletion", None)
    watch: MetricsWatch | None = getattr(publication, "watch", None)
    is_kept_back = is_before(publication, at.since)
    return {
        "deletion": _deletion(deletion) if deletion else None,
        "metrics": show_numbers(watch.latest) if watch and watch.latest and not is_kept_back else None,
        "metrics_kept_back": is_kept_back,
        "gone_at": moment(watch.gone_at) if watch else None,
    }


def _deletion(deletion: Deletion) -> Shown:
    return {
        "state": deletion.state,
        "asked_by": _person(deletion.asked_by),
        "asked_at": moment(deletion.asked_at),
        "finished_at": moment(deletion.finished_at),
        "retry_at": moment(deletion.due_at) if deletion.state == Deletion.State.WAITING else None,
        "deleted": len(deletion.deleted),
        "error": _error(deletion),
    }


def show_numbers(reading: MetricsReading) -> Shown:
    return {"read_at": moment(reading.read_at), **{metric.value: getattr(reading, metric) for metric in Metric}}


def _error(publication: Publication | Deletion) -> Shown | None:
    if not (publication.error_code or publication.error_sentence):
        return None
    return {
        "code": publication.error_code,
        "sentence": publication.error_sentence,
        "next_step": publication.error_next_step,
    }


def show_publication_with_post(publication: Publication, at: Addresses) -> Shown:
    """Needs its connection and its post."""
    post = publication.post
    return {
        **show_publication(publication, at),
        "post": {"id": str(post.uid), "headline": post.headline},
        "links": {"self": f"{at.publications}/{publication.uid}", "post": f"{at.posts}/{post.uid}"},
    }


def show_publication_in_full(publication: Publication, at: Addresses) -> Shown:
    """Needs its connection, its post and its attempts."""
    return {
        **show_publication_with_post(publication, at),
        "duplicate_remote_id": publication.duplicate_remote_id,
        "attempts": [_attempt(attempt) for attempt in publication.attempts.all()],
    }


def _attempt(attempt: Attempt) -> Shown:
    return {
        "step": attempt.step,
        "status": attempt.status,
        "started_at": moment(attempt.started_at),
        "finished_at": moment(attempt.finished_at),
        "seconds": attempt.seconds,
        "http_status": attempt.http_status,
        "code": attempt.code,
        "sentence": attempt.sentence,
        "remote_url": attempt.remote_url,
    }


def show_verdict(connections: list[Connection], problems: list[Problem]) -> Shown:
    """What stands in the way: of the post as a whole, and on each connection."""
    return {
        "ok": _is_fine(problems),
        "problems": [as_error(problem) for problem in problems if not problem.connection],
        "connections": [
            {
                "connection": show_connection(connection),
                "ok": _is_fine(own := [problem for problem in problems if problem.connection == str(connection.uid)]),
                "problems": [as_error(problem) for problem in own],
            }
            for connection in connections
        ],
    }


def _is_fine(found: list[Problem]) -> bool:
    return all(problem.severity != "error" for problem in found)


def show_wall_time(wall: WallTime) -> Shown:
    clock = wall.at.isoformat("seconds" if wall.at.second else "minutes")
    return {"date": wall.on.isoformat(), "time": clock, "zone": wall.zone, "fold": wall.fold}


def moment(value: datetime | None) -> str | None:
    """In UTC, to the microsecond."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value else None
