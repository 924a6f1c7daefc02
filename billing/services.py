"""Writes of billing that people ask for: subscribe, change, cancel, resume, and plans that support gives away.

All but the gifts call Stripe, so no transaction may be open. What Stripe answers is stored by the same way as what it tells by
webhook (billing/sync.py).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Workspace
from accounts.roles import Right
from accounts.services import Actor
from billing import catalog, choosing, following, gateway, sharing, standing, sync
from billing.errors import Gone
from billing.models import BillingAccount, Comp, Subscription
from billing.plans import FOR_SALE, FREE, PLANS, Interval, Plan
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid, NotFound, Problem

LONGEST_COMP = timedelta(days=2 * 366)


def require_selling() -> None:
    """Raise NotFound where nothing is sold."""
    if not settings.BILLING_ENABLED:
        raise NotFound("Nothing is sold here: this installation has no limits.", code="billing_off")


def chosen(plan: str, interval: str) -> Plan:
    """A plan on sale. Raises Invalid."""
    found = next((each for each in FOR_SALE if each.key == plan), None)
    if found is None:
        raise Invalid.because([Problem("plan", "unknown_plan", f"Choose one of {', '.join(p.key for p in FOR_SALE)}.")])
    if interval not in found.prices:
        raise Invalid.because([Problem("interval", "unknown_interval", "Choose month or year.")])
    return found


# -- subscribing --------------------------------------------------------------------------------------------------------


def start_checkout(*, actor: Actor, plan: str, interval: str, nonce: str) -> str:
    """The address of Stripe's page on which the plan is paid. `nonce` makes a button pressed twice one checkout.

    Raises Forbidden, Invalid, Conflict when there is a subscription already, and what the gateway raises.
    """
    require_selling()
    actor.require(Right.PAY)
    wanted = chosen(plan, interval)
    _refuse_second(actor)
    customer_id = _customer_of(actor)
    price = catalog.price(wanted, interval)
    gateway.expire_open_checkouts(customer_id, but=nonce)
    back = f"{settings.BASE_URL}{reverse('checkout_return', args=[actor.workspace.slug])}"
    params = {**_checkout(actor, customer_id, price, back), "metadata": {"nonce": nonce}}
    session = gateway.create_checkout(params, key=f"co:{actor.workspace.uid}:{price}:{nonce}")
    _write_down(actor, "plan.checkout_started", {"plan": wanted.key, "interval": interval})
    return str(session["url"])


def _refuse_second(actor: Actor) -> None:
    with tenancy.system("is there a subscription"):
        payer = sharing.payer_of(actor.workspace)
        living = Subscription.objects.of(actor.workspace.pk).living().exclude(status="incomplete").exists()
    if payer is not None:
        raise Conflict(f"This workspace is paid for by {payer.name}.", code="paid_by_another")
    if living:
        raise Conflict("There is a subscription already. Change its plan instead.", code="subscribed_already")


def _checkout(actor: Actor, customer_id: str, price: str, back: str) -> dict[str, Any]:
    about = {"workspace_id": str(actor.workspace.uid)}
    params: dict[str, Any] = {
        "mode": "subscription",
        "customer": customer_id,
        "line_items": [{"price": price, "quantity": 1}],
        "client_reference_id": str(actor.workspace.uid),
        "success_url": f"{back}?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.BASE_URL}{reverse('plan', args=[actor.workspace.slug])}",
        "subscription_data": {"metadata": about, "billing_mode": {"type": "flexible"}},
        "payment_method_collection": "always",
        "allow_promotion_codes": True,
        "tax_id_collection": {"enabled": True},
        "customer_update": {"address": "auto", "name": "auto"},
        "automatic_tax": {"enabled": settings.STRIPE_TAX},
    }
    with tenancy.system("was there a trial"):
        had_trial = account_of(actor.workspace.pk).trial_used_at is not None
    if settings.STRIPE_TRIAL_DAYS and not had_trial:
        params["subscription_data"]["trial_period_days"] = settings.STRIPE_TRIAL_DAYS
        params["subscription_data"]["trial_settings"] = {"end_behavior": {"missing_payment_method": "pause"}}
    return params


def _customer_of(actor: Actor) -> str:
    workspace = actor.workspace
    with tenancy.system("the workspace as a customer"):
        account = account_of(workspace.pk)
    if account.customer_id:
        return account.customer_id
    about = {"workspace_id": str(workspace.uid)}
    # A customer that was deleted at Stripe is not given again for the same key: the account's row says how many there were.
    made = gateway.create_customer(
        email=actor.user.email,
        name=workspace.name,
        metadata=about,
        key=f"cust:{workspace.uid}:{_generation(workspace)}",
    )
    with tenancy.system("the workspace as a customer"):
        BillingAccount.objects.filter(pk=account.pk, customer_id=None).update(customer_id=made)
        kept = account_of(workspace.pk).customer_id
    return kept or made


def _generation(workspace: Workspace) -> int:
    with tenancy.system("the workspace as a customer"):
        return int(Subscription.objects.of(workspace.pk).count())


def come_back(*, actor: Actor, session_id: str) -> Subscription | None:
    """After checkout: ask Stripe how it went, whether or not the webhook was here. None: not paid yet. Grants nothing itself.

    Raises NotFound for another workspace's session.
    """
    require_selling()
    try:
        session = gateway.checkout_session(session_id)
    except Gone:
        raise NotFound("There is no such payment.") from None
    with tenancy.system("whose checkout"):
        own = account_of(actor.workspace.pk).customer_id
    if session.get("client_reference_id") != str(actor.workspace.uid) or session.get("customer") != own:
        raise NotFound("There is no such payment.")
    if session["status"] != "complete" or not session.get("subscription"):
        return None
    rows = sync.sync_customer(session["customer"])
    return next((row for row in rows if row.stripe_id == session["subscription"]), None)


# -- changing -----------------------------------------------------------------------------------------------------------


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
    wanted, row = chosen(plan, interval), _living(actor)
    if (row.plan, row.interval) == (wanted.key, interval):
        raise Conflict("This is the plan you have.", code="same_plan")
    customer_id = _own_customer(actor)
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


def change_plan(
    *, actor: Actor, plan: str, interval: str, moment: int, nonce: str, stays: Collection[UUID] | None = None
) -> Subscription:
    """Have another plan from now on. More is paid at once and only had once it is; less comes off the next invoice.

    `moment` is that of the preview, so that it costs what was shown; `stays`: the connections that stay, where there is no room
    for all. Raises CardDeclined, and then nothing has changed.
    """
    require_selling()
    actor.require(Right.PAY)
    wanted, row = chosen(plan, interval), _living(actor)
    if row.status in {"past_due", "unpaid", "paused", "incomplete"}:
        raise Conflict("Pay the open invoice first; then the plan can be changed.", code="payment_needed")
    now = int(timezone.now().timestamp())
    fresh = moment if now - 3600 <= moment <= now else now
    is_upgrade = _is_upgrade(row, wanted, interval)
    params = _change(row, catalog.price(wanted, interval), is_upgrade=is_upgrade, moment=fresh)
    params |= {"payment_behavior": "error_if_incomplete"} if is_upgrade else {}
    key = f"change:{row.stripe_id}:{wanted.key}:{interval}:{nonce}"
    with choosing.kept_for(actor=actor, plan=wanted, stays=stays):
        gateway.change_subscription(row.stripe_id, params, key=key)
    _write_down(actor, "plan.change_asked", {"plan": wanted.key, "interval": interval}, {"plan": row.plan})
    return _fresh(actor, row)


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


def cancel(*, actor: Actor, nonce: str, stays: Collection[UUID] | None = None) -> Subscription:
    """End with the period that is paid. Until then everything stays, and it can be taken back; `stays`: the connections that stay
    on the free plan."""
    require_selling()
    actor.require(Right.PAY)
    with choosing.kept_for(actor=actor, plan=FREE, stays=stays):
        return _set_ending(actor, True, nonce)


def would_end_at(actor: Actor) -> datetime:
    """When it would end if it were cancelled now. Raises what cancelling does."""
    require_selling()
    actor.require(Right.PAY)
    return _living(actor).period_end


def resume(*, actor: Actor, nonce: str) -> Subscription:
    """Take a cancellation back, or go on after a pause."""
    require_selling()
    actor.require(Right.PAY)
    row = _living(actor)
    if row.status == "paused":
        gateway.resume_paused(row.stripe_id, key=f"resume:{row.stripe_id}:{nonce}")
        _write_down(actor, "plan.resume_asked", {"status": "active"}, {"status": row.status})
        return _fresh(actor, row)
    return _set_ending(actor, False, nonce)


def _set_ending(actor: Actor, wanted: bool, nonce: str) -> Subscription:
    require_selling()
    actor.require(Right.PAY)
    row = _living(actor)
    if (row.cancel_at is not None) == wanted:
        return row
    key = f"ending:{row.stripe_id}:{wanted}:{nonce}"
    gateway.change_subscription(row.stripe_id, {"cancel_at_period_end": wanted}, key=key)
    _write_down(actor, "plan.cancel_asked" if wanted else "plan.resume_asked", {"ends": wanted}, {"ends": not wanted})
    return _fresh(actor, row)


def open_portal(*, actor: Actor) -> str:
    """The address of Stripe's own pages for card, address and invoices."""
    require_selling()
    actor.require(Right.PAY)
    back = f"{settings.BASE_URL}{reverse('plan', args=[actor.workspace.slug])}"
    url = gateway.create_portal(customer_id=_own_customer(actor), return_url=back)
    _write_down(actor, "plan.portal_opened", {})
    return url


