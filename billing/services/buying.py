"""Subscribing, and Stripe's own pages for card, address and invoices."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.roles import Right
from accounts.services import Actor
from billing import catalog, gateway, sharing, sync
from billing.errors import Gone, NotForSale, StripeRefused
from billing.models import BillingAccount, Subscription
from billing.services.selling import chosen, own_customer, require_selling, write_down
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import Conflict, NotFound


def start_checkout(*, actor: Actor, plan: str, interval: str, nonce: str) -> str:
    """The address of Stripe's page on which the plan is paid. `nonce` makes a button pressed twice one checkout.

    Raises Forbidden, Invalid, Conflict when there is a subscription already, and what the gateway raises.
    """
    require_selling()
    actor.require(Right.PAY)
    wanted = chosen(plan, interval)
    _refuse_second(actor)
    customer_id = _customer_of(actor)
    price = catalog.price(wanted, interval)
    gateway.expire_open_checkouts(customer_id, but=nonce)
    back = f"{settings.BASE_URL}{reverse('checkout_return', args=[actor.workspace.slug])}"
    params = {**_checkout(actor, customer_id, price, back), "metadata": {"nonce": nonce}}
    session = _session(customer_id, params, key=f"co:{actor.workspace.uid}:{price}:{nonce}")
    write_down(actor, "plan.checkout_started", {"plan": wanted.key, "interval": interval})
    return str(session["url"])


def _session(customer_id: str, params: dict[str, Any], *, key: str) -> dict[str, Any]:
    """Whatever we remembered wrongly is forgotten, so that the next try is right."""
    try:
        return gateway.create_checkout(params, key=key)
    except NotForSale:
        catalog.forget()
        raise
    except Gone:
        if not sync.detach(customer_id):
            raise
        raise StripeRefused("Stripe had forgotten who you are. Nothing was charged; choose the plan again.") from None


def _refuse_second(actor: Actor) -> None:
    with tenancy.system("is there a subscription"):
        payer = sharing.payer_of(actor.workspace)
        living = Subscription.objects.of(actor.workspace.pk).living().exclude(status="incomplete").exists()
    if payer is not None:
        raise Conflict(f"This workspace is paid for by {payer.name}.", code="paid_by_another")
    if living:
        raise Conflict("There is a subscription already. Change its plan instead.", code="subscribed_already")


def _checkout(actor: Actor, customer_id: str, price: str, back: str) -> dict[str, Any]:
    about = {"workspace_id": str(actor.workspace.uid)}
    params: dict[str, Any] = {
        "mode": "subscription",
        "customer": customer_id,
        "line_items": [{"price": price, "quantity": 1}],
        "client_reference_id": str(actor.workspace.uid),
        "success_url": f"{back}?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.BASE_URL}{reverse('plan', args=[actor.workspace.slug])}",
        "subscription_data": {"metadata": about, "billing_mode": {"type": "flexible"}},
        "payment_method_collection": "always",
        "allow_promotion_codes": True,
        "tax_id_collection": {"enabled": True},
        "customer_update": {"address": "auto", "name": "auto"},
        "automatic_tax": {"enabled": settings.STRIPE_TAX},
    }
    with tenancy.system("was there a trial"):
        had_trial = account_of(actor.workspace.pk).trial_used_at is not None
    if settings.STRIPE_TRIAL_DAYS and not had_trial:
        params["subscription_data"]["trial_period_days"] = settings.STRIPE_TRIAL_DAYS
        params["subscription_data"]["trial_settings"] = {"end_behavior": {"missing_payment_method": "pause"}}
    return params


def _customer_of(actor: Actor) -> str:
    workspace = actor.workspace
    with tenancy.system("the workspace as a customer"):
        account = account_of(workspace.pk)
    if account.customer_id:
        return account.customer_id
    about = {"workspace_id": str(workspace.uid)}
    # After a customer was deleted at Stripe the key is another one: the old key would bring the deleted one back.
    key = f"cust:{workspace.uid}:{account.lost_customers}"
    made = gateway.create_customer(email=actor.user.email, name=workspace.name, metadata=about, key=key)
    with tenancy.system("the workspace as a customer"):
        BillingAccount.objects.filter(pk=account.pk, customer_id=None).update(customer_id=made)
        kept = account_of(workspace.pk).customer_id
    return kept or made


def come_back(*, actor: Actor, session_id: str) -> Subscription | None:
    """After checkout: ask Stripe how it went, whether or not the webhook was here. None: not paid yet. Grants nothing itself.

    Raises NotFound for another workspace's session.
    """
    require_selling()
    try:
        session = gateway.checkout_session(session_id)
    except Gone:
        raise NotFound("There is no such payment.") from None
    with tenancy.system("whose checkout"):
        own = account_of(actor.workspace.pk).customer_id
    if session.get("client_reference_id") != str(actor.workspace.uid) or session.get("customer") != own:
        raise NotFound("There is no such payment.")
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
