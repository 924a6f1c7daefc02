"""Publish now, cancel, and retry. The engine does the sending; these only change what it will find."""

from collections.abc import Sequence

from django.db import transaction

from accounts import audit
from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict, Invalid
from posts import content as contents
from posts.engine.protocol import stopped_part_way
from posts.models import Post, Publication
from posts.services import allowing, approving, recording
from posts.services.deleting import require_not_deleted, without_deleted
from posts.services.writing import database_now, lock_publications
from posts.states import IN_FLIGHT, State

STARTABLE = frozenset({State.DRAFT, State.SCHEDULED, State.HELD, State.FAILED})


@transaction.atomic
def publish_now(*, actor: Actor, post: Post) -> Post:
    """Send what has not been sent yet: drafts, scheduled, held and failed publications. Raises Invalid, Conflict."""
    actor.require(Right.PUBLISH)
    allowing.require_paid(actor.workspace)
    startable = [p for p in lock_publications(post) if p.state in STARTABLE]
    publications = without_deleted(startable)
    if not publications:
        raise Conflict("There is nothing left to publish in this post.")
    require_publishable(post, publications)
    by_person("publishing", actor)
    to_queue(publications)
    Post.objects.filter(pk=post.pk).update(due_at=database_now(), proposed_for=None)
    post.refresh_from_db()
    allowing.require_room(post)
    recording.record(actor, "post.published_now", post, before=recording.of_publications(publications))
    return post


@transaction.atomic
def retry(*, actor: Actor, publication: Publication) -> Publication:
    """Send a failed or held publication again, from the first part that is not public. Raises Invalid, Conflict."""
    actor.require(Right.PUBLISH)
    allowing.require_paid(actor.workspace)
    locked: Publication = Publication.objects.select_for_update().get(pk=publication.pk)
    if locked.state not in {State.FAILED, State.HELD}:
        raise Conflict(f"This is {locked.get_state_display().lower()}, so there is nothing to retry.")
    require_not_deleted(locked)
    require_publishable(locked.post, [locked])
    before = audit.fields(locked, *recording.STANDING)
    by_person("publishing", actor)
    to_queue([locked])
    locked.refresh_from_db()
    after = audit.fields(locked, *recording.STANDING)
    recording.record(actor, "publication.retried", locked, before=before, after=after)
    return locked


@transaction.atomic
def cancel_publication(*, actor: Actor, publication: Publication) -> Publication:
    """Take one publication out of the queue. One that a worker holds is asked to stop before it sends."""
    actor.require(Right.PUBLISH)
    locked: Publication = Publication.objects.select_for_update().get(pk=publication.pk)
    before = audit.fields(locked, *recording.STANDING)
    if locked.state in IN_FLIGHT:
        Publication.objects.filter(pk=locked.pk).update(cancel_requested=True)
    elif locked.state in {State.DRAFT, State.SCHEDULED, State.HELD, State.FAILED}:
        take_out([locked])
    elif locked.state != State.CANCELLED:
        raise Conflict(_why_not(locked))
    locked.refresh_from_db()
    after = audit.fields(locked, *recording.STANDING)
    if after != before:
        recording.record(actor, "publication.cancelled", locked, before=before, after=after)
    return locked


@transaction.atomic
def cancel_post(*, actor: Actor, post: Post) -> Post:
    """Cancel everything of a post that has not been sent. Raises Conflict when nothing is left to cancel."""
    actor.require(Right.PUBLISH)
    publications = lock_publications(post)
    waiting = [p for p in publications if p.state in {State.DRAFT, State.SCHEDULED, State.HELD}]
    moving = [p for p in publications if p.state in IN_FLIGHT]
    if not waiting and not moving and publications:
        if all(p.state == State.CANCELLED for p in publications):
            return post
        raise Conflict(_why_not(publications[0]))
    take_out(waiting)
    Publication.objects.filter(pk__in=[p.pk for p in moving]).update(cancel_requested=True)
    recording.record(actor, "post.cancelled", post, before=recording.of_publications([*waiting, *moving]))
    post.refresh_from_db()
    return post


def take_out(publications: Sequence[Publication]) -> None:
    """Nothing more of these goes out. What is public in part has failed, since "cancelled" says that nothing went out."""
    whole = [publication.pk for publication in publications if not publication.committed]
    Publication.objects.filter(pk__in=whole).update(state=State.CANCELLED)
    for publication in publications:
        if publication.committed:
            Publication.objects.filter(pk=publication.pk).update(
                state=State.FAILED,
                error_code="stopped",
                error_sentence=stopped_part_way(publication.committed, publication.commits),
                error_next_step="Publish the rest, or delete what is there on the platform.",
            )


def _why_not(publication: Publication) -> str:
    if publication.state == State.PUBLISHED:
        return "This is already published. If it should go, delete it on the platform from the post's page."
    return "This was already sent and its outcome is being looked up, so it can no longer be cancelled."


def require_publishable(post: Post, publications: list[Publication]) -> None:
    """Raise NeedsApproval or Invalid when these may not, or cannot, go out."""
    approving.require_approved(post)
    resolved = contents.of_post(post)
    found = contents.errors(contents.problems(resolved, [publication.connection for publication in publications]))
    if found:
        raise Invalid.because(found)


def to_queue(publications: list[Publication]) -> None:
    rows = Publication.objects.filter(pk__in=[publication.pk for publication in publications])
    rows.update(
        state=State.SCHEDULED,
        due_at=database_now(),
        planned_on=None,
        planned_time=None,
        priority=Publication.NOW,
        cancel_requested=False,
        finished_at=None,
        error_code="",
        error_sentence="",
        error_next_step="",
    )
