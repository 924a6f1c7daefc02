"""Back in line with what was held for a reason that is gone, unless another one still holds it."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from billing import standing
from posts.missed import window_of
from posts.models import Publication
from posts.querysets import PublicationQuerySet
from posts.services.allowing import IS_RESTING, RESTS
from posts.services.approving import WAITING, allowed
from posts.states import State
from social.models import Connection

UNPAID = {
    "error_code": "unpaid",
    "error_sentence": "The plan has not been paid for, so this waits.",
    "error_next_step": "Pay under Plan and usage: what is still recent or yet to come then goes out by itself.",
}
LOST = {
    "error_sentence": "The account has to be connected again, so this waits.",
    "error_next_step": "Reconnect the account: what is still recent or yet to come then goes out by itself.",
}
IS_DISCONNECTED = Q(disconnected_at__isnull=False)
IS_BROKEN = Q(disconnected_at=None, health=Connection.Health.BROKEN)
GO_ON = {"state": State.SCHEDULED, "error_code": "", "error_sentence": "", "error_next_step": ""}


def release(workspace: Workspace, *codes: str, connection: Connection | None = None, why_late: str) -> None:
    """What waits in the workspace (or for one connection) under these codes. What is too late by now waits for a person, since
    `why_late`."""
    held = Publication.objects.filter(workspace=workspace, state=State.HELD, error_code__in=codes)
    if connection is not None:
        held = held.filter(connection=connection)
    allowed(held, whether=False).update(**WAITING)
    if standing.of(workspace).is_held:
        held.update(**UNPAID)
        return
    going = held.exclude(pk__in=_still_held(held))
    oldest = timezone.now() - timedelta(seconds=window_of(workspace))
    going.filter(due_at__lt=oldest).update(
        error_code="missed_window",
        error_sentence=f"Its time passed while {why_late}, so it waits for you.",
        error_next_step="Publish it now, choose another time, or cancel it.",
    )
    going.filter(due_at__gte=oldest).update(**GO_ON)


def _still_held(held: PublicationQuerySet) -> list[int]:
    """Those that the state of their connection holds; from now on they say so."""
    found: list[int] = []
    for condition, words in (
        (IS_DISCONNECTED, {"error_code": "disconnected", **LOST}),
        (IS_BROKEN, {"error_code": "reconnect", **LOST}),
        (IS_RESTING, RESTS),
    ):
        ids = list(held.filter(connection__in=Connection.objects.filter(condition)).values_list("pk", flat=True))
        Publication.objects.filter(pk__in=ids).update(**words)
        found += ids
    return found
