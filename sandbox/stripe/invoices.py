"""Invoices: made by subscriptions, paid by cards. https://docs.stripe.com/api/invoices"""

from typing import Any

from sandbox.stripe import cards
from sandbox.stripe.objects import Object, Objects, new_id

DAY = 86400
RETRY_DAYS = (3, 5, 7)  # after the attempt before; then the retries are over


def line(description: str, amount: int, subscription: Object, start: int, end: int, *, proration: bool) -> Object:
    return {
        "id": f"il_{new_id('invoice')[3:]}",
        "object": "line_item",
        "amount": amount,
        "currency": subscription["currency"],
        "description": description,
        "period": {"start": start, "end": end},
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {"subscription": subscription["id"], "proration": proration},
        },
    }


def body(subscription: Object, lines: list[Object], reason: str, now: int) -> Object:
    total = sum(each["amount"] for each in lines)
    item = subscription["items"]["data"][0]
    return {
        "customer": subscription["customer"],
        "currency": subscription["currency"],
        "status": "draft",
        "billing_reason": reason,
        "subtotal": total,
        "total": total,
        "amount_due": max(0, total),
        "amount_paid": 0,
        "amount_remaining": max(0, total),
        "attempt_count": 0,
        "attempted": False,
        "next_payment_attempt": None,
        "number": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "period_start": item["current_period_start"],
        "period_end": item["current_period_end"],
        "lines": {"object": "list", "data": lines, "has_more": False},
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": subscription["id"], "metadata": subscription["metadata"]},
        },
        "status_transitions": {"finalized_at": now, "paid_at": None, "voided_at": None},
    }


def issue(objects: Objects, subscription: Object, lines: list[Object], reason: str) -> Object:
    """A finalized invoice that nobody has paid yet."""
    customer, now = subscription["customer"], objects.now(subscription["customer"])
    made = objects.make("invoice", body(subscription, lines, reason, now), customer=customer, tell="invoice.created")
    base = f"{objects.world.base_url}/stripe/invoices/{made['id']}"
    number = f"SANDBOX-{len(objects.all('invoice')):04d}"
    objects.change(
        made, status="open", number=number, hosted_invoice_url=base, invoice_pdf=f"{base}/pdf", tell="invoice.finalized"
    )
    objects.change(subscription, latest_invoice=made["id"])
    return made


def pay(objects: Objects, invoice: Object, *, outcome: str = "") -> str:
    """Try to collect: ok, declined or 3ds. What that means for the subscription is the caller's."""
    result = outcome or ("ok" if not invoice["amount_due"] else cards.charge(objects, invoice["customer"]))
    now = objects.now(invoice["customer"])
    reason = invoice["billing_reason"]
    tries = {"attempt_count": invoice["attempt_count"] + 1, "attempted": True}
    if result == "ok":
        objects.change(
            invoice,
            **tries,
            status="paid",
            amount_paid=invoice["amount_due"],
            amount_remaining=0,
            next_payment_attempt=None,
            status_transitions={**invoice["status_transitions"], "paid_at": now},
            tell="invoice.paid",
        )
    elif reason == "subscription_create":
        objects.change(invoice, **tries, next_payment_attempt=None, tell="invoice.payment_failed")
    else:
        spent = tries["attempt_count"] > len(RETRY_DAYS)
        # From when it was due, not from when somebody looked: the clock may have been pushed over several retries.
        due = invoice["next_payment_attempt"] or (now if reason == "subscription_update" else invoice["period_start"])
        again = None if spent else due + RETRY_DAYS[int(tries["attempt_count"]) - 1] * DAY
        objects.change(invoice, **tries, next_payment_attempt=again, tell="invoice.payment_failed")
    if result == "3ds":
        objects.tell("invoice.payment_action_required", invoice, customer=invoice["customer"])
    return result


def subscription_of(invoice: Object) -> str:
    """Empty for what was bought once."""
    parent = invoice["parent"] or {"subscription_details": {"subscription": ""}}
    return str(parent["subscription_details"]["subscription"])


def unpaid_of(objects: Objects, subscription: Object) -> list[Object]:
    found: list[Any] = objects.all("invoice", customer=subscription["customer"])
    return [each for each in found if each["status"] == "open" and subscription_of(each) == subscription["id"]]
