"""A person decides about an outcome that could not be settled: it is there, or it is not."""

import json

from django.db import connection, transaction
from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem
from posts.models import Attempt, Publication
from posts.services import allowing, approving, recording
from posts.services.writing import database_now
from posts.states import State
from social import platforms


def _open_attempt(publication: Publication) -> Attempt:
    attempt = (
        Attempt.objects.filter(
            publication=publication,
            status__in=[Attempt.Status.INTENT, Attempt.Status.AMBIGUOUS],
            disproved=False,
            step__startswith="commit:",
        )
        .order_by("-id")
        .first()
    )
    if attempt is None:
        raise Conflict("There is no open question about this publication any more.")
    return attempt


def _lock(publication: Publication) -> Publication:
    locked: Publication = Publication.objects.select_for_update().get(pk=publication.pk)
    if locked.state != State.NEEDS_HUMAN:
        raise Conflict(f"This is {locked.get_state_display().lower()} by now, so there is nothing to decide.")
    return locked


def _remote_id(platform: str, link: str) -> str:
    """What the platform calls the post behind a pasted address; empty where the address does not say. Raises Invalid."""
    found = platforms.get(platform)
    remote_id = found.remote_id_in(link) if found.is_its_address(link) else None
    if remote_id is None:
        sentence = (
            f"This is not the address of a post on {found.name}. Open the post there and paste its whole address."
        )
        raise Invalid.because([Problem("link", "bad_link", sentence)])
    return remote_id


@transaction.atomic
def decide_there(*, actor: Actor, publication: Publication, link: str = "") -> Publication:
    """“It is there”: mark it published on the person's word, with the link they gave, if any."""
    actor.require(Right.PUBLISH)
    locked = _lock(publication)
    attempt = _open_attempt(locked)
    if locked.committed + 1 < locked.commits:
        approving.require_approved(locked.post)  # the rest of a thread goes out then
    link = link.strip()
    remote_id = _remote_id(locked.platform, link) if link else ""
    said = {
        "kind": "ok",
        "id": locked.pk,
        "fence": attempt.fence,
        "step": attempt.step,
        "lease": "60 s",
        "remote_id": remote_id or None,
        "remote_url": link,
        "sentence": f"{actor.user} found it on the platform.",
        "evidence": {"said_by": actor.user.pk, "at": timezone.now().isoformat()},
    }
    _record(said)
    locked.refresh_from_db()
    recording.record(actor, "publication.found_there", locked, after={"state": locked.state, "link": link})
    return locked


@transaction.atomic
def decide_not_there(*, actor: Actor, publication: Publication) -> Publication:
    """“It is not there, publish again”: the open attempt is disproved in this person's name, and the post goes out again."""
    actor.require(Right.PUBLISH)
    allowing.require_paid(actor.workspace)
    locked = _lock(publication)
    attempt = _open_attempt(locked)
    approving.require_approved(locked.post)
    with tenancy.system("a person disproved an attempt"):
        Attempt.objects.filter(pk=attempt.pk).update(
            disproved=True,
            disproved_by=actor.user,
            sentence=f"{actor.user} looked and did not find it on the platform.",
        )
    Publication.objects.filter(pk=locked.pk).update(
        state=State.SCHEDULED,
        due_at=database_now(),
        priority=Publication.NOW,
        cancel_requested=False,
        checks=0,
        error_code="",
        error_sentence="",
        error_next_step="",
    )
    allowing.hold_resting(Publication.objects.filter(pk=locked.pk))
    locked.refresh_from_db()
    recording.record(actor, "publication.not_there", locked, after={"state": locked.state})
    return locked


def _record(item: dict[str, object]) -> None:
    with tenancy.system("a person settled an outcome"), connection.cursor() as cursor:
        cursor.execute("select mv_record(%s::jsonb)", [json.dumps([item])])
