"""Subscriptions: begin, change, cancel, and what a paid or unpaid invoice makes of them."""

from typing import Any

from sandbox.stripe import invoices, meters, periods
from sandbox.stripe.answers import declined, refuse
from sandbox.stripe.objects import Object, Objects, new_id

DAY = 86400
ENDED = frozenset({"canceled", "incomplete_expired"})


def begin(objects: Objects, *, customer: str, price: Object, quantity: int, data: Object) -> Object:
    """A new subscription with its first invoice. `data` is the session's subscription_data."""
    now = objects.now(customer)
    trial = int(data.get("trial_period_days") or 0)
    end = now + trial * DAY if trial else periods.after(now, price["recurring"]["interval"])
    subscription_id = new_id("subscription")
    item = {
        "id": new_id("subscription_item"),
        "object": "subscription_item",
        "subscription": subscription_id,
        "price": price,
        "quantity": quantity,
        "current_period_start": now,
        "current_period_end": end,
        "metadata": {},
    }
    made = objects.make(
        "subscription",
        {
            "id": subscription_id,
            "customer": customer,
            "status": "trialing" if trial else "incomplete",
            "items": {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"},
            "currency": price["currency"],
            "metadata": data.get("metadata") or {},
            "start_date": now,
            "billing_cycle_anchor": end if trial else now,
            "billing_mode": {"type": "flexible"},
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "ended_at": None,
            "trial_start": now if trial else None,
            "trial_end": end if trial else None,
            "trial_settings": data.get("trial_settings")
            or {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "default_payment_method": None,
            "latest_invoice": None,
            "pause_collection": None,
            "pending_update": None,
            "status_details": None,
            "collection_method": "charge_automatically",
            "_told_of_trial": False,
            "_owed": [],
        },
        customer=customer,
        tell="customer.subscription.created",
    )
    amount = 0 if trial else price["unit_amount"] * quantity
    words = f"Trial of {_name(price)}" if trial else _name(price)
    first = invoices.line(words, amount, made, now, end, proration=False)
    invoice = invoices.issue(objects, made, [first], "subscription_create")
    if trial:
        invoices.pay(objects, invoice, outcome="ok")
    return made


def _name(price: Object) -> str:
    return str(price.get("nickname") or price.get("lookup_key") or price["id"])


def settle(objects: Objects, subscription: Object, result: str) -> Object:
    """What the last attempt to collect makes of the subscription."""
    status = subscription["status"]
    if result == "ok" and status in ("incomplete", "past_due", "unpaid", "trialing", "paused"):
        return objects.change(subscription, status="active", status_details=None, tell="customer.subscription.updated")
    if result != "ok" and status in ("active", "trialing"):
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


def end(objects: Objects, subscription: Object, *, status: str = "canceled") -> Object:
    now = objects.now(subscription["customer"])
    for invoice in invoices.unpaid_of(objects, subscription):
        objects.change(invoice, status="void", next_payment_attempt=None, tell="invoice.voided")
    subscription.update(status=status, ended_at=now, canceled_at=subscription["canceled_at"] or now)
    objects.change(subscription)
    kind = "customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated"
    objects.tell(kind, subscription, customer=subscription["customer"])
    return subscription


def update(objects: Objects, subscription: Object, asked: Object) -> Object:
    """POST /v1/subscriptions/{id}. Raises refusals, and then nothing has changed."""
    if subscription["status"] in ENDED:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise refuse(400, message)
    changes: Object = {}
    if "cancel_at_period_end" in asked:
        wanted = asked["cancel_at_period_end"] == "true"
        item = subscription["items"]["data"][0]
        now = objects.now(subscription["customer"])
        changes |= {
            "cancel_at_period_end": wanted,
            "cancel_at": item["current_period_end"] if wanted else None,
            "canceled_at": now if wanted else None,
        }
    if "metadata" in asked:
        changes["metadata"] = {**subscription["metadata"], **asked["metadata"]}
    asked, metered = meters.change_items(objects, subscription, asked)
    subscription.update(metered)
    changes |= metered
    if asked.get("items"):
        changes |= _move(objects, subscription, asked)
    return objects.change(subscription, **changes, tell="customer.subscription.updated")


def moved(objects: Objects, subscription: Object, asked: Object) -> tuple[Object, list[Object]]:
    """The item as it would be, and the lines of what that costs or gives back."""
    item, wanted = subscription["items"]["data"][0], asked["items"][0]
    price = objects.get("price", wanted.get("price") or item["price"]["id"], param="items[0][price]")
    if price["currency"] != subscription["currency"]:
        raise refuse(400, f"The price specified only supports `{price['currency']}`.", param="items[0][price]")
    quantity = int(wanted.get("quantity") or item["quantity"])
    now = int(asked.get("proration_date") or objects.now(subscription["customer"]))
    start, finish = item["current_period_start"], item["current_period_end"]
    same = price["recurring"]["interval"] == item["price"]["recurring"]["interval"]
    new = {**item, "price": price, "quantity": quantity}
    if subscription["status"] == "trialing" or asked.get("proration_behavior") == "none":
        return new, []
    left = max(0.0, min(1.0, (finish - now) / max(1, finish - start)))
    back = -round(item["price"]["unit_amount"] * item["quantity"] * left)
    if not same:
        new |= {"current_period_start": now, "current_period_end": periods.after(now, price["recurring"]["interval"])}
    cost = round(price["unit_amount"] * quantity * (left if same else 1))
    return new, [
        invoices.line(f"Unused time on {_name(item['price'])}", back, subscription, now, finish, proration=True),
        invoices.line(f"Remaining time on {_name(price)}", cost, subscription, now, finish, proration=True),
    ]


def _move(objects: Objects, subscription: Object, asked: Object) -> Object:
    new, lines = moved(objects, subscription, asked)
    items = {**subscription["items"], "data": [new, *subscription["items"]["data"][1:]]}
    total = sum(each["amount"] for each in lines)
    if lines and (asked.get("proration_behavior") == "always_invoice" and total > 0):
        draft = {**subscription, "items": items}
        invoice = invoices.issue(objects, draft, [*lines, *subscription["_owed"]], "subscription_update")
        result = invoices.pay(objects, invoice)
        if result != "ok" and asked.get("payment_behavior") == "error_if_incomplete":
            raise declined("Your card was declined." if result == "declined" else "This payment needs authentication.")
        return {"items": items, "latest_invoice": invoice["id"], "_owed": []}
    return {"items": items, "_owed": [*subscription["_owed"], *lines]}


def preview(objects: Objects, asked: Object) -> Object:
    """POST /v1/invoices/create_preview: what a change would cost now, and nothing changes."""
    subscription = objects.get("subscription", asked.get("subscription"), param="subscription")
    details: Object = asked.get("subscription_details") or {}
    new, lines = moved(objects, subscription, details) if details.get("items") else (None, [])
    now = objects.now(subscription["customer"])
    if details.get("proration_behavior") != "always_invoice":
        item = new or subscription["items"]["data"][0]
        start = item["current_period_end"]
        amount = item["price"]["unit_amount"] * item["quantity"]
        finish = periods.after(start, item["price"]["recurring"]["interval"])
        lines = [*lines, invoices.line(_name(item["price"]), amount, subscription, start, finish, proration=False)]
    made: dict[str, Any] = {
        "id": "upcoming_in_preview",
        "object": "invoice",
        "created": now,
        "livemode": False,
        **invoices.body(subscription, [*lines, *subscription["_owed"]], "subscription_update", now),
    }
    return made
