"""One post and its story, to the second."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import Workspace
from posts import deleting, metrics
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsWatch
from posts.models import Attempt, Note, Post, Publication
from posts.reading.naming import attached_media
from posts.reading.needs import needing_you
from posts.states import IN_FLIGHT, State

SOON = timedelta(minutes=10)


@dataclass(frozen=True)
class Moment:
    """One line of a publication's story, to the second."""

    at: datetime | None
    glyph: str
    title: str
    note: str = ""
    code: str = ""
    detail: str = ""
    seconds: float | None = None


@dataclass
class Story:
    """A publication with its attempts, as the post page tells it."""

    publication: Publication
    moments: list[Moment] = field(default_factory=list)
    can_retry: bool = False
    can_cancel: bool = False
    last_open: Attempt | None = None
    public_parts: int = 0
    can_delete_there: bool = False
    why_not_delete: str = ""
    can_refresh: bool = False
    why_no_numbers: str = ""
    since: datetime | None = None  # how far back numbers are shown

    @property
    def deletion(self) -> Deletion | None:
        return getattr(self.publication, "deletion", None)

    @property
    def is_deleted(self) -> bool:
        return self.deletion is not None and self.deletion.state == Deletion.State.DONE and not self.can_delete_there

    @property
    def watch(self) -> MetricsWatch | None:
        return getattr(self.publication, "watch", None)

    @property
    def numbers(self) -> list[tuple[str, int]]:
        """What was read last, with its words; what the platform does not say is not there."""
        latest = self.watch.latest if self.watch and not self.is_kept_back else None
        told = ((words, getattr(latest, metric)) for metric, words in metrics.IN_WORDS.items())
        return [(words, value) for words, value in told if value is not None] if latest else []

    @property
    def is_kept_back(self) -> bool:
        """Published longer ago than numbers are shown of: they are kept."""
        return is_before(self.publication, self.since)

    @property
    def to_decide(self) -> bool:
        return self.publication.state == State.NEEDS_HUMAN


def post_with_story(workspace: Workspace, uid: UUID) -> Post | None:
    """A post with everything its page shows, in four queries; None when it is not in the workspace."""
    attempts = Prefetch("publications__attempts", queryset=Attempt.objects.order_by("id"))
    rows = _one_post(workspace, uid, attempts)
    return next(iter(rows.annotate(needs_you=needing_you(workspace.pk))), None)


def post_to_edit(workspace: Workspace, uid: UUID) -> Post | None:
    """The same without its story, for the composer."""
    return next(iter(_one_post(workspace, uid)), None)


def _one_post(workspace: Workspace, uid: UUID, *more: "Prefetch[str]") -> "QuerySet[Post]":
    publications: QuerySet[Publication] = Publication.objects.all().with_connection()
    return (
        Post.objects.filter(workspace=workspace, uid=uid)
        .select_related("author", "asked_by")
        .prefetch_related(Prefetch("publications", queryset=publications), attached_media(), *more)
    )


def notes_on(post: Post) -> list[Note]:
    """What colleagues said about it, and the steps of its approval, oldest first."""
    return list(post.notes.select_related("author").order_by("id"))


def is_before(publication: Publication, since: datetime | None) -> bool:
    """Whether it was published before the past begins that a plan shows."""
    return since is not None and publication.finished_at is not None and publication.finished_at < since


def stories(post: Post, *, since: datetime | None = None) -> list[Story]:
    return [story_of(publication, since=since) for publication in post.publications.all()]


def story_of(publication: Publication, *, since: datetime | None = None) -> Story:
    attempts = list(publication.attempts.all())
    return Story(
        **_aftermath(publication),
        publication=publication,
        since=since,
        moments=[_moment(attempt, number, publication) for number, attempt in enumerate(attempts, start=1)],
        can_retry=publication.state in {State.FAILED, State.HELD} and not publication.connection.rests,
        can_cancel=publication.state in {State.SCHEDULED, State.HELD, State.FAILED, *IN_FLIGHT}
        and not publication.cancel_requested,
        last_open=next((attempt for attempt in reversed(attempts) if _is_open(attempt)), None),
    )


