"""Subscriptions: begin, change, cancel, and what a paid or unpaid invoice makes of them."""

from sandbox.stripe import changing, coupons, invoices, periods, totals
from sandbox.stripe.answers import refuse
from sandbox.stripe.forms import is_true
from sandbox.stripe.objects import Object, Objects, new_id

DAY = 86400
ENDED = frozenset({"canceled", "incomplete_expired"})


def begin(
    objects: Objects,
    *,
    customer: str,
    lines: list[Object],
    data: Object,
    is_taxed: bool = False,
    by: Object | None = None,
) -> Object:
    """A new subscription with its first invoice. `data` is the session's subscription_data, `by` a promotion code."""
    now = objects.now(customer)
    trial = int(data.get("trial_period_days") or 0)
    subscription_id = new_id("subscription")
    items = [_item(objects, subscription_id, line, now, trial) for line in lines]
    made = objects.make(
        "subscription",
        {
            "id": subscription_id,
            "customer": customer,
            "status": "trialing" if trial else "incomplete",
            "items": {"object": "list", "data": items, "has_more": False, "url": "/v1/subscription_items"},
            "currency": items[0]["price"]["currency"],
            "metadata": data.get("metadata") or {},
            "start_date": now,
            "billing_cycle_anchor": items[0]["current_period_end"] if trial else now,
            "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
            "automatic_tax": {"enabled": is_taxed, "disabled_reason": None},
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "ended_at": None,
            "trial_start": now if trial else None,
            "trial_end": items[0]["current_period_end"] if trial else None,
            "trial_settings": data.get("trial_settings")
            or {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "default_payment_method": None,
            "discounts": [],
            "latest_invoice": None,
            "pause_collection": None,
            "pending_update": None,
            "status_details": None,
            "collection_method": "charge_automatically",
            "_told_of_trial": False,
            "_owed": [],
        },
        customer=customer,
    )
    if by is not None:
        kept = objects.get("coupon", by["promotion"]["coupon"])
        found = coupons.redeem(objects, kept, customer=customer, subscription=made["id"], by=by)
        objects.change(made, discounts=[found["id"]])
    objects.tell("customer.subscription.created", made, customer=customer)
    return _first_invoice(objects, made, trial=bool(trial))


def _item(objects: Objects, subscription_id: str, line: Object, now: int, trial: int) -> Object:
    price = objects.get("price", line["price"])
    return {
        **changing.fresh(subscription_id),
        "price": price,
        "quantity": line["quantity"],
        "current_period_start": now,
        "current_period_end": now + trial * DAY if trial else periods.after(now, price["recurring"]["interval"]),
    }


def _first_invoice(objects: Objects, made: Object, *, trial: bool) -> Object:
    lines = []
    for item in made["items"]["data"]:
        amount = 0 if trial else item["price"]["unit_amount"] * item["quantity"]
        words = f"Trial of {changing.name(item['price'])}" if trial else changing.name(item["price"])
        period = (item["current_period_start"], item["current_period_end"])
        lines.append(invoices.line(item, amount, made, period, words=words))
    invoice = bill(objects, made, lines, "subscription_create", at=made["start_date"])
    if trial:
        invoices.pay(objects, invoice, outcome="ok")
    return made


def bill(objects: Objects, subscription: Object, lines: list[Object], reason: str, *, at: int) -> Object:
    """The invoice of new periods. What was given once is used up by it."""
    discounts = coupons.living(objects, subscription, at)
    items = subscription["items"]
    keeps = totals.share(discounts, changing.gross(items["data"]))
    paid = {each["parent"]["subscription_item_details"]["subscription_item"] for each in lines if each["discountable"]}
    kept = [{**each, "_kept": keeps} if each["id"] in paid else each for each in items["data"]]
    objects.change(subscription, items={**items, "data": kept})
    invoice = invoices.issue(objects, subscription, lines, reason, at=at)
    used = {each["discount"] for each in invoice["total_discount_amounts"] if each["amount"]}
    once = {each["id"] for each, coupon in discounts if coupon["duration"] == "once"}
    if used & once:
        coupons.drop(objects, subscription, used & once)
    return invoice


def settle(objects: Objects, subscription: Object, result: str) -> Object:
    """What the last attempt to collect makes of the subscription. A draft is nothing to collect: all goes on."""
    status = subscription["status"]
    if result in ("ok", "draft") and status == "trialing":
        return objects.change(subscription, status="active", status_details=None, tell="customer.subscription.updated")
    if result == "ok" and status in ("incomplete", "past_due", "unpaid", "paused"):
        return objects.change(subscription, status="active", status_details=None, tell="customer.subscription.updated")
    if result in ("declined", "3ds") and status in ("active", "trialing"):
        return objects.change(subscription, status="past_due", tell="customer.subscription.updated")
    return subscription


def pay_open(objects: Objects, subscription: Object) -> str:
    """Try again to collect everything that is open."""
    result = "ok"
    for invoice in invoices.unpaid_of(objects, subscription):
        result = invoices.pay(objects, invoice)
        if result != "ok":
            return result
    settle(objects, subscription, result)
    return result


def located(objects: Objects, customer: str) -> None:
    """Where somebody is has changed: drafts that waited for it are finalized and collected."""
    for each in objects.all("subscription", customer=customer):
        for draft in invoices.drafts_of(objects, each):
            found = invoices.reckon(objects, draft)
            settle(objects, objects.get("subscription", each["id"]), invoices.pay(objects, found))


def end(objects: Objects, subscription: Object, *, status: str = "canceled") -> Object:
    now = objects.now(subscription["customer"])
    for invoice in (*invoices.unpaid_of(objects, subscription), *invoices.drafts_of(objects, subscription)):
        objects.change(invoice, status="void", next_payment_attempt=None, tell="invoice.voided")
    subscription.update(status=status, ended_at=now, canceled_at=subscription["canceled_at"] or now)
    objects.change(subscription)
    kind = "customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated"
    objects.tell(kind, subscription, customer=subscription["customer"])
    return subscription


def period_end(subscription: Object) -> int:
    """The first of its items' ends."""
    return int(min(each["current_period_end"] for each in changing.licensed(subscription["items"]["data"])))


def update(objects: Objects, subscription: Object, asked: Object) -> Object:
    """POST /v1/subscriptions/{id}. Raises refusals, and then nothing has changed."""
    if subscription["status"] in ENDED:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise refuse(400, message)
    changes: Object = {}
    if "cancel_at_period_end" in asked:
        wanted = is_true(asked["cancel_at_period_end"])
        now = objects.now(subscription["customer"])
        changes |= {
            "cancel_at_period_end": wanted,
            "cancel_at": period_end(subscription) if wanted else None,
            "canceled_at": now if wanted else None,
        }
    if "metadata" in asked:
        changes["metadata"] = {**subscription["metadata"], **asked["metadata"]}
    if "discounts" in asked:
        changes["discounts"] = coupons.asked_for(objects, subscription, asked["discounts"])
    if asked.get("items"):
        changes |= changing.move(objects, {**subscription, **changes}, asked)
    return objects.change(subscription, **changes, tell="customer.subscription.updated")
