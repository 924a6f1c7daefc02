"""Invoices: made by subscriptions, paid by cards. https://docs.stripe.com/api/invoices"""

from collections.abc import Sequence
from typing import Any

from sandbox.stripe import cards, coupons, tax, totals
from sandbox.stripe.objects import Object, Objects, new_id

DAY = 86400
RETRY_DAYS = (3, 5, 7)  # after the attempt before; then the retries are over


def line(
    item: Object, amount: int, subscription: Object, period: tuple[int, int], *, words: str, proration: bool = False
) -> Object:
    price = item["price"]
    return {
        "id": f"il_{new_id('invoice')[3:]}",
        "object": "line_item",
        "amount": amount,
        "subtotal": amount,
        "currency": subscription["currency"],
        "description": words,
        "quantity": item["quantity"],
        "discountable": not proration,
        "discounts": [],
        "period": {"start": period[0], "end": period[1]},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
                "proration": proration,
            },
        },
        "_behavior": "inclusive" if price.get("tax_behavior") == "inclusive" else "exclusive",
    }


def body(objects: Objects, subscription: Object, lines: Sequence[Object], reason: str, *, at: int) -> Object:
    """An invoice of these lines as it would be; `at` decides which discounts still hold."""
    customer = subscription["customer"]
    is_taxed = subscription["automatic_tax"]["enabled"]
    owed = tax.of_customer(objects, customer) if is_taxed else None
    item = subscription["items"]["data"][0]
    return {
        "customer": customer,
        **about_customer(objects, customer),
        "currency": subscription["currency"],
        "status": "draft",
        "billing_reason": reason,
        "amount_paid": 0,
        "attempt_count": 0,
        "attempted": False,
        "next_payment_attempt": None,
        "last_finalization_error": None,
        "number": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "period_start": item["current_period_start"],
        "period_end": item["current_period_end"],
        "_due": at,
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": subscription["id"], "metadata": subscription["metadata"]},
        },
        "status_transitions": {"finalized_at": None, "paid_at": None, "voided_at": None},
        **_with_balance(
            objects, customer, totals.of(lines, coupons.living(objects, subscription, at), owed, is_taxed=is_taxed)
        ),
    }


def _with_balance(objects: Objects, customer: str, sums: Object) -> Object:
    """What an invoice comes to below nothing is kept for the customer (a negative balance), and used by the next ones."""
    held = objects.get("customer", customer).get("balance", 0)
    due, left = max(0, held + sums["total"]), min(0, held + sums["total"])
    return {**sums, "amount_due": due, "amount_remaining": due, "starting_balance": held, "ending_balance": left}


def about_customer(objects: Objects, customer: str) -> Object:
    """By what the tax was told."""
    ids = objects.all("tax_id", customer=customer)
    return {
        "customer_address": objects.get("customer", customer).get("address"),
        "customer_tax_ids": [{"type": each["type"], "value": each["value"]} for each in ids],
    }


def issue(
    objects: Objects, subscription: Object, lines: Sequence[Object], reason: str, *, at: int | None = None
) -> Object:
    """An invoice that nobody has paid yet; a draft while its tax cannot be told. `at` is now unless it is said."""
    customer = subscription["customer"]
    made = body(objects, subscription, lines, reason, at=objects.now(customer) if at is None else at)
    made = objects.make("invoice", made, customer=customer, tell="invoice.created")
    objects.change(subscription, latest_invoice=made["id"])
    return finalize(objects, made)


def finalize(objects: Objects, invoice: Object) -> Object:
    """Open from now on, with a number and a page, unless where the customer is cannot be told."""
    customer = invoice["customer"]
    if invoice["automatic_tax"]["status"] == "requires_location_inputs":
        error = {"type": "invalid_request_error", "code": "customer_tax_location_invalid", "message": tax.WHERE}
        objects.change(invoice, last_finalization_error=error)
        objects.tell("invoice.finalization_failed", invoice, customer=customer)
        return invoice
    objects.change(objects.get("customer", customer), balance=invoice["ending_balance"], tell="customer.updated")
    base = f"{objects.world.base_url}/stripe/invoices/{invoice['id']}"
    return objects.change(
        invoice,
        status="open",
        number=f"SANDBOX-{len(objects.all('invoice')):04d}",
        hosted_invoice_url=base,
        invoice_pdf=f"{base}/pdf",
        last_finalization_error=None,
        status_transitions={**invoice["status_transitions"], "finalized_at": objects.now(customer)},
        tell="invoice.finalized",
    )


def reckon(objects: Objects, draft: Object) -> Object:
    """A draft with its tax told anew, and finalized if it can be."""
    subscription = objects.get("subscription", subscription_of(draft))
    at = draft["lines"]["data"][0]["period"]["start"]
    as_then = {**subscription, "discounts": draft["discounts"]}  # what was given once is used up by this very draft
    fresh = body(objects, as_then, draft["lines"]["data"], draft["billing_reason"], at=at)
    names = ("automatic_tax", "lines", "total", "total_taxes", "total_excluding_tax", "amount_due", "amount_remaining")
    more = ("customer_address", "customer_tax_ids", "starting_balance", "ending_balance")
    kept = {name: fresh[name] for name in (*names, *more)}
    return finalize(objects, objects.change(draft, **kept))


def pay(objects: Objects, invoice: Object, *, outcome: str = "") -> str:
    """Try to collect: ok, declined or 3ds; "draft" while there is nothing to collect. What that means for the subscription is
    the caller's."""
    if invoice["status"] == "draft":
        return "draft"
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
        due = invoice["next_payment_attempt"] or (now if reason == "subscription_update" else invoice["_due"])
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
    return _with_status(objects, subscription, "open")


def drafts_of(objects: Objects, subscription: Object) -> list[Object]:
    return _with_status(objects, subscription, "draft")


def _with_status(objects: Objects, subscription: Object, status: str) -> list[Object]:
    found: list[Any] = objects.all("invoice", customer=subscription["customer"])
    return [each for each in found if each["status"] == status and subscription_of(each) == subscription["id"]]
