"""What every purchase needs: that something is sold, whose subscription it is, what Stripe says now, and a line in the trail.

No transaction may be open: Stripe is called.
"""

from typing import Any

from django.conf import settings

from accounts import audit
from accounts.models import Workspace
from accounts.services import Actor
from billing import standing, sync
from billing.models import Comp, Subscription
from billing.plans import FOR_SALE, Plan
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import Conflict, Invalid, NotFound, Problem


def require_selling() -> None:
    """Raise NotFound where nothing is sold."""
    if not settings.BILLING_ENABLED:
        raise NotFound("Nothing is sold here: this installation has no limits.", code="billing_off")


def chosen(plan: str, interval: str) -> Plan:
    """A plan on sale. Raises Invalid."""
    found = next((each for each in FOR_SALE if each.key == plan), None)
    if found is None:
        raise Invalid.because([Problem("plan", "unknown_plan", f"Choose one of {', '.join(p.key for p in FOR_SALE)}.")])
    if interval not in found.prices:
        raise Invalid.because([Problem("interval", "unknown_interval", "Choose month or year.")])
    return found


def refresh(*, workspace: Workspace) -> list[Subscription]:
    """Ask Stripe how things stand, now."""
    require_selling()
    with tenancy.system("the workspace as a customer"):
        customer_id = account_of(workspace.pk).customer_id
    return sync.sync_customer(customer_id) if customer_id else []


def refresh_by_id(workspace_id: int) -> None:
    """The same for a task, which knows only the number."""
    with tenancy.system("how a plan stands"):
        workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is not None:
        refresh(workspace=workspace)


def history(workspace: Workspace) -> tuple[list[Subscription], list[Comp]]:
    """What was subscribed to and what was given, newest first."""
    with tenancy.system("history of the plan"):
        return list(Subscription.objects.of(workspace.pk)[:50]), list(Comp.objects.of(workspace.pk)[:50])


def as_stands(actor: Actor, row: Subscription) -> Subscription:
    refresh(workspace=actor.workspace)
    with tenancy.system("after a change"):
        found: Subscription = Subscription.objects.get(pk=row.pk)
        return found


def living(actor: Actor) -> Subscription:
    found = standing.of(actor.workspace)
    if found.workspace_id != actor.workspace.pk:
        raise Conflict("Another workspace pays for this one: change the plan there.", code="paid_by_another")
    if found.subscription is None or found.subscription.is_over:
        raise Conflict("There is no subscription yet. Choose a plan first.", code="not_subscribed")
    return found.subscription


def own_customer(actor: Actor) -> str:
    with tenancy.system("the workspace as a customer"):
        customer_id = account_of(actor.workspace.pk).customer_id
    if not customer_id:
        raise Conflict("Nothing was bought yet. Choose a plan first.", code="not_subscribed")
    return str(customer_id)


def write_down(actor: Actor, action: str, after: dict[str, Any], before: dict[str, Any] | None = None) -> None:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        workspace = actor.workspace
        audit.record(actor=actor, action=action, target=workspace, workspace=workspace, before=before, after=after)
