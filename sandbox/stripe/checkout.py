"""Checkout sessions: where somebody pays, on Stripe's own page. https://docs.stripe.com/api/checkout/sessions"""

from sandbox.stripe import cards, coupons, invoices, ordering, payments, subscriptions, tax
from sandbox.stripe.answers import refuse
from sandbox.stripe.cards import Card
from sandbox.stripe.forms import is_true, whole
from sandbox.stripe.objects import Object, Objects

DAY = 86400


def create(objects: Objects, asked: Object) -> Object:
    for name in ("mode", "line_items", "success_url"):
        if not asked.get(name):
            raise refuse(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    if asked["mode"] not in ("subscription", "payment"):
        raise refuse(400, "The sandbox knows the modes `subscription` and `payment` only.", param="mode")
    lines = [_line(objects, each, number) for number, each in enumerate(asked["line_items"])]
    currency = objects.get("price", lines[0]["price"])["currency"]
    customer = asked.get("customer")
    if customer:
        _require_fit(objects, customer, currency, asked)
    now = objects.now(customer)
    body: Object = {
        "mode": asked["mode"],
        "ui_mode": "hosted_page",
        "customer": customer,
        "client_reference_id": asked.get("client_reference_id"),
        "success_url": asked["success_url"],
        "cancel_url": asked.get("cancel_url"),
        "currency": currency,
        "allow_promotion_codes": _is_on(asked, "allow_promotion_codes"),
        "automatic_tax": {"enabled": _is_on(asked, "automatic_tax"), "status": None},
        "tax_id_collection": {"enabled": _is_on(asked, "tax_id_collection")},
        "customer_details": {"address": None, "tax_ids": []},
        "discounts": [],
        "status": "open",
        "payment_status": "unpaid",
        "subscription": None,
        "payment_intent": None,
        "invoice": None,
        "metadata": asked.get("metadata") or {},
        "expires_at": whole(asked.get("expires_at"), now + DAY),
        "_lines": lines,
        "_data": asked.get("subscription_data") or {},
        "_keeps_address": (asked.get("customer_update") or {}).get("address") == "auto",
    }
    if asked["mode"] == "payment":
        body |= payments.fields(objects, asked, lines)
    made = objects.make("checkout.session", body, customer=customer)
    ordering.reckon(objects, made)
    return objects.change(made, url=f"{objects.world.base_url}/stripe/pay/{made['id']}")


def _is_on(asked: Object, name: str) -> bool:
    value = asked.get(name)
    return is_true(value.get("enabled") if isinstance(value, dict) else value)


def _line(objects: Objects, asked: Object, number: int) -> Object:
    param = f"line_items[{number}][price]"
    price = objects.get("price", asked.get("price"), param=param)
    if not price["active"]:
        message = f"The price specified is inactive. This field only accepts active prices. ({price['id']})"
        raise refuse(400, message, code="price_inactive", param=param)
    return {"price": price["id"], "quantity": whole(asked.get("quantity"), 1)}


def _require_fit(objects: Objects, customer: str, currency: str, asked: Object) -> None:
    owner = objects.get("customer", customer, param="customer")
    if owner.get("deleted"):
        raise refuse(404, f"No such customer: '{customer}'", code="resource_missing", param="customer")
    if owner["currency"] not in (None, currency):
        raise refuse(
            400,
            "You cannot combine currencies on a single customer. This customer has an active subscription, subscription"
            f" schedule, discount, quote, or invoice item with currency {owner['currency']}.",
        )
    updated: Object = asked.get("customer_update") or {}
    if _is_on(asked, "automatic_tax") and not owner.get("address") and updated.get("address") != "auto":
        raise refuse(
            400,
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the"
            " Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save"
            " the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
        )
    if _is_on(asked, "tax_id_collection") and updated.get("name") != "auto":
        raise refuse(
            400,
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing"
            " customer, please set `customer_update[name]` to `auto`.",
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
    """Somebody pays: ok, or why it did not work (declined, 3ds, nowhere); then the session stays open."""
    if standing(objects, session) != "open":
        return str(session["status"])
    if session["automatic_tax"]["enabled"] and ordering.tax_of(objects, session) is None:
        return "nowhere"
    if session["mode"] == "payment":
        return _pay_once(objects, session, card, authenticated=authenticated)
    if not card.attaches or card.charge in cards.LATER:
        return "declined"
    trial = session["_data"].get("trial_period_days")
    if card.charge == "3ds" and not authenticated:
        return "3ds"
    if card.charge == "declined" and not trial and session["amount_total"]:
        return "declined"
    _remember(objects, session)
    method = cards.attach(objects, session["customer"], card)
    subscription = subscriptions.begin(
        objects,
        customer=session["customer"],
        lines=session["_lines"],
        data=session["_data"],
        is_taxed=session["automatic_tax"]["enabled"],
        by=ordering.code_of(objects, session),
    )
    objects.change(subscription, default_payment_method=method["id"])
    if not trial:
        invoice = objects.get("invoice", subscription["latest_invoice"])
        subscriptions.settle(objects, subscription, invoices.pay(objects, invoice, outcome="ok"))
    objects.change(objects.get("customer", session["customer"]), currency=session["currency"])
    objects.change(
        session,
        status="complete",
        payment_status="no_payment_required" if trial or not session["amount_total"] else "paid",
        subscription=subscription["id"],
        url=None,
        tell="checkout.session.completed",
    )
    return "ok"


def _pay_once(objects: Objects, session: Object, card: Card, *, authenticated: bool) -> str:
    refusal = payments.refusal(session, card, authenticated=authenticated)
    if refusal:
        return refusal
    _remember(objects, session)
    payments.complete(objects, session, card)
    return "ok"


def _remember(objects: Objects, session: Object) -> None:
    """What was typed about the customer is kept with them."""
    address, customer = session["customer_details"]["address"], session["customer"]
    if address and session["_keeps_address"]:
        objects.change(objects.get("customer", customer), address=address, tell="customer.updated")
    for each in session["customer_details"]["tax_ids"]:
        tax.keep_id(objects, customer, each["value"])


def code_refusal(objects: Objects, session: Object, text: str) -> str:
    """Put a code on the order; what the page says when it may not be, else nothing. An empty one takes it off."""
    try:
        ordering.put_code(objects, session, text)
    except coupons.BadCode as refusal:
        return str(refusal)
    return ""
