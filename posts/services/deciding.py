"""A person decides about an outcome that could not be settled: it is there, or it is not."""

import json
import re

from django.db import connection, transaction
from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem
from posts.models import Attempt, Publication
from posts.services import approving
from posts.services.writing import database_now
from posts.states import State

REMOTE_ID = re.compile(r"(\d{5,25})/?(?:\?.*)?$")


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


@transaction.atomic
def decide_there(*, actor: Actor, publication: Publication, link: str = "") -> Publication:
    """“It is there”: mark it published on the person's word, with the link they gave, if any."""
    actor.require(Right.PUBLISH)
    locked = _lock(publication)
    attempt = _open_attempt(locked)
    if locked.committed + 1 < locked.commits:
        approving.require_approved(locked.post)  # the rest of a thread goes out then
    link = link.strip()
    found = REMOTE_ID.search(link)
    if link and not (link.startswith(("https://", "http://")) and found):
        raise Invalid.because(
            [Problem("link", "bad_link", "This does not look like the address of a post. Paste it whole.")]
        )
    said = {
        "kind": "ok",
        "id": locked.pk,
        "fence": attempt.fence,
        "step": attempt.step,
        "lease": "60 s",
        "remote_id": found.group(1) if found else None,
        "remote_url": link,
        "sentence": f"{actor.user} found it on the platform.",
        "evidence": {"said_by": actor.user.pk, "at": timezone.now().isoformat()},
    }
    _record(said)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def decide_not_there(*, actor: Actor, publication: Publication) -> Publication:
    """“It is not there, publish again”: the open attempt is disproved in this person's name, and the post goes out again."""
    actor.require(Right.PUBLISH)
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
    locked.refresh_from_db()
    return locked


def _record(item: dict[str, object]) -> None:
    with tenancy.system("a person settled an outcome"), connection.cursor() as cursor:
        cursor.execute("select mv_record(%s::jsonb)", [json.dumps([item])])