def _aftermath(publication: Publication) -> dict[str, Any]:
    """What can be done with it once something of it is public, or why not."""
    if publication.state not in deleting.DELETABLE or not publication.committed:
        return {}
    deletion: Deletion | None = getattr(publication, "deletion", None)
    ids = deleting.public_ids(publication)
    is_settled = deletion is not None and (deletion.is_pending or deleting.is_done(deletion, ids))
    why_not_delete = "" if is_settled else deleting.reason_against(publication, ids)
    why_no_numbers = metrics.reason_against(publication)
    return {
        "public_parts": len(ids),
        "can_delete_there": not is_settled and not why_not_delete,
        "why_not_delete": why_not_delete,
        "can_refresh": not why_no_numbers,
        "why_no_numbers": why_no_numbers if publication.state == State.PUBLISHED and not is_settled else "",
    }


def _is_open(attempt: Attempt) -> bool:
    return attempt.status in {Attempt.Status.INTENT, Attempt.Status.AMBIGUOUS} and not attempt.disproved


WORDS = {
    Attempt.Status.OK: ("published", "published"),
    Attempt.Status.REFUSED: ("failed", "refused, nothing was made public"),
    Attempt.Status.AMBIGUOUS: ("unknown", "no clear answer"),
    Attempt.Status.INTENT: ("publishing", "sent, waiting for the answer"),
}


def _moment(attempt: Attempt, number: int, publication: Publication) -> Moment:
    glyph, words = WORDS[Attempt.Status(attempt.status)]
    if attempt.disproved:
        glyph, words = "cancelled", "had no effect"
    part = attempt.step.removeprefix("commit:")
    which = (
        f"Part {part} of {publication.commits}" if publication.commits > 1 and part.isdecimal() else f"Attempt {number}"
    )
    return Moment(
        at=attempt.started_at,
        glyph=glyph,
        title=f"{which}: {words}",
        note=attempt.sentence,
        code=attempt.code,
        detail=attempt.detail,
        seconds=attempt.seconds,
    )


def digest(post: Post) -> str:
    """Changes whenever the post's page would look different; what the page polls with."""
    parts = [f"{post.version}/{post.state}/{post.approval}"]
    for publication in post.publications.all():
        tries = [f"{a.pk}{a.status}{a.disproved}" for a in publication.attempts.all()]
        parts.append(
            f"{publication.pk}/{publication.state}/{publication.committed}/{publication.cancel_requested}"
            f"/{publication.error_code}/{publication.due_at}/{publication.remote_url}/{','.join(tries)}"
            f"/{_digest_of_aftermath(publication)}"
        )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _digest_of_aftermath(publication: Publication) -> str:
    deletion: Deletion | None = getattr(publication, "deletion", None)
    watch: MetricsWatch | None = getattr(publication, "watch", None)
    parts: list[object] = []
    if deletion is not None:
        parts += [deletion.state, deletion.deleted, deletion.due_at if deletion.state == Deletion.State.WAITING else ""]
    if watch is not None:
        parts += [watch.latest_id, watch.gone_at, watch.is_waited_for]
    return "/".join(map(str, parts))


def pace(post: Post, *, now: datetime) -> int:
    """Seconds until the page should look again: 2 while something moves, 30 while something waits, 0 when it is final."""
    publications = list(post.publications.all())
    soon = now + SOON
    if any(_is_awaited(p) for p in publications):
        return 2
    if any(p.is_moving or (p.state == State.SCHEDULED and p.due_at and p.due_at <= soon) for p in publications):
        return 2
    return 30 if any(p.state == State.SCHEDULED for p in publications) else 0


def _is_awaited(publication: Publication) -> bool:
    """Somebody has just asked for it to be deleted, or for its numbers."""
    deletion: Deletion | None = getattr(publication, "deletion", None)
    watch: MetricsWatch | None = getattr(publication, "watch", None)
    return (deletion is not None and deletion.is_moving) or (watch is not None and watch.is_waited_for)


def summary(post: Post) -> str:
    """The state of a post in words where the state's own word says too little: “Published on 2 of 4”."""
    publications = [p for p in post.publications.all() if p.state != State.CANCELLED]
    published = sum(p.state == State.PUBLISHED for p in publications)
    if published and published < len(publications):
        return f"Published on {published} of {len(publications)}"
    live = sum(p.committed for p in publications)
    steps = sum(p.commits for p in publications)
    if live and live < steps and len(publications) == 1 and publications[0].state == State.FAILED:
        return f"Failed, {live} of {steps} parts are live"
    return ""
