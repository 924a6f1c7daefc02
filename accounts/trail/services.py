"""Who may read the trail, and what reading it leaves behind."""

from collections.abc import AsyncIterator

from django.db import transaction

from accounts import audit
from accounts.roles import Right
from accounts.services import Actor
from accounts.trail import exporting
from accounts.trail.reading import Filters
from multivio.errors import Forbidden


def require_reader(actor: Actor) -> None:
    """Owners and admins. What a person did on their own account they see themselves. Raises Forbidden."""
    if not actor.may(Right.MANAGE):
        raise Forbidden("The audit trail is for owners and admins: it names who did what, and from where.")


@transaction.atomic
def export(*, actor: Actor, filters: Filters, form: str) -> AsyncIterator[str]:
    """The trail as a file; that it was taken out is itself part of the trail. Raises Forbidden."""
    require_reader(actor)
    after = {"form": form, **filters.as_query()}
    audit.record(actor=actor, action="audit.exported", target=None, workspace=actor.workspace, after=after)
    return exporting.stream(actor, filters, form)
