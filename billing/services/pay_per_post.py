"""Paying for posts to X one by one, beyond the plan: an owner switches it on with a cap, changes the cap, and switches it off.

All of it calls Stripe, so no transaction may be open.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from billing import catalog, gateway, limits, meter_sending, metering, signals, standing
from billing.errors import StripeUnavailable
from billing.meter_models import MeteredPost, PayPerPost
from billing.models import Subscription
from billing.plans import X_POSTS, What
from billing.services.costing import require_settled
from billing.services.selling import living, require_selling, write_down
from billing.standing import Standing
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Invalid, Problem

MONTHS_AHEAD = 12
TELLING_SECONDS = 20  # while somebody waits for the page


def switch(*, actor: Actor, cap: int, nonce: str) -> PayPerPost | None:
    """Pay for up to `cap` posts a month beyond the plan; 0 switches it off.

    Raises Forbidden, Invalid, Conflict without a plan that is paid, when more are planned than would be left or when it was
    switched off meanwhile, and what the gateway raises.
    """
    require_selling()
    actor.require(Right.PAY)
    if not 0 <= cap <= X_POSTS.most:
        sentence = f"Allow between 0 and {X_POSTS.most:,} posts a month."
        raise Invalid.because([Problem("cap", "out_of_range", sentence)])
    with tenancy.system("pay per post"):
        row = metering.current(actor.workspace.pk)
    if row is None:
        return _on(actor, cap, nonce) if cap else None
    if cap:
        return _change(actor, row, cap)
    _off(actor, row, nonce)
    return None


def _on(actor: Actor, cap: int, nonce: str) -> PayPerPost:
    subscription = _carrier(actor)
    with tenancy.system("pay per post"):
        known = metering.items_of(actor.workspace.pk)
    # There already, where a first try got no further than Stripe.
    item_id = metering.item_in(gateway.subscription(subscription.stripe_id), known)
    if not item_id:
        more = {"items": [{"price": catalog.price_of(X_POSTS.price_key)}]}
        key = f"perpost:{subscription.stripe_id}:on:{nonce}"
        item_id = metering.item_in(gateway.change_subscription(subscription.stripe_id, more, key=key))
    with tenancy.system("pay per post"):
        limits.lock(actor.workspace.pk)
        row, _is_new = PayPerPost.objects.get_or_create(
            workspace=actor.workspace,
            until=None,
            defaults={"cap": cap, "item_id": item_id, "started_by": actor.user, "since": timezone.now()},
        )
    write_down(actor, "plan.pay_per_post_on", {"cap": row.cap})
    return row


def _carrier(actor: Actor) -> Subscription:
    """The subscription that it is charged with."""
    found = living(actor)
    if found.status == "trialing":
        raise Conflict("Nothing is charged during the trial, so this begins with the first payment.", code="on_trial")
    require_settled(actor, found)
    return found


def _change(actor: Actor, row: PayPerPost, cap: int) -> PayPerPost:
    with tenancy.system("pay per post"):
        limits.lock(actor.workspace.pk)
        before = PayPerPost.objects.filter(pk=row.pk, until=None).first()
        if before is None:
            raise Conflict("It was switched off meanwhile. Reload the page to see how it stands.", code="switched_off")
        _require_room(actor, cap)
        PayPerPost.objects.filter(pk=row.pk).update(cap=cap)
        row.cap = cap
    write_down(actor, "plan.pay_per_post_changed", {"cap": cap}, {"cap": before.cap})
    return row


def _off(actor: Actor, row: PayPerPost, nonce: str) -> None:
    """What was published until now is told first, so that Stripe charges for it: it bills what it knows of when the item goes."""
    with tenancy.system("pay per post"):
        _require_room(actor, 0)
    signals.metering_ends.send(PayPerPost, workspace_id=actor.workspace.pk)
    meter_sending.send(actor.workspace.pk, seconds=TELLING_SECONDS)
    _require_told(actor)
    subscription, until = living(actor), timezone.now()
    # Before the item goes: who hears from Stripe that it is gone finds that this was meant.
    if not _close(actor, row, until):
        return
    try:
        _take_off(subscription, row, nonce)
    except DomainError:
        _open_again(actor, row, until)
        raise
    write_down(actor, "plan.pay_per_post_off", {"cap": 0}, {"cap": row.cap})


def _require_told(actor: Actor) -> None:
    with tenancy.system("pay per post"):
        waiting = MeteredPost.objects.of(actor.workspace.pk).to_send().count()
    if waiting:
        raise StripeUnavailable(
            f"{waiting:,} posts to X have not reached Stripe yet, so this stays on. Nothing was changed; try again in some"
            " minutes."
        )


def _close(actor: Actor, row: PayPerPost, until: datetime) -> bool:
    """False: somebody else was quicker."""
    with tenancy.system("pay per post"):
        limits.lock(actor.workspace.pk)
        return bool(PayPerPost.objects.filter(pk=row.pk, until=None).update(until=until))


def _open_again(actor: Actor, row: PayPerPost, until: datetime) -> None:
    """The item is still there, as far as anybody knows; if it is not, the next look at Stripe ends this."""
    with tenancy.system("pay per post"):
        limits.lock(actor.workspace.pk)
        if metering.current(actor.workspace.pk) is None:
            PayPerPost.objects.filter(pk=row.pk, until=until).update(until=None)


def _take_off(subscription: Subscription, row: PayPerPost, nonce: str) -> None:
    if item_id := metering.item_in(gateway.subscription(subscription.stripe_id), {row.item_id}):
        gone = {"items": [{"id": item_id, "deleted": True}], "proration_behavior": "create_prorations"}
        gateway.change_subscription(subscription.stripe_id, gone, key=f"perpost:{item_id}:off:{nonce}")


def _require_room(actor: Actor, cap: int) -> None:
    """Nobody plans posts that are to be paid for, and then takes the paying away. In a context of the system."""
    found = standing.of(actor.workspace)
    included = found.plan.limits[What.X_POSTS]
    if included is None:
        return
    for start, end in _months(found):
        used = limits.used_between(found, What.X_POSTS, start, end)
        if used > included + cap and _planned(found, start, end):
            month = f"{start:%-d %B}"
            raise Conflict(
                f"{used:,} posts to X are planned or published in the month from {month} on, and {included + cap:,} would be"
                " allowed. Cancel some of those that are planned, or leave this on until then.",
                code="more_is_planned",
            )


def _planned(found: Standing, start: datetime, end: datetime) -> int:
    """Of those how many are still to come: what was published is charged already, or on us, and nobody can cancel it."""
    asked = signals.x_posts_planned_asked.send(PayPerPost, workspaces=list(found.group), start=start, end=end)
    return sum(int(number or 0) for _receiver, number in asked)


def _months(found: Standing) -> list[tuple[datetime, datetime]]:
    """The month of the plan that runs, and those in which posts may be planned."""
    months, moment = [(found.period_start, found.period_end)], found.period_end
    for _ in range(MONTHS_AHEAD):
        later = standing.of_payer(found.workspace_id, timezone.now(), moment)
        months.append((later.period_start, later.period_end))
        moment = later.period_end
    return months


def figures(workspace: Any) -> dict[str, Any]:
    """How it stands, for the page and the API."""
    found = standing.of(workspace)
    with tenancy.system("pay per post"):
        row = metering.current(found.workspace_id)
        tally = metering.tally(found)
    return {
        "is_on": row is not None,
        "cap": row.cap if row else 0,
        "since": row.since if row else None,
        "included": found.plan.limits[What.X_POSTS],
        "price": X_POSTS.price,
        "counted": tally.counted,
        "charged": tally.charged,
        "sent": tally.sent,
        "amount": tally.amount,
        "may_be_on": found.subscription is not None and found.subscription.status == "active",
    }
