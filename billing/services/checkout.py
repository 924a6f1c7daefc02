"""Stripe's page on which something is paid, by the period or once: what all of it shares, and whose it is on the way back."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Workspace
from accounts.services import Actor
from billing import catalog, gateway, sync
from billing.errors import Gone, NotForSale, StripeRefused
from billing.models import BillingAccount
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import NotFound

Params = dict[str, Any]


def customer_of(actor: Actor) -> str:
    """The workspace as a customer of Stripe's, made when it first buys something."""
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


def order(workspace: Workspace, customer_id: str, price: str, *, back: str, away: str = "") -> Params:
    """One of a price, with codes and taxes. `back` is the name of the page for who has paid; who has not comes to that of the
    plan, at the place `away`."""
    args = [workspace.slug]
    return {
        "customer": customer_id,
        "line_items": [{"price": price, "quantity": 1}],
        "client_reference_id": str(workspace.uid),
        "success_url": f"{settings.BASE_URL}{reverse(back, args=args)}?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.BASE_URL}{reverse('plan', args=args)}{away}",
        "allow_promotion_codes": True,
        "tax_id_collection": {"enabled": True},
        "customer_update": {"address": "auto", "name": "auto"},
        "automatic_tax": {"enabled": settings.STRIPE_TAX},
    }


def begin(customer_id: str, params: Params, *, key: str) -> str:
    """Its address. Whatever we remembered wrongly is forgotten, so that the next try is right."""
    try:
        return str(gateway.create_checkout(params, key=key)["url"])
    except NotForSale:
        catalog.forget()
        raise
    except Gone:
        if not sync.detach(customer_id):
            raise
        raise StripeRefused("Stripe had forgotten who you are. Nothing was charged; choose again.") from None


def own_session(actor: Actor, session_id: str) -> Params:
    """How a checkout went, as Stripe says. Raises NotFound for another workspace's."""
    try:
        session = gateway.checkout_session(session_id)
    except Gone:
        raise NotFound("There is no such payment.") from None
    with tenancy.system("whose checkout"):
        own = account_of(actor.workspace.pk).customer_id
    if session.get("client_reference_id") != str(actor.workspace.uid) or session.get("customer") != own:
        raise NotFound("There is no such payment.")
    return session
