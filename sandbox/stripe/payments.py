"""Payments that buy something once: checkout in mode `payment`, refunds and disputes.

https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/disputes
"""

from typing import Any

from sandbox.calls import Call
from sandbox.stripe import cards, coupons, invoices, ordering
from sandbox.stripe.answers import refuse
from sandbox.stripe.cards import Card
from sandbox.stripe.forms import is_true, whole
from sandbox.stripe.objects import Object, Objects

DAY = 86400
DEBIT_DAYS = 3  # until a bank debit is through, or not


def fields(objects: Objects, asked: Object, lines: list[Object]) -> Object:
    """What a session of mode `payment` has besides. Raises Stripe's refusal of a price that recurs."""
    if any(objects.get("price", each["price"])["type"] != "one_time" for each in lines):
        message = (
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only"
            " one-time prices."
        )
        raise refuse(400, message, param="mode")
    invoice = asked.get("invoice_creation") or {}
    return {
        "_invoices": is_true(invoice.get("enabled")),
        "_intent_metadata": (asked.get("payment_intent_data") or {}).get("metadata") or {},
    }


def refusal(session: Object, card: Card, *, authenticated: bool) -> str:
    """Why it does not work; empty: it does. Of an order that costs nothing the card is not asked."""
    if not session["amount_total"]:
        return ""
    if not card.attaches or card.charge == "declined":
        return "declined"
    return "3ds" if card.charge == "3ds" and not authenticated else ""


def complete(objects: Objects, session: Object, card: Card) -> None:
    """Somebody pays. A bank debit is complete at once, and paid some days later."""
    objects.change(session, _discount=_redeem(objects, session))
    if not session["amount_total"]:
        _receipt(objects, session)
        done = {"status": "complete", "url": None, "payment_status": "no_payment_required"}
        objects.change(session, **done, tell="checkout.session.completed")
        return
    is_later = card.charge in cards.LATER
    customer = session["customer"]
    intent = objects.make(
        "payment_intent",
        {
            "amount": session["amount_total"],
            "amount_received": 0,
            "currency": session["currency"],
            "customer": customer,
            "status": "processing",
            "latest_charge": None,
            "metadata": session["_intent_metadata"],
            "_session": session["id"],
            "_outcome": card.charge,
            "_due": objects.now(customer) + (DEBIT_DAYS * DAY if is_later else 0),
        },
        customer=customer,
        tell="payment_intent.created",
    )
    done = {"status": "complete", "url": None, "payment_intent": intent["id"]}
    if is_later:
        objects.change(session, **done, tell="checkout.session.completed")
        return
    _succeed(objects, session, intent)
    objects.change(session, **done, payment_status="paid", tell="checkout.session.completed")


def _redeem(objects: Objects, session: Object) -> str:
    """The discount of the code that was typed; empty: none was."""
    by = ordering.code_of(objects, session)
    if by is None:
        return ""
    kept = objects.get("coupon", by["promotion"]["coupon"])
    found = coupons.redeem(objects, kept, customer=session["customer"], session=session["id"], by=by)
    return str(found["id"])


def tick(objects: Objects) -> None:
    """Bank debits whose day has come."""
    for intent in objects.all("payment_intent"):
        if intent["status"] != "processing" or intent["_due"] > objects.now(intent["customer"]):
            continue
        session = objects.get("checkout.session", intent["_session"])
        if intent["_outcome"] == "later":
            _succeed(objects, session, intent)
            objects.change(session, payment_status="paid", tell="checkout.session.async_payment_succeeded")
        else:
            objects.change(intent, status="requires_payment_method", tell="payment_intent.payment_failed")
            objects.tell("checkout.session.async_payment_failed", session, customer=session["customer"])


