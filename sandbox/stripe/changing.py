"""Changes of a subscription's items: what they make of it, what they cost, and the same as a preview."""

from typing import Any

from sandbox.stripe import coupons, invoices, meters, periods, tax, totals
from sandbox.stripe.answers import declined, refuse
from sandbox.stripe.forms import is_true, whole
from sandbox.stripe.objects import Object, Objects, new_id

Moved = tuple[list[Object], list[Object]]  # the items as they would be, and the lines of what that costs or gives back


def name(price: Object) -> str:
    return str(price.get("nickname") or price.get("lookup_key") or price["id"])


def licensed(items: list[Object]) -> list[Object]:
    """Those that are paid beforehand, by the piece; what is metered has no quantity."""
    return [each for each in items if "quantity" in each]


def gross(items: list[Object]) -> int:
    return sum(each["price"]["unit_amount"] * each["quantity"] for each in licensed(items))


def moved(objects: Objects, subscription: Object, asked: Object) -> Moved:
    """What an update of the items would do. Raises refusals."""
    before = {each["id"]: each for each in subscription["items"]["data"]}
    after, now = dict(before), int(asked.get("proration_date") or objects.now(subscription["customer"]))
    for number, wanted in enumerate(asked["items"]):
        item = _wanted(objects, subscription, before, wanted, number)
        if item is None:
            after.pop(wanted["id"], None)
        else:
            after[item["id"]] = item
    items = list(after.values())
    if not items:
        raise refuse(400, "A subscription must have at least one active plan.", param="items")
    prices = [each["price"]["id"] for each in items]
    if len(set(prices)) < len(prices):
        twice = next(each for each in prices if prices.count(each) > 1)
        raise refuse(400, f"Cannot add multiple subscription items with the same plan: {twice}", param="items")
    behavior = "none" if subscription["status"] == "trialing" else asked.get("proration_behavior")
    keeps = totals.share(coupons.living(objects, subscription, now), gross(items))
    return _with_lines(objects, subscription, before, items, now, keeps=keeps, is_free=behavior == "none")


def begins_anew(subscription: Object, items: list[Object]) -> bool:
    """Whether one is paid by another interval from now on: then its new period begins and is billed at once, whatever was asked.

    https://docs.stripe.com/billing/subscriptions/change-price
    """
    before = {each["id"]: each for each in subscription["items"]["data"]}
    moves = any(_is_moved(before.get(each["id"]), each) for each in licensed(items))
    return moves and subscription["status"] != "trialing"


def _is_moved(old: Object | None, item: Object) -> bool:
    return old is not None and _interval(old) != _interval(item)


def _wanted(
    objects: Objects, subscription: Object, before: dict[str, Object], wanted: Object, number: int
) -> Object | None:
    """One item as it is asked for; None when it is to go."""
    given = wanted.get("id")
    old = before.get(given) if given else None
    if given and old is None:
        raise refuse(
            404, f"No such subscription_item: '{given}'", code="resource_missing", param=f"items[{number}][id]"
        )
    if old and is_true(wanted.get("deleted")):
        return None
    price_id = wanted.get("price") or (old["price"]["id"] if old else None)
    price = objects.get("price", price_id, param=f"items[{number}][price]")
    if not price["active"] and (old is None or price["id"] != old["price"]["id"]):
        message = f"The price specified is inactive. This field only accepts active prices. ({price['id']})"
        raise refuse(400, message, code="price_inactive", param=f"items[{number}][price]")
    if price["currency"] != subscription["currency"]:
        raise refuse(400, f"The price specified only supports `{price['currency']}`.", param=f"items[{number}][price]")
    if meters.is_metered(price):
        return {**(old or fresh(subscription["id"])), "price": price}
    quantity = whole(wanted.get("quantity"), old["quantity"] if old else 1)
    if quantity < 0:
        raise refuse(400, "Invalid non-negative integer", param=f"items[{number}][quantity]")
    return {**(old or fresh(subscription["id"])), "price": price, "quantity": quantity}


def fresh(subscription_id: str) -> Object:
    """An item that has no price yet."""
    made = new_id("subscription_item")
    return {
        "id": made, "object": "subscription_item", "subscription": subscription_id, "metadata": {}, "discounts": [], "_kept": 1.0
    }  # fmt: skip


def _with_lines(
    objects: Objects,
    subscription: Object,
    before: dict[str, Object],
    items: list[Object],
    now: int,
    *,
    keeps: float,
    is_free: bool,
) -> Moved:
    lines: list[Object] = []
    kept = {each["id"] for each in items}
    for gone in (each for name, each in before.items() if name not in kept):
        lines += [] if is_free else _gone(objects, subscription, gone, now)
    done = []
    for item in items:
        old = before.get(item["id"])
        if old and (old["price"]["id"], old.get("quantity")) == (item["price"]["id"], item.get("quantity")):
            done.append(item)
            continue
        is_trial = subscription["status"] == "trialing"
        new, is_moved = {**item, **_period(item, old, items, now, is_trial=is_trial)}, _is_moved(old, item)
        if not meters.is_metered(item["price"]) and not is_trial and (is_moved or not is_free):
            lines += [_back(subscription, old, now)] if old and not is_free else []
            lines.append(_first(subscription, new) if is_moved else _cost(subscription, new, now, keeps))
            new["_kept"] = keeps
        done.append(new)
    return done, lines


