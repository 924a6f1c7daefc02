"""Subscribing, and Stripe's own pages for card, address and invoices."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Workspace
from accounts.roles import Right
from accounts.services import Actor
from billing import catalog, gateway, sharing, sync
from billing.models import Subscription
from billing.services import checkout
from billing.services.selling import chosen, own_customer, require_selling, write_down
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import Conflict


def start_checkout(*, actor: Actor, plan: str, interval: str, nonce: str) -> str:
    """The address of Stripe's page on which the plan is paid. `nonce` makes a button pressed twice one checkout.

    Raises Forbidden, Invalid, Conflict when there is a subscription already, and what the gateway raises.
    """
    require_selling()
    actor.require(Right.PAY)
    wanted = chosen(plan, interval)
    _refuse_second(actor)
    customer_id = checkout.customer_of(actor)
    price = catalog.price(wanted, interval)
    gateway.expire_open_checkouts(customer_id, but=nonce)
    order = checkout.order(actor.workspace, customer_id, price, back="checkout_return")
    params = {**order, **_terms(actor.workspace), "metadata": {"nonce": nonce}}
    url = checkout.begin(customer_id, params, key=f"co:{actor.workspace.uid}:{price}:{nonce}")
    write_down(actor, "plan.checkout_started", {"plan": wanted.key, "interval": interval})
    return url


def _refuse_second(actor: Actor) -> None:
    with tenancy.system("is there a subscription"):
        payer = sharing.payer_of(actor.workspace)
        living = Subscription.objects.of(actor.workspace.pk).living().exclude(status="incomplete").exists()
    if payer is not None:
        raise Conflict(f"This workspace is paid for by {payer.name}.", code="paid_by_another")
    if living:
        raise Conflict("There is a subscription already. Change its plan instead.", code="subscribed_already")


def _terms(workspace: Workspace) -> dict[str, Any]:
    """A trial with the first subscription; and what is to be charged later needs a card."""
    data: dict[str, Any] = {"metadata": {"workspace_id": str(workspace.uid)}, "billing_mode": {"type": "flexible"}}
    with tenancy.system("was there a trial"):
        had_trial = account_of(workspace.pk).trial_used_at is not None
    if settings.STRIPE_TRIAL_DAYS and not had_trial:
        data["trial_period_days"] = settings.STRIPE_TRIAL_DAYS
        data["trial_settings"] = {"end_behavior": {"missing_payment_method": "pause"}}
    return {"mode": "subscription", "subscription_data": data, "payment_method_collection": "always"}


def come_back(*, actor: Actor, session_id: str) -> Subscription | None:
    """After checkout: ask Stripe how it went, whether or not the webhook was here. None: not paid yet. Grants nothing itself.

    Raises NotFound for another workspace's session.
    """
    require_selling()
    session = checkout.own_session(actor, session_id)
    if session["status"] != "complete" or not session.get("subscription"):
        return None
    rows = sync.sync_customer(session["customer"])
    return next((row for row in rows if row.stripe_id == session["subscription"]), None)


def open_portal(*, actor: Actor) -> str:
    """The address of Stripe's own pages for card, address and invoices."""
    require_selling()
    actor.require(Right.PAY)
    back = f"{settings.BASE_URL}{reverse('plan', args=[actor.workspace.slug])}"
    url = gateway.create_portal(customer_id=own_customer(actor), return_url=back)
    write_down(actor, "plan.portal_opened", {})
    return url


def invoices(*, actor: Actor) -> list[dict[str, Any]]:
    """Newest first; empty before the first checkout."""
    require_selling()
    actor.require(Right.PAY)
    with tenancy.system("the workspace as a customer"):
        customer_id = account_of(actor.workspace.pk).customer_id
    return [each for each in gateway.invoices_of(customer_id) if each["status"] != "draft"] if customer_id else []
