"""After an outage: one decision about everything that missed its time."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict, Invalid
from posts.models import Publication
from posts.services import allowing, recording
from posts.services.approving import NeedsApproval
from posts.services.publishing import require_publishable, take_out, to_queue


@dataclass(frozen=True)
class Decided:
    """How many were decided, and how many stay held because their post or account has to be mended first."""

    done: int
    left: int


@transaction.atomic
def decide_missed(*, actor: Actor, publish: bool, uids: Collection[UUID] | None = None) -> Decided:
    """Publish everything that missed its time now, or cancel it; all of it, or the publications with these uids.

    Each account sends its own one after the other. What cannot be published as it is stays held, and says why on its page.
    Raises Conflict when nothing waits.
    """
    actor.require(Right.PUBLISH)
    if publish:
        allowing.require_paid(actor.workspace)
    rows = Publication.objects.in_workspace(actor.workspace.pk).missed()
    if uids is not None:
        rows = rows.filter(uid__in=uids)
    # of=self: the connection is only read.
    found = list(rows.select_for_update(of=("self",)).select_related("post", "connection").order_by("id"))
    if not found:
        raise Conflict("Nothing that missed its time is waiting any more.")
    if not publish:
        recording.record(actor, "missed.cancelled", None, before=recording.of_publications(found))
        take_out(found)
        return Decided(done=len(found), left=0)
    ready = [p for p in found if _is_publishable(p)]
    to_queue(ready)
    recording.record(actor, "missed.published", None, before=recording.of_publications(ready))
    return Decided(done=len(ready), left=len(found) - len(ready))


def _is_publishable(publication: Publication) -> bool:
    try:
        require_publishable(publication.post, [publication])
    except (Invalid, NeedsApproval):
        return False
    return True
