"""Payments that buy something once: checkout in mode `payment`, refunds and disputes.

https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/disputes
"""

from typing import Any

from sandbox.calls import Call
from sandbox.stripe import cards
from sandbox.stripe.answers import refuse
from sandbox.stripe.cards import Card
from sandbox.stripe.forms import is_true, whole
from sandbox.stripe.objects import Object, Objects, new_id

DAY = 86400
DEBIT_DAYS = 3  # until a bank debit is through, or not


def fields(asked: Object, price: Object, quantity: int) -> Object:
    """What a session of mode `payment` has besides. Raises Stripe's refusal of a price that recurs."""
    if price["type"] != "one_time":
        message = (
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only"
            " one-time prices."
        )
        raise refuse(400, message, param="mode")
    invoice = asked.get("invoice_creation") or {}
    return {
        "mode": "payment",
        "payment_intent": None,
        "invoice": None,
        "amount_total": price["unit_amount"] * quantity,
        "_invoices": is_true(invoice.get("enabled")),
        "_intent_metadata": (asked.get("payment_intent_data") or {}).get("metadata") or {},
    }


def complete(objects: Objects, session: Object, card: Card, *, authenticated: bool) -> str:
    """Somebody pays: ok, or why it did not work. A bank debit is complete at once, and paid some days later."""
    if not card.attaches or card.charge == "declined":
        return "declined"
    if card.charge == "3ds" and not authenticated:
        return "3ds"
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
        return "ok"
    _succeed(objects, session, intent)
    objects.change(session, **done, payment_status="paid", tell="checkout.session.completed")
    return "ok"


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
    if session["_invoices"]:
        objects.change(session, invoice=_receipt(objects, session)["id"])


def _receipt(objects: Objects, session: Object) -> Object:
    """The invoice of something bought once: paid when it is made."""
    price, now = objects.get("price", session["_price"]), objects.now(session["customer"])
    total = session["amount_total"]
    line = {
        "id": f"il_{new_id('invoice')[3:]}",
        "object": "line_item",
        "amount": total,
        "currency": session["currency"],
        "description": price.get("nickname") or objects.get("product", price["product"])["name"],
        "period": {"start": now, "end": now},
        "parent": None,
    }
    body: dict[str, Any] = {
        "customer": session["customer"], "currency": session["currency"], "status": "paid", "billing_reason": "manual",
        "subtotal": total, "total": total, "amount_due": total, "amount_paid": total, "amount_remaining": 0,
        "attempt_count": 1, "attempted": True, "next_payment_attempt": None, "period_start": now, "period_end": now,
        "number": f"SANDBOX-{len(objects.all('invoice')) + 1:04d}", "parent": None,
        "lines": {"object": "list", "data": [line], "has_more": False},
        "status_transitions": {"finalized_at": now, "paid_at": now, "voided_at": None},
    }  # fmt: skip
    made = objects.make("invoice", body, customer=session["customer"])
    page = f"{objects.world.base_url}/stripe/invoices/{made['id']}"
    return objects.change(made, hosted_invoice_url=page, invoice_pdf=f"{page}/pdf", tell="invoice.paid")


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


def intent(objects: Objects, call: Call, asked: Object) -> Object:
    found = objects.get("payment_intent", call.path_params["id"])
    if "latest_charge" in (asked.get("expand") or []) and found["latest_charge"]:
        found["latest_charge"] = objects.get("charge", found["latest_charge"])
    return found


def charge(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("charge", call.path_params["id"])


def disputes(objects: Objects, _call: Call, asked: Object) -> Object:
    names = [name for name in ("payment_intent", "charge") if asked.get(name)]
    found = [each for each in objects.all("dispute") if all(each[name] == asked[name] for name in names)]
    return objects.page(found, asked, "/v1/disputes")