def invoices(*, actor: Actor) -> list[dict[str, Any]]:
    """Newest first; empty before the first checkout."""
    require_selling()
    actor.require(Right.PAY)
    with tenancy.system("the workspace as a customer"):
        customer_id = account_of(actor.workspace.pk).customer_id
    return [each for each in gateway.invoices_of(customer_id) if each["status"] != "draft"] if customer_id else []


def refresh(*, workspace: Workspace) -> list[Subscription]:
    """Ask Stripe how things stand, now."""
    require_selling()
    with tenancy.system("the workspace as a customer"):
        customer_id = account_of(workspace.pk).customer_id
    return sync.sync_customer(customer_id) if customer_id else []


def refresh_by_id(workspace_id: int) -> None:
    """The same for a task, which knows only the number."""
    with tenancy.system("how a plan stands"):
        workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is not None:
        refresh(workspace=workspace)


def _fresh(actor: Actor, row: Subscription) -> Subscription:
    refresh(workspace=actor.workspace)
    with tenancy.system("after a change"):
        found: Subscription = Subscription.objects.get(pk=row.pk)
        return found


def _living(actor: Actor) -> Subscription:
    found = standing.of(actor.workspace)
    if found.workspace_id != actor.workspace.pk:
        raise Conflict("Another workspace pays for this one: change the plan there.", code="paid_by_another")
    if found.subscription is None or found.subscription.is_over:
        raise Conflict("There is no subscription yet. Choose a plan first.", code="not_subscribed")
    return found.subscription


