"""Asking for a public post to be deleted on its platform. posts/deleting.py carries it out."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict
from posts import deleting
from posts.deletion_models import Deletion
from posts.models import Publication
from posts.services import recording
from posts.services.writing import database_now
from social import platforms


@transaction.atomic
def delete_there(*, actor: Actor, publication: Publication) -> Deletion:
    """Have what is public of a publication deleted on its platform, for good. Asking again does no harm: what is on its way or
    done stays as it is, and what did not work, or perhaps did, is tried again. Raises Forbidden, Conflict, TooMany."""
    actor.require(Right.PUBLISH)
    locked: Publication = Publication.objects.select_for_update().get(pk=publication.pk)
    found = Deletion.objects.filter(publication=locked).first()
    ids = deleting.public_ids(locked)
    if found is not None and (found.is_pending or deleting.is_done(found, ids)):
        return found
    why_not = deleting.reason_against(locked, ids)
    if why_not:
        raise Conflict(why_not, code="cannot_delete")
    by_person("deletions", actor)
    asked = {
        "workspace": locked.workspace,
        "state": Deletion.State.ASKED,
        "asked_by": actor.user,
        "asked_at": timezone.now(),
        "due_at": database_now(),
        "finished_at": None,
        "error_code": "",
        "error_sentence": "",
        "error_next_step": "",
        "error_detail": "",
    }
    deletion, _ = Deletion.objects.update_or_create(publication=locked, defaults=asked)
    recording.record(
        actor,
        "publication.deletion_asked",
        locked,
        after={"account": str(locked.connection), "link": locked.remote_url, "parts": len(ids) - len(deletion.deleted)},
    )
    transaction.on_commit(lambda: _begin(deletion.pk), robust=True)
    return deletion


def _begin(deletion: int) -> None:
    """Without waiting for the tick, which takes it up all the same when the broker is away."""
    from posts.tasks import delete_one  # noqa: PLC0415 - tasks import services

    delete_one.delay(deletion)


def without_deleted(publications: Sequence[Publication]) -> list[Publication]:
    """Those that nobody wants deleted on their platform."""
    found = Deletion.objects.filter(publication__in=publications)
    begun = {deletion.publication_id for deletion in found if deletion.has_begun}
    return [publication for publication in publications if publication.pk not in begun]


def require_not_deleted(publication: Publication) -> None:
    """Raise Conflict when it cannot go on, since what was public of it is deleted, or may be."""
    found = Deletion.objects.filter(publication=publication).first()
    if found is not None and found.has_begun:
        name = platforms.get(publication.platform).name
        raise Conflict(
            f"Somebody asked for it to be deleted on {name}, so the rest cannot follow. Copy the post as a new one instead.",
            code="deleted_there",
        )
