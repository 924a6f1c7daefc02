"""What billing hears of accounts: somebody makes more of something that a plan limits."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from accounts.models import User, Workspace
from accounts.signals import growing, history_asked, workspace_data_asked, workspace_deleting, workspace_made
from billing import following, limits, sharing
from billing.credit_models import CreditPack
from billing.meter_models import MeteredPost, PayPerPost
from billing.models import BillingEvent, Comp, Payer, Subscription
from billing.plans import What
from billing.tasks import end_subscription


@receiver(growing)
def hold_to_the_plan(sender: Any, workspace: Workspace, what: str, count: int, **_kwargs: Any) -> None:
    """Raises LimitReached, which whoever asked lets through to the door."""
    limits.require(workspace, What(what), count)


@receiver(workspace_made)
def place_under_a_plan(sender: Any, workspace: Workspace, owner: User, **_kwargs: Any) -> None:
    sharing.place(workspace, owner)


@receiver(history_asked)
def look_back(sender: Any, workspace: Workspace, **_kwargs: Any) -> datetime | None:
    return limits.history_since(workspace)


@receiver(workspace_deleting)
def end_with_it(sender: Any, workspace: Workspace, **_kwargs: Any) -> None:
    """Nobody goes on paying for a workspace that is gone. What Stripe told us is kept without it; the rest goes too."""
    BillingEvent.objects.filter(workspace=workspace).update(workspace=None)
    for stripe_id in Subscription.objects.of(workspace.pk).living().values_list("stripe_id", flat=True):
        transaction.on_commit(partial(end_subscription.delay, stripe_id))
    alone = list(Payer.objects.filter(paid_by=workspace).values_list("workspace_id", flat=True))
    transaction.on_commit(partial(following.follow_each, alone))  # whom it paid for


@receiver(workspace_data_asked)
def of_workspace(sender: Any, workspace: Workspace, **_kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    """What was subscribed to, given, bought and counted, for the file with everything of the workspace."""
    sold = (
        "plan",
        "interval",
        "seats",
        "status",
        "amount",
        "currency",
        "started_at",
        "period_end",
        "cancel_at",
        "ended_at",
    )
    rows = Subscription.objects.of(workspace.pk).order_by("pk").values(*sold)
    given = Comp.objects.filter(workspace=workspace).order_by("pk").values("plan", "reason", "starts_at", "ends_at")
    bought = ("credits", "taken_back", "amount", "currency", "reason", "granted_at")
    packs = CreditPack.objects.filter(workspace=workspace).order_by("pk").values(*bought)
    paying = PayPerPost.objects.filter(workspace=workspace).order_by("pk").values("cap", "since", "until")
    metered = MeteredPost.objects.of(workspace.pk).order_by("posted_at", "pk")
    return {
        "Plans": list(rows),
        "Plans given to you": list(given),
        "AI credits": list(packs),
        "Paying for posts to X": list(paying),
        "Posts to X that were counted": list(metered.values("publication", "part", "posted_at", "state")),
    }