def _own_customer(actor: Actor) -> str:
    with tenancy.system("the workspace as a customer"):
        customer_id = account_of(actor.workspace.pk).customer_id
    if not customer_id:
        raise Conflict("Nothing was bought yet. Choose a plan first.", code="not_subscribed")
    return str(customer_id)


def _write_down(actor: Actor, action: str, after: dict[str, Any], before: dict[str, Any] | None = None) -> None:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        workspace = actor.workspace
        audit.record(actor=actor, action=action, target=workspace, workspace=workspace, before=before, after=after)


def history(workspace: Workspace) -> tuple[list[Subscription], list[Comp]]:
    """What was subscribed to and what was given, newest first."""
    with tenancy.system("history of the plan"):
        return list(Subscription.objects.of(workspace.pk)[:50]), list(Comp.objects.of(workspace.pk)[:50])


# -- given away ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_plan(*, staff: Any, workspace: Workspace, plan: str, reason: str, ends_at: datetime) -> Comp:
    """A plan for nothing, by support: for a reason, and until a day. Raises Forbidden and Invalid."""
    if staff is not None and not (staff.is_staff and staff.is_active):
        raise Forbidden("Only support staff may give plans away.")
    problems = []
    if plan not in PLANS or PLANS[plan].is_free:
        problems.append(Problem("plan", "unknown_plan", "Choose a plan that is sold."))
    if len(reason.strip()) < 5:
        problems.append(Problem("reason", "too_short", "Say why, for whoever asks later."))
    if not timezone.now() < ends_at <= timezone.now() + LONGEST_COMP:
        problems.append(Problem("ends_at", "out_of_range", "Choose a day within the next two years."))
    if problems:
        raise Invalid.because(problems)
    with tenancy.system("a plan is given"):
        comp = Comp.objects.create(
            workspace=workspace, plan=plan, reason=reason.strip()[:300], granted_by=staff, ends_at=ends_at
        )
        after = audit.fields(comp, "plan", "ends_at")
        audit.record(
            actor=None,
            user=staff,
            action="plan.given",
            target=comp,
            workspace=workspace,
            after=after,
            reason=comp.reason,
        )
        following.follow(account_of(workspace.pk))
    return comp


@transaction.atomic
def take_back_plan(*, staff: Any, comp: Comp) -> None:
    """End a gift now. Twice is harmless."""
    with tenancy.system("a plan is taken back"):
        if Comp.objects.filter(pk=comp.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(
                actor=None, user=staff, action="plan.taken_back", target=comp, workspace=comp.workspace,
                before=audit.fields(comp, "plan", "ends_at"), after=None,
            )  # fmt: skip
            following.follow(account_of(comp.workspace_id))
