"""Checkout sessions: where somebody pays, on Stripe's own page. https://docs.stripe.com/api/checkout/sessions"""

from typing import Any

from sandbox.stripe import cards, invoices, payments, subscriptions
from sandbox.stripe.answers import refuse
from sandbox.stripe.cards import Card
from sandbox.stripe.forms import whole
from sandbox.stripe.objects import Object, Objects

DAY = 86400


def create(objects: Objects, asked: Object) -> Object:
    for name in ("mode", "line_items", "success_url"):
        if not asked.get(name):
            raise refuse(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    if asked["mode"] not in ("subscription", "payment"):
        raise refuse(400, "The sandbox knows the modes `subscription` and `payment` only.", param="mode")
    line = asked["line_items"][0]
    price = objects.get("price", line.get("price"), param="line_items[0][price]")
    if not price["active"]:
        message = f"The price specified is inactive. This field only accepts active prices. ({price['id']})"
        raise refuse(400, message, code="price_inactive", param="line_items[0][price]")
    customer = asked.get("customer")
    if customer:
        _require_same_currency(objects, customer, price)
    now = objects.now(customer)
    body: dict[str, Any] = {
        "mode": "subscription",
        "ui_mode": "hosted_page",
        "customer": customer,
        "client_reference_id": asked.get("client_reference_id"),
        "success_url": asked["success_url"],
        "cancel_url": asked.get("cancel_url"),
        "currency": price["currency"],
        "amount_total": 0
        if (asked.get("subscription_data") or {}).get("trial_period_days")
        else price["unit_amount"] * whole(line.get("quantity"), 1),
        "status": "open",
        "payment_status": "unpaid",
        "subscription": None,
        "metadata": asked.get("metadata") or {},
        "expires_at": whole(asked.get("expires_at"), now + DAY),
        "_price": price["id"],
        "_quantity": whole(line.get("quantity"), 1),
        "_data": asked.get("subscription_data") or {},
    }
    if asked["mode"] == "payment":
        body |= payments.fields(asked, price, body["_quantity"])
    made = objects.make("checkout.session", body, customer=customer)
    return objects.change(made, url=f"{objects.world.base_url}/stripe/pay/{made['id']}")


def _require_same_currency(objects: Objects, customer: str, price: Object) -> None:
    owner = objects.get("customer", customer, param="customer")
    if owner.get("deleted"):
        raise refuse(404, f"No such customer: '{customer}'", code="resource_missing", param="customer")
    if owner["currency"] not in (None, price["currency"]):
        raise refuse(
            400,
            "You cannot combine currencies on a single customer. This customer has an active subscription, subscription"
            f" schedule, discount, quote, or invoice item with currency {owner['currency']}.",
        )


def expire(objects: Objects, session: Object) -> Object:
    if session["status"] != "open":
        raise refuse(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
    return objects.change(session, status="expired", url=None, tell="checkout.session.expired")


def standing(objects: Objects, session: Object) -> str:
    """open, complete or expired, as of now."""
    if session["status"] == "open" and session["expires_at"] <= objects.now(session["customer"]):
        expire(objects, session)
    return str(session["status"])


def complete(objects: Objects, session: Object, card: Card, *, authenticated: bool = False) -> str:
    """Somebody pays: ok, or why it did not work (declined, 3ds); then the session stays open."""
    if standing(objects, session) != "open":
        return str(session["status"])
    if session["mode"] == "payment":
        return payments.complete(objects, session, card, authenticated=authenticated)
    if not card.attaches or card.charge in cards.LATER:
        return "declined"
    trial = session["_data"].get("trial_period_days")
    if card.charge == "3ds" and not authenticated:
        return "3ds"
    if card.charge == "declined" and not trial:
        return "declined"
    method = cards.attach(objects, session["customer"], card)
    price = objects.get("price", session["_price"])
    subscription = subscriptions.begin(
        objects, customer=session["customer"], price=price, quantity=session["_quantity"], data=session["_data"]
    )
    objects.change(subscription, default_payment_method=method["id"])
    if not trial:
        invoice = objects.get("invoice", subscription["latest_invoice"])
        subscriptions.settle(objects, subscription, invoices.pay(objects, invoice, outcome="ok"))
    owner = objects.get("customer", session["customer"])
    objects.change(owner, currency=price["currency"])
    objects.change(
        session,
        status="complete",
        payment_status="no_payment_required" if trial else "paid",
        subscription=subscription["id"],
        url=None,
        tell="checkout.session.completed",
    )
    return "ok"
