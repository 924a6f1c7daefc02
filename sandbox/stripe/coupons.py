"""Coupons, the codes that people type, and the discounts that come of them. https://docs.stripe.com/billing/subscriptions/coupons"""

import secrets
from typing import Any

from sandbox.calls import Call
from sandbox.stripe import periods
from sandbox.stripe.answers import refuse
from sandbox.stripe.forms import is_true, whole
from sandbox.stripe.objects import Object, Objects

DURATIONS = ("once", "repeating", "forever")


class BadCode(Exception):
    """What the page says of a code."""


def make_coupon(objects: Objects, _call: Call, asked: Object) -> Object:
    percent, amount = asked.get("percent_off"), asked.get("amount_off")
    duration = asked.get("duration", "once")
    if (percent is None) == (amount is None):
        raise refuse(400, "Must provide either percent_off or amount_off.", param="percent_off")
    if percent is not None and not 0 < float(percent) <= 100:
        raise refuse(400, "Invalid percent_off: must be between 0 and 100.", param="percent_off")
    if amount is not None and not asked.get("currency"):
        raise refuse(400, "You must pass currency when passing amount_off", param="currency")
    if duration not in DURATIONS:
        raise refuse(400, f"Invalid duration: must be one of {', '.join(DURATIONS)}", param="duration")
    if (duration == "repeating") != bool(asked.get("duration_in_months")):
        message = "You must pass duration_in_months when passing duration = repeating, and only then."
        raise refuse(400, message, param="duration_in_months")
    name = asked.get("id") or secrets.token_hex(4).upper()
    if objects.find("coupon", name):
        raise refuse(400, "Coupon already exists.", code="resource_already_exists", param="id")
    body = {
        "id": name,
        "name": asked.get("name"),
        "percent_off": None if percent is None else float(percent),
        "amount_off": None if amount is None else whole(amount),
        "currency": asked.get("currency") if amount is not None else None,
        "duration": duration,
        "duration_in_months": whole(asked.get("duration_in_months")) or None,
        "max_redemptions": whole(asked.get("max_redemptions")) or None,
        "redeem_by": whole(asked.get("redeem_by")) or None,
        "times_redeemed": 0,
        "valid": True,
        "metadata": asked.get("metadata") or {},
    }
    return objects.make("coupon", body, tell="coupon.created")


def _known(objects: Objects, name: str | None, param: str) -> Object:
    found = objects.get("coupon", name, param=param)
    if found.get("_deleted"):
        raise refuse(404, f"No such coupon: '{name}'", code="resource_missing", param=param)
    return {**found, "valid": _is_valid(objects, found)}


def _is_valid(objects: Objects, coupon: Object, customer: str | None = None) -> bool:
    most, last = coupon["max_redemptions"], coupon["redeem_by"]
    in_time = last is None or objects.now(customer) <= last
    return not coupon.get("_deleted") and in_time and (most is None or coupon["times_redeemed"] < most)


def coupon(objects: Objects, call: Call, _asked: Object) -> Object:
    return _known(objects, call.path_params["id"], "coupon")


def coupons(objects: Objects, _call: Call, asked: Object) -> Object:
    found = [_known(objects, each["id"], "coupon") for each in objects.all("coupon") if not each.get("_deleted")]
    return objects.page(found, asked, "/v1/coupons")


def delete_coupon(objects: Objects, call: Call, _asked: Object) -> Object:
    """Nobody can redeem it any more; whoever did keeps what they got."""
    found = _known(objects, call.path_params["id"], "coupon")
    objects.change(found, _deleted=True)
    objects.tell("coupon.deleted", found)
    return {"id": found["id"], "object": "coupon", "deleted": True}


def make_code(objects: Objects, _call: Call, asked: Object) -> Object:
    promotion: Object = asked.get("promotion") or {}
    if promotion.get("type") != "coupon":
        raise refuse(400, "Missing required param: promotion[type].", code="parameter_missing", param="promotion[type]")
    kept = _known(objects, promotion.get("coupon"), "promotion[coupon]")
    code = str(asked.get("code") or secrets.token_hex(4)).upper()
    if any(each["code"].upper() == code and each["active"] for each in objects.all("promotion_code")):
        raise refuse(400, f"An active promotion code with `code: {code}` already exists.", param="code")
    limits: Object = asked.get("restrictions") or {}
    body = {
        "code": code,
        "active": is_true(asked.get("active", "true")),
        "customer": asked.get("customer"),
        "promotion": {"type": "coupon", "coupon": kept["id"]},
        "expires_at": whole(asked.get("expires_at")) or None,
        "max_redemptions": whole(asked.get("max_redemptions")) or None,
        "restrictions": {
            "first_time_transaction": is_true(limits.get("first_time_transaction")),
            "minimum_amount": whole(limits.get("minimum_amount")) or None,
            "minimum_amount_currency": limits.get("minimum_amount_currency"),
        },
        "times_redeemed": 0,
        "metadata": asked.get("metadata") or {},
    }
    return objects.make("promotion_code", body, tell="promotion_code.created")


