"""Buying AI credits: the way to Stripe's page and back, and what Stripe says of the payment. It grants by billing/packs.py only.

All of it calls Stripe, so no transaction may be open.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from accounts.roles import Right
from accounts.services import Actor
from billing import catalog, gateway, packs, sharing, sync, telling
from billing.credit_models import CreditPack
from billing.errors import StripeRefused
from billing.plans import PACKS, Pack, pack_of_price
from billing.services import checkout
from billing.services.selling import require_selling, write_down
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem

log = structlog.get_logger(__name__)
# Disputes in which the money is with the bank. An inquiry (warning_…) leaves it where it is.
MONEY_GONE = frozenset({"needs_response", "under_review", "lost"})
# What Stripe tells of payments, besides checkout's own.
OF_PAYMENTS = ("charge.refunded", "charge.refund.", "charge.dispute.", "refund.")


def chosen(key: str) -> Pack:
    """A pack on sale. Raises Invalid."""
    found = next((each for each in PACKS if each.key == key and each.is_sold), None)
    if found is None:
        there = ", ".join(each.key for each in PACKS if each.is_sold)
        raise Invalid.because([Problem("pack", "unknown_pack", f"Choose one of {there}.")])
    return found


def start(*, actor: Actor, pack: str, nonce: str) -> str:
    """The address of Stripe's page on which credits are paid. `nonce` makes a button pressed twice one checkout; two buttons
    are two. Raises Forbidden, Invalid, Conflict where another workspace pays, and what the gateway raises."""
    require_selling()
    actor.require(Right.PAY)
    wanted = chosen(pack)
    payer = sharing.payer_of(actor.workspace)
    if payer is not None:
        raise Conflict(
            f"This workspace is paid for by {payer.name}. Credits bought there count here too.", code="paid_by_another"
        )
    customer_id = checkout.customer_of(actor)
    price = catalog.price_of(wanted.price_key)
    order = checkout.order(actor.workspace, customer_id, price, back="credits_return", away="#credits")
    about = {"workspace_id": str(actor.workspace.uid), "pack": wanted.price_key}
    params = {**order, **_terms(about), "metadata": {**about, "nonce": nonce}}
    url = checkout.begin(customer_id, params, key=f"credits:{actor.workspace.uid}:{price}:{nonce}")
    write_down(actor, "plan.credits_checkout_started", {"credits": wanted.credits})
    return url


def _terms(about: dict[str, str]) -> dict[str, Any]:
    """Paid once, with an invoice all the same."""
    return {
        "mode": "payment",
        "payment_intent_data": {"metadata": about},
        "invoice_creation": {"enabled": True, "invoice_data": {"metadata": about}},
    }


def come_back(*, actor: Actor, session_id: str) -> CreditPack | None:
    """After checkout: ask Stripe how it went, whether or not the webhook was here. None: not paid yet.

    Raises NotFound for another workspace's session.
    """
    require_selling()
    return take_in(checkout.own_session(actor, session_id))


def take_in(session: Mapping[str, Any]) -> CreditPack | None:
    """Grant what a checkout has bought, if Stripe says now that it is paid. None: not paid (yet), or not credits.

    Raises UnknownCustomer, StripeRefused for a pack that nobody here knows, and what the gateway raises.
    """
    about = session.get("metadata") or {}
    if session["mode"] != "payment" or not about.get("pack"):
        return None
    if session["status"] != "complete" or session["payment_status"] == "unpaid":
        return None
    bought = pack_of_price(about["pack"])
    if bought is None:
        raise StripeRefused(f"{session['id']} was paid for {about['pack']}, which nobody here knows.")
    pack, _is_new = packs.grant(sync.workspace_of(session["customer"]), session, credits=bought.credits)
    return look_again(pack)


def look_again(pack: CreditPack) -> CreditPack:
    """Ask whether the money is still ours, and take back or give back what follows from it."""
    if not pack.payment_id:
        return pack  # nothing was to be paid: a promotion
    asked_at = sync.database_now()
    charge = gateway.payment(pack.payment_id).get("latest_charge") or {}
    is_gone = any(each["status"] in MONEY_GONE for each in gateway.disputes_of(pack.payment_id))
    return packs.settle(pack, unpaid=pack.credits if is_gone else _refunded(pack, charge), asked_at=asked_at)


def _refunded(pack: CreditPack, charge: Mapping[str, Any]) -> int:
    """The part of the credits whose money went back; a broken one stays."""
    paid = charge.get("amount") or 0
    return pack.credits * int(charge.get("amount_refunded") or 0) // int(paid) if paid else 0


# -- what Stripe tells ---------------------------------------------------------------------------------------------------


def concerns(kind: str, what: Mapping[str, Any]) -> bool:
    """Whether an event is about something that is bought once."""
    if kind.startswith("checkout.session."):
        return what.get("mode") == "payment"
    return kind.startswith(OF_PAYMENTS)


def heard(kind: str, what: Mapping[str, Any]) -> int | None:
    """Do what an event is about; the workspace that it is about. Only ids are taken from it: the rest is asked."""
    if kind.startswith("checkout.session."):
        session = gateway.checkout_session(str(what["id"]))
        pack = take_in(session)
        if kind.endswith("async_payment_failed") and session["payment_status"] == "unpaid":
            return _tell_of_failure(session)
        return pack.workspace_id if pack else None
    payment_id = what.get("payment_intent")
    with tenancy.system("whose payment"):
        known = packs.bought_by(str(payment_id)) if payment_id else None
    return look_again(known).workspace_id if known else None


def _tell_of_failure(session: Mapping[str, Any]) -> int:
    workspace_id = sync.workspace_of(session["customer"])
    with tenancy.system("a payment failed"):
        account = account_of(workspace_id)
        telling.tell_owners(
            account.workspace,
            "The payment for AI credits did not go through",
            "Your bank refused it, so no credits were added and nothing was charged. Choose another way to pay.",
            key=f"credits-failed:{session['id']}"[:120],
        )
    return workspace_id


def missed(moment: int) -> list[str]:
    """Grant what was paid since and never taken in; a sentence for each."""
    sessions = gateway.paid_checkouts_since(moment)
    with tenancy.system("credits that were paid"):
        ids = [each["id"] for each in sessions]
        known = set(CreditPack.objects.filter(session_id__in=ids).values_list("session_id", flat=True))
    found = []
    for session in sessions:
        if session["id"] in known:
            continue
        try:
            pack = take_in(session)
        except (sync.UnknownCustomer, StripeRefused) as error:
            found.append(f"{session['id']} was paid, and nobody got its credits: {error}.")
        else:
            found += [f"{session['id']} was paid and had not been granted: {pack}."] if pack else []
    return found
