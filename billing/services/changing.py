"""Another plan, the end of one, and taking the end back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.roles import Right
from accounts.services import Actor
from billing import choosing, gateway
from billing.models import Subscription
from billing.plans import FREE, Plan
from billing.services.costing import Cost, change_of, cost, items_of, require_settled, still
from billing.services.selling import as_stands, chosen, living, require_selling, write_down
from multivio.errors import Conflict


@dataclass(frozen=True)
class Preview:
    """What a change of plan costs, and how many seats go along."""

    plan: Plan
    interval: str
    seats: int
    cost: Cost
    begins_anew: bool = False  # its first period begins with the change


def preview_change(*, actor: Actor, plan: str, interval: str) -> Preview:
    """What it would cost to have another plan from now on. Changes nothing."""
    require_selling()
    actor.require(Right.PAY)
    wanted, row = chosen(plan, interval), living(actor)
    if (row.plan, row.interval) == (wanted.key, interval):
        raise Conflict("This is the plan you have.", code="same_plan")
    items = items_of(row, wanted, interval, row.seats)
    found = cost(actor, row, items, at_once=_is_paid_at_once(row, wanted, interval))
    begins_anew = interval != row.interval and row.status != "trialing"
    return Preview(wanted, interval, row.seats if wanted.seats else 0, found, begins_anew)


def change_plan(
    *, actor: Actor, plan: str, interval: str, moment: int, nonce: str, stays: Collection[UUID] | None = None
) -> Subscription:
    """Have another plan from now on. More, or by another interval, is paid at once and only had once it is; less comes off the
    next invoice.

    `moment` is that of the preview, so that it costs what was shown; `stays`: the connections that stay, where there is no room
    for all. Raises CardDeclined, and then nothing has changed.
    """
    require_selling()
    actor.require(Right.PAY)
    wanted, row = chosen(plan, interval), living(actor)
    require_settled(actor, row)
    at_once = _is_paid_at_once(row, wanted, interval)
    items = items_of(row, wanted, interval, row.seats)
    params = change_of(row, items, at_once=at_once, moment=still(moment))
    params |= {"payment_behavior": "error_if_incomplete"} if at_once else {}
    key = f"change:{row.stripe_id}:{wanted.key}:{interval}:{nonce}"
    with choosing.kept_for(actor=actor, plan=wanted, stays=stays):
        gateway.change_subscription(row.stripe_id, params, key=key)
    write_down(actor, "plan.change_asked", {"plan": wanted.key, "interval": interval}, {"plan": row.plan})
    return as_stands(actor, row)


def _is_paid_at_once(row: Subscription, wanted: Plan, interval: str) -> bool:
    """More is; and so is what is paid by another interval, however small the plan: Stripe begins its period and charges it there
    and then, less what was paid and is left. What is left beyond that comes off the next invoices."""
    return interval != row.interval or row.sold is None or wanted.rank > row.sold.rank


def cancel(*, actor: Actor, nonce: str, stays: Collection[UUID] | None = None) -> Subscription:
    """End with the period that is paid. Until then everything stays, and it can be taken back; `stays`: the connections that stay
    on the free plan."""
    require_selling()
    actor.require(Right.PAY)
    living(actor)  # before anything is kept: where there is nothing to cancel, there is nothing to choose
    with choosing.kept_for(actor=actor, plan=FREE, stays=stays):
        return _set_ending(actor, True, nonce)


def would_end_at(actor: Actor) -> datetime:
    """When it would end if it were cancelled now. Raises what cancelling does."""
    require_selling()
    actor.require(Right.PAY)
    return living(actor).period_end


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