def _gone(objects: Objects, subscription: Object, item: Object, now: int) -> list[Object]:
    """What was paid beforehand comes back; what was used is owed."""
    if meters.is_metered(item["price"]):
        return meters.lines(objects, subscription, item, now)
    return [_back(subscription, item, now)]


def _interval(item: Object) -> str:
    return str(item["price"]["recurring"]["interval"])


def _period(item: Object, old: Object | None, items: list[Object], now: int, *, is_trial: bool) -> Object:
    """An item keeps its period unless its interval changes; a new one joins those of its interval."""
    like, there = old, [each for each in licensed(items) if "current_period_end" in each]
    if old is None and meters.is_metered(item["price"]):
        return meters.period(there[0], item["price"], now)
    if old is None:
        like = next((each for each in there if _interval(each) == _interval(item)), None)
    if like is not None and (old is None or is_trial or _interval(old) == _interval(item)):
        return {name: like[name] for name in ("current_period_start", "current_period_end")}
    return {"current_period_start": now, "current_period_end": periods.after(now, _interval(item))}


def _left(item: Object, now: int) -> float:
    start, finish = item["current_period_start"], item["current_period_end"]
    return float(max(0.0, min(1.0, (finish - now) / max(1, finish - start))))


def _back(subscription: Object, item: Object, now: int) -> Object:
    """What was paid for the rest of the period comes back, as it was paid: a discount is not given twice."""
    amount = -round(item["price"]["unit_amount"] * item["quantity"] * _left(item, now) * item["_kept"])
    words, period = f"Unused time on {name(item['price'])}", (now, item["current_period_end"])
    return invoices.line(item, amount, subscription, period, words=words, proration=True)


def _cost(subscription: Object, item: Object, now: int, keeps: float) -> Object:
    amount = round(item["price"]["unit_amount"] * item["quantity"] * _left(item, now) * keeps)
    words, period = f"Remaining time on {name(item['price'])}", (now, item["current_period_end"])
    return invoices.line(item, amount, subscription, period, words=words, proration=True)


def _first(subscription: Object, item: Object) -> Object:
    """The whole of a period that begins with the change."""
    amount = item["price"]["unit_amount"] * item["quantity"]
    period = (item["current_period_start"], item["current_period_end"])
    return invoices.line(item, amount, subscription, period, words=_words(item))


def move(objects: Objects, subscription: Object, asked: Object) -> Object:
    """The changes of an update with items. Raises refusals, and then nothing has changed."""
    new, lines = moved(objects, subscription, asked)
    items = {**subscription["items"], "data": new}
    now = objects.now(subscription["customer"])
    anew = begins_anew(subscription, new)
    is_more = sum(each["amount"] for each in lines) > 0 and asked.get("proration_behavior") == "always_invoice"
    if not (anew or is_more):
        return {"items": items, "_owed": [*subscription["_owed"], *lines]}
    draft = {**subscription, "items": items}
    invoice = invoices.issue(objects, draft, [*lines, *subscription["_owed"]], "subscription_update", at=now)
    if invoice["status"] == "draft":
        raise refuse(400, tax.WHERE, code="customer_tax_location_invalid")
    result = invoices.pay(objects, invoice)
    if result != "ok" and asked.get("payment_behavior") == "error_if_incomplete":
        raise declined("Your card was declined." if result == "declined" else "This payment needs authentication.")
    unpaid = {"status": "past_due"} if result != "ok" and subscription["status"] == "active" else {}
    begun = {"billing_cycle_anchor": now} if anew else {}
    return {"items": items, "latest_invoice": invoice["id"], "_owed": [], **unpaid, **begun}


def preview(objects: Objects, asked: Object) -> Object:
    """POST /v1/invoices/create_preview: what a change would cost now, and nothing changes."""
    subscription = objects.get("subscription", asked.get("subscription"), param="subscription")
    details: Object = asked.get("subscription_details") or {}
    items: list[Object] = subscription["items"]["data"]
    lines: list[Object] = []
    anew = False
    if details.get("items"):
        items, lines = moved(objects, subscription, details)
        anew = begins_anew(subscription, items)
    now = objects.now(subscription["customer"])
    at = now
    if details.get("proration_behavior") != "always_invoice" and not anew:
        at = min(each["current_period_end"] for each in licensed(items))
        lines += [renewal(subscription, each) for each in licensed(items) if each["current_period_end"] == at]
        lines += meters.usage_lines(objects, {**subscription, "items": {"data": items}}, at)
    made: dict[str, Any] = {
        "id": "upcoming_in_preview",
        "object": "invoice",
        "created": now,
        "livemode": False,
        **invoices.body(objects, subscription, [*lines, *subscription["_owed"]], "subscription_update", at=at),
    }
    return made


def renewal(subscription: Object, item: Object) -> Object:
    """The line of an item's next period."""
    start = item["current_period_end"]
    amount, finish = item["price"]["unit_amount"] * item["quantity"], periods.after(start, _interval(item))
    return invoices.line(item, amount, subscription, (start, finish), words=_words(item))


def _words(item: Object) -> str:
    return f"{item['quantity']} × {name(item['price'])}" if item["quantity"] > 1 else name(item["price"])
