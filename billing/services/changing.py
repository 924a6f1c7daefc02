"""Another plan, the end of one, and taking the end back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from billing import catalog, gateway
from billing.models import Subscription
from billing.plans import Interval, Plan
from billing.services.selling import as_stands, chosen, living, own_customer, require_selling, write_down
from multivio.errors import Conflict


@dataclass(frozen=True)
class Preview:
    """What a change of plan costs. `due_now` may be 0; `credit` comes off the next invoice."""

    plan: Plan
    interval: str
    due_now: int
    credit: int
    next_amount: int
    currency: str
    moment: int


def preview_change(*, actor: Actor, plan: str, interval: str) -> Preview:
    """What it would cost to have another plan from now on. Changes nothing."""
    require_selling()
    actor.require(Right.PAY)
    wanted, row = chosen(plan, interval), living(actor)
    if (row.plan, row.interval) == (wanted.key, interval):
        raise Conflict("This is the plan you have.", code="same_plan")
    customer_id = own_customer(actor)
    moment = int(timezone.now().timestamp())
    is_upgrade = _is_upgrade(row, wanted, interval)
    change = _change(row, catalog.price(wanted, interval), is_upgrade=is_upgrade, moment=moment)
    found = gateway.preview_change(customer_id=customer_id, stripe_id=row.stripe_id, change=change)
    moved = sum(line["amount"] for line in found["lines"]["data"] if _is_proration(line))
    return Preview(
        plan=wanted,
        interval=interval,
        due_now=max(0, int(found["amount_due"])) if is_upgrade and row.status != "trialing" else 0,
        credit=max(0, -moved),
        next_amount=wanted.prices[interval],
        currency=found["currency"],
        moment=moment,
    )


def change_plan(*, actor: Actor, plan: str, interval: str, moment: int, nonce: str) -> Subscription:
    """Have another plan from now on. More is paid at once and only had once it is; less comes off the next invoice.

    `moment` is that of the preview, so that it costs what was shown. Raises CardDeclined, and then nothing has changed.
    """
    require_selling()
    actor.require(Right.PAY)
    wanted, row = chosen(plan, interval), living(actor)
    if row.status in {"past_due", "unpaid", "paused", "incomplete"}:
        raise Conflict("Pay the open invoice first; then the plan can be changed.", code="payment_needed")
    now = int(timezone.now().timestamp())
    fresh = moment if now - 3600 <= moment <= now else now
    is_upgrade = _is_upgrade(row, wanted, interval)
    params = _change(row, catalog.price(wanted, interval), is_upgrade=is_upgrade, moment=fresh)
    params |= {"payment_behavior": "error_if_incomplete"} if is_upgrade else {}
    gateway.change_subscription(row.stripe_id, params, key=f"change:{row.stripe_id}:{wanted.key}:{interval}:{nonce}")
    write_down(actor, "plan.change_asked", {"plan": wanted.key, "interval": interval}, {"plan": row.plan})
    return as_stands(actor, row)


def _is_upgrade(row: Subscription, wanted: Plan, interval: str) -> bool:
    """More, or for longer: paid at once."""
    sold = row.sold
    if sold is None or wanted.rank != sold.rank:
        return sold is None or wanted.rank > sold.rank
    return interval == Interval.YEAR and row.interval == Interval.MONTH


def _change(row: Subscription, price: str, *, is_upgrade: bool, moment: int) -> dict[str, Any]:
    return {
        "items": [{"id": row.item_id, "price": price, "quantity": 1}],
        "proration_behavior": "always_invoice" if is_upgrade else "create_prorations",
        **({"proration_date": moment} if row.period_start.timestamp() <= moment < row.period_end.timestamp() else {}),
    }


def _is_proration(line: Mapping[str, Any]) -> bool:
    details = (line.get("parent") or {}).get("subscription_item_details") or {}
    return bool(details.get("proration"))


def cancel(*, actor: Actor, nonce: str) -> Subscription:
    """End with the period that is paid. Until then everything stays, and it can be taken back."""
    return _set_ending(actor, True, nonce)


def resume(*, actor: Actor, nonce: str) -> Subscription:
    """Take a cancellation back, or go on after a pause."""
    require_selling()
    actor.require(Right.PAY)
    row = living(actor)
    if row.status == "paused":
        gateway.resume_paused(row.stripe_id, key=f"resume:{row.stripe_id}:{nonce}")
        write_down(actor, "plan.resume_asked", {"status": "active"}, {"status": row.status})
        return as_stands(actor, row)
    return _set_ending(actor, False, nonce)


def _set_ending(actor: Actor, wanted: bool, nonce: str) -> Subscription:
    require_selling()
    actor.require(Right.PAY)
    row = living(actor)
    if (row.cancel_at is not None) == wanted:
        return row
    key = f"ending:{row.stripe_id}:{wanted}:{nonce}"
    gateway.change_subscription(row.stripe_id, {"cancel_at_period_end": wanted}, key=key)
    write_down(actor, "plan.cancel_asked" if wanted else "plan.resume_asked", {"ends": wanted}, {"ends": not wanted})
    return as_stands(actor, row)
