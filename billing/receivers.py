"""What billing hears of accounts: somebody makes more of something that a plan limits."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User, Workspace
from accounts.signals import growing, workspace_deleting, workspace_made
from billing import limits, sharing
from billing.models import BillingEvent
from billing.plans import What


@receiver(growing)
def hold_to_the_plan(sender: Any, workspace: Workspace, what: str, count: int, **_kwargs: Any) -> None:
    """Raises LimitReached, which whoever asked lets through to the door."""
    limits.require(workspace, What(what), count)


@receiver(workspace_made)
def place_under_a_plan(sender: Any, workspace: Workspace, owner: User, **_kwargs: Any) -> None:
    sharing.place(workspace, owner)


@receiver(workspace_deleting)
def forget_events(sender: Any, workspace: Workspace, **_kwargs: Any) -> None:
    """What Stripe told us is kept without the workspace; the rest goes with it."""
    BillingEvent.objects.filter(workspace=workspace).update(workspace=None)