def _succeed(objects: Objects, session: Object, intent: Object) -> None:
    charge = objects.make(
        "charge",
        {
            "amount": intent["amount"],
            "amount_refunded": 0,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "payment_intent": intent["id"],
            "paid": True,
            "status": "succeeded",
            "refunded": False,
            "disputed": False,
            "metadata": intent["metadata"],
        },
        customer=intent["customer"],
        tell="charge.succeeded",
    )
    changes = {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
    objects.change(intent, **changes, tell="payment_intent.succeeded")
    _receipt(objects, session)


def _receipt(objects: Objects, session: Object) -> None:
    """The invoice of something bought once, if one is wanted: paid when it is made."""
    if not session["_invoices"]:
        return
    now, customer = objects.now(session["customer"]), session["customer"]
    sums = ordering.sums_of(objects, session, session["_discount"])
    lines = [{**each, "period": {"start": now, "end": now}, "parent": None} for each in sums["lines"]["data"]]
    body: dict[str, Any] = {
        **sums,
        **invoices.about_customer(objects, customer),
        "customer": customer, "currency": session["currency"], "status": "paid", "billing_reason": "manual",
        "amount_paid": sums["total"], "amount_remaining": 0,
        "attempt_count": 1, "attempted": True, "next_payment_attempt": None, "period_start": now, "period_end": now,
        "number": f"SANDBOX-{len(objects.all('invoice')) + 1:04d}", "parent": None, "last_finalization_error": None,
        "lines": {**sums["lines"], "data": lines},
        "status_transitions": {"finalized_at": now, "paid_at": now, "voided_at": None},
    }  # fmt: skip
    made = objects.make("invoice", body, customer=customer)
    page = f"{objects.world.base_url}/stripe/invoices/{made['id']}"
    objects.change(made, hosted_invoice_url=page, invoice_pdf=f"{page}/pdf", tell="invoice.paid")
    objects.change(session, invoice=made["id"])


# -- giving back --------------------------------------------------------------------------------------------------------


def refund(objects: Objects, asked: Object) -> Object:
    """POST /v1/refunds: all of what is left of a charge, or `amount` of it."""
    charge = _charge_of(objects, asked)
    left = charge["amount"] - charge["amount_refunded"]
    amount = whole(asked.get("amount"), left)
    if not left:
        raise refuse(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise refuse(400, "Refund amount is greater than unrefunded amount on charge.", param="amount")
    body = {
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "payment_intent": charge["payment_intent"],
        "reason": asked.get("reason"),
        "status": "succeeded",
        "metadata": asked.get("metadata") or {},
    }
    made = objects.make("refund", body, customer=charge["customer"], tell="refund.created")
    back = charge["amount_refunded"] + amount
    objects.change(charge, amount_refunded=back, refunded=back == charge["amount"], tell="charge.refunded")
    return made


def dispute(objects: Objects, asked: Object) -> Object:
    """Somebody's bank takes the money back; a `status` of won or lost ends a dispute that is open."""
    charge = _charge_of(objects, asked)
    found = [each for each in objects.all("dispute", customer=charge["customer"]) if each["charge"] == charge["id"]]
    if found:
        return objects.change(found[-1], status=asked["status"], tell="charge.dispute.closed")
    objects.change(charge, disputed=True)
    body = {
        "amount": charge["amount"],
        "charge": charge["id"],
        "currency": charge["currency"],
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": asked.get("status", "needs_response"),
    }
    return objects.make("dispute", body, customer=charge["customer"], tell="charge.dispute.created")


def _charge_of(objects: Objects, asked: Object) -> Object:
    if asked.get("charge"):
        return objects.get("charge", asked["charge"], param="charge")
    intent = objects.get("payment_intent", asked.get("payment_intent"), param="payment_intent")
    return objects.get("charge", intent["latest_charge"], param="payment_intent")


def intent(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("payment_intent", call.path_params["id"])


def charge(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("charge", call.path_params["id"])


def disputes(objects: Objects, _call: Call, asked: Object) -> Object:
    names = [name for name in ("payment_intent", "charge") if asked.get(name)]
    found = [each for each in objects.all("dispute") if all(each[name] == asked[name] for name in names)]
    return objects.page(found, asked, "/v1/disputes")