def code(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("promotion_code", call.path_params["id"])


def change_code(objects: Objects, call: Call, asked: Object) -> Object:
    found = objects.get("promotion_code", call.path_params["id"])
    changes = {"active": is_true(asked["active"])} if "active" in asked else {}
    return objects.change(found, **changes, tell="promotion_code.updated")


def codes(objects: Objects, _call: Call, asked: Object) -> Object:
    found = [
        each
        for each in objects.all("promotion_code")
        if ("code" not in asked or each["code"] == str(asked["code"]).upper())
        and ("active" not in asked or each["active"] == is_true(asked["active"]))
        and ("coupon" not in asked or each["promotion"]["coupon"] == asked["coupon"])
    ]
    return objects.page(found, asked, "/v1/promotion_codes")


def named(objects: Objects, text: str, *, customer: str | None, amount: int, currency: str) -> Object:
    """The promotion code that somebody typed, if they may have it. Raises BadCode."""
    wanted = text.strip().upper()
    found = next((each for each in objects.all("promotion_code") if each["code"] == wanted and each["active"]), None)
    if found is None or found["customer"] not in (None, customer):
        raise BadCode("This code is invalid.")
    if found["expires_at"] and objects.now(customer) > found["expires_at"]:
        raise BadCode("This code has expired.")
    why_not(objects, found, customer=customer, amount=amount, currency=currency)
    return found


def why_not(objects: Objects, found: Object, *, customer: str | None, amount: int, currency: str) -> None:
    """Raise BadCode for what the code or its coupon restricts."""
    kept, limits = objects.get("coupon", found["promotion"]["coupon"]), found["restrictions"]
    spent = found["max_redemptions"] is not None and found["times_redeemed"] >= found["max_redemptions"]
    if spent or not _is_valid(objects, kept, customer):
        raise BadCode("This code is no longer available.")
    if kept["currency"] not in (None, currency):
        raise BadCode("This code does not apply to this currency.")
    if limits["minimum_amount"] and (
        amount < limits["minimum_amount"] or limits["minimum_amount_currency"] != currency
    ):
        raise BadCode("This code needs a bigger order.")
    paid = [each for each in objects.all("invoice", customer=customer) if each["amount_paid"]] if customer else []
    if limits["first_time_transaction"] and paid:
        raise BadCode("This promotion code cannot be redeemed because the associated customer has prior transactions.")


def redeem(
    objects: Objects,
    kept: Object,
    *,
    customer: str,
    subscription: str | None = None,
    session: str | None = None,
    by: Object | None = None,
) -> Object:
    """The discount of a coupon, from now on; of a `session`, once. What was redeemed is counted."""
    now = objects.now(customer)
    months = kept["duration_in_months"]
    objects.change(kept, times_redeemed=kept["times_redeemed"] + 1)
    if by is not None:
        objects.change(by, times_redeemed=by["times_redeemed"] + 1)
    body: dict[str, Any] = {
        "customer": customer,
        "subscription": subscription,
        "subscription_item": None,
        "checkout_session": session,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": by["id"] if by else None,
        "source": {"type": "coupon", "coupon": kept["id"]},
        "start": now,
        "end": periods.after(now, "month", months) if months else None,
    }
    return objects.make("discount", body, customer=customer, tell="customer.discount.created")


def asked_for(objects: Objects, subscription: Object, asked: Any) -> list[str]:
    """The discounts of an update (`discounts: [{coupon | promotion_code | discount}]`, or "" for none). Raises refusals."""
    kept = []
    for each in asked if isinstance(asked, list) else []:
        if each.get("discount"):
            kept.append(objects.get("discount", each["discount"], param="discounts[0][discount]")["id"])
            continue
        by = objects.get("promotion_code", each["promotion_code"]) if each.get("promotion_code") else None
        name = by["promotion"]["coupon"] if by else each.get("coupon")
        found = _known(objects, name, "discounts[0][coupon]")
        if not found["valid"] or (by and not by["active"]):
            raise refuse(400, f"Coupon {name} is not valid.", code="coupon_expired", param="discounts[0][coupon]")
        made = redeem(objects, found, customer=subscription["customer"], subscription=subscription["id"], by=by)
        kept.append(made["id"])
    for gone in set(subscription["discounts"]) - set(kept):
        _tell_end(objects, objects.get("discount", gone))
    return kept


def living(objects: Objects, subscription: Object, at: int) -> list[tuple[Object, Object]]:
    """The discounts that hold at a moment, with their coupons."""
    found = [objects.get("discount", each) for each in subscription["discounts"]]
    return [(each, coupon_of(objects, each)) for each in found if each["end"] is None or each["end"] > at]


def coupon_of(objects: Objects, discount: Object) -> Object:
    """Also one that was deleted meanwhile."""
    return objects.get("coupon", discount["source"]["coupon"])


def drop(objects: Objects, subscription: Object, gone: set[str]) -> None:
    """What has ended is taken off the subscription."""
    for each in sorted(gone):
        _tell_end(objects, objects.get("discount", each))
    kept = [each for each in subscription["discounts"] if each not in gone]
    objects.change(subscription, discounts=kept, tell="customer.subscription.updated")


def _tell_end(objects: Objects, discount: Object) -> None:
    objects.tell("customer.discount.deleted", discount, customer=discount["customer"])
