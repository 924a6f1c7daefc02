"""The pages of plans and payment, and their buttons. What is decided, billing/services and billing/limits.py decide."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import WorkspaceRequest, settings_page
from accounts.roles import Right
from accounts.services import Actor
from billing import choosing, limits, packs, services, sharing, showing, standing, stay_views
from billing.calling import calls_stripe, nonce, page
from billing.credit_views import about_credits
from billing.errors import StripeUnavailable
from billing.meter_views import about_x_posts
from billing.models import Subscription
from billing.plans import FREE, MOST_SEATS, PLANS, Interval, Plan, What
from billing.showing import Offer
from billing.standing import Standing
from multivio import tenancy
from multivio.errors import Conflict, DomainError


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """What is sold, for anybody."""
    interval = _interval(request)
    offers = [_offer(plan, interval) for plan in PLANS.values()]
    context = {"offers": offers, "interval": interval, "sells": settings.BILLING_ENABLED}
    return render(request, "billing/pricing.html", {**context, "trial_days": settings.STRIPE_TRIAL_DAYS})


def _interval(request: HttpRequest) -> str:
    asked = request.GET.get("interval", "")
    return asked if asked in Interval.values else Interval.MONTH.value


def _offer(plan: Plan, interval: str, **more: Any) -> Offer:
    price = plan.prices.get(interval, 0)
    shown = showing.money(price, settings.BILLING_CURRENCY)
    seat = showing.seat_line(plan, interval, settings.BILLING_CURRENCY)
    return Offer(plan, shown, showing.per(interval), [*showing.promises(plan), *([seat] if seat else [])], **more)


@settings_page
@require_safe
def plan(request: WorkspaceRequest) -> HttpResponse:
    """The plan, what is used of it, and the others."""
    workspace = request.actor.workspace
    found, uses = standing.of(workspace), limits.usage(workspace)
    interval = _interval(request)
    context = {
        **_about(request.actor, found),
        "meters": [showing.meter(use) for use in uses],
        "interval": interval,
        "offers": _offers(found, uses, interval) if settings.BILLING_ENABLED else [],
        "nonce": secrets.token_urlsafe(12),
        **about_credits(workspace, uses),
        **about_x_posts(workspace),
        "choice": choosing.current(workspace) if settings.BILLING_ENABLED else None,
    }
    return render(request, "billing/plan.html", context)


def _about(actor: Actor, found: Standing) -> dict[str, Any]:
    row = found.subscription
    pays_itself = found.workspace_id == actor.workspace.pk
    price = showing.money(row.amount, row.currency) if row else ""
    return {
        "sells": settings.BILLING_ENABLED,
        "standing": found,
        "subscription": row,
        "currency": row.currency if row else settings.BILLING_CURRENCY,  # credits alone may have been bought
        "situation": row.situation() if row else "",
        "price": f"{price} {showing.per(row.interval)}" if row else "",
        "off": showing.off(row, timezone.localtime()) if row else [],
        "payer": None if pays_itself else sharing.payer_of(actor.workspace),
        "account": found.account if pays_itself else None,
        "is_taxed": settings.STRIPE_TAX,
        "may_pay": actor.may(Right.PAY),
        "is_over": row is None or row.is_over,
    }


def _offers(found: Standing, uses: list[limits.Use], interval: str) -> list[Offer]:
    row = found.subscription
    has = (row.plan, row.interval) if row and not row.is_over else (found.plan.key, interval)
    return [
        _offer(
            each,
            interval,
            is_current=(each.key, interval) == has or (each is FREE and found.plan is FREE),
            stops=showing.stops(each, uses, today=found.plan, seats=row.seats if row else 0)
            if each.rank < found.plan.rank
            else [],
        )
        for each in PLANS.values()
    ]


@settings_page
@require_safe
def history(request: WorkspaceRequest) -> HttpResponse:
    """What was subscribed to and given, newest first."""
    request.actor.require(Right.MANAGE)
    rows, comps = services.history(request.actor.workspace)
    shown = [(row, showing.money(row.amount, row.currency), showing.per(row.interval)) for row in rows]
    credits = [
        (pack, showing.money(pack.amount, pack.currency) if pack.currency else "–")
        for pack in packs.of(request.actor.workspace)
    ]
    return render(request, "billing/history.html", {"rows": shown, "comps": comps, "packs": credits})


@calls_stripe
def invoices(request: WorkspaceRequest) -> HttpResponse:
    """Invoices and receipts, as Stripe has them."""
    found, trouble = [], ""
    try:
        found = services.invoices(actor=request.actor)
    except StripeUnavailable as error:
        trouble = error.message
    return page(request, "billing/invoices.html", {"bills": [showing.bill(each) for each in found], "trouble": trouble})


@calls_stripe
def change(request: WorkspaceRequest) -> HttpResponse:
    """What another plan costs from now on; a POST takes it."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted, interval = asked.get("plan", ""), asked.get("interval", "")
    if request.method == "POST":
        services.change_plan(
            actor=request.actor,
            plan=wanted,
            interval=interval,
            moment=_number(asked.get("moment", "")),
            nonce=nonce(request),
            stays=stay_views.sent(request.POST),
        )
        messages.success(request, f"The plan is {PLANS[wanted].name} now.")
        return redirect("plan", request.actor.workspace.slug)
    found = services.preview_change(actor=request.actor, plan=wanted, interval=interval)
    context = {
        **_less(request.actor, found.plan, found.seats),
        "preview": found,
        "begins_anew": found.begins_anew,
        **_costs(found.cost, interval),
        "nonce": secrets.token_urlsafe(12),
    }
    return page(request, "billing/change.html", context)


def _costs(cost: services.Cost, interval: str) -> dict[str, str]:
    """What a change costs, in words; empty where there is nothing of it."""
    said = {name: getattr(cost, name) for name in ("due_now", "tax_now", "credit", "next_amount", "next_tax")}
    words = {name: showing.money(amount, cost.currency) if amount else "" for name, amount in said.items()}
    per_period = f"{showing.money(cost.next_amount, cost.currency)} {showing.per(interval)}"
    return {**words, "next_amount": per_period}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else 0


@calls_stripe
def seats(request: WorkspaceRequest) -> HttpResponse:
    """How many seats, and what they cost from now on; a POST takes them."""
    if request.method == "POST":
        wanted = _number(request.POST.get("seats", ""))
        moment = _number(request.POST.get("moment", ""))
        number = services.change_seats(actor=request.actor, seats=wanted, moment=moment, nonce=nonce(request)).seats
        messages.success(request, f"You have {number} seat{'' if number == 1 else 's'} more now.")
        return redirect("plan", request.actor.workspace.slug)
    request.actor.require(Right.PAY)
    with tenancy.tenant(user_id=request.actor.user.pk, workspace_id=request.actor.workspace.pk):
        found, use = standing.of(request.actor.workspace), limits.use_of(request.actor.workspace, What.MEMBERS)
    row = found.subscription
    if found.workspace_id != request.actor.workspace.pk:
        raise Conflict("Another workspace pays for this one: seats are bought there.", code="paid_by_another")
    if row is None or not found.sells_seats:
        raise Conflict("There are no seats to buy with this plan.", code="no_seats")
    wanted = _number(request.GET.get("seats", str(row.seats)))
    context: dict[str, Any] = {"standing": found, "row": row, "wanted": wanted, "use": use, "most": MOST_SEATS}
    context |= _previewed(request.actor, row, wanted) if wanted != row.seats else {}
    price = showing.seat_line(found.plan, row.interval, row.currency)
    context |= {"price": price, "fewer": max(0, wanted - 1), "more": min(MOST_SEATS, wanted + 1)}
    return page(request, "billing/seats.html", {**context, "nonce": secrets.token_urlsafe(12)})


def _previewed(actor: Actor, row: Subscription, wanted: int) -> dict[str, Any]:
    """What so many would cost, or why they cannot be had."""
    try:
        preview = services.preview_seats(actor=actor, seats=wanted)
    except DomainError as error:
        return {"trouble": error.message}
    off = showing.off(row, timezone.localtime())
    return {"preview": preview, "off": off, "added": wanted - row.seats, **_costs(preview.cost, row.interval)}


@calls_stripe
def checkout_return(request: WorkspaceRequest) -> HttpResponse:
    """Back from paying. Right also when the webhook is late: Stripe is asked itself."""
    session_id = request.GET.get("session_id", "")[:100]
    try:
        row = services.come_back(actor=request.actor, session_id=session_id)
    except StripeUnavailable:
        row = None
    if row is not None and row.status in {"active", "trialing"}:
        messages.success(request, f"Thank you. {request.actor.workspace.name} has {row.get_plan_display()} now.")
        return redirect("plan", request.actor.workspace.slug)
    return page(request, "billing/waiting.html", {"row": row, "again": request.get_full_path()})


@calls_stripe
@require_POST
def checkout(request: WorkspaceRequest) -> HttpResponse:
    url = services.start_checkout(
        actor=request.actor,
        plan=request.POST.get("plan", ""),
        interval=request.POST.get("interval", ""),
        nonce=nonce(request),
    )
    return redirect(url)


@calls_stripe
@require_POST
def portal(request: WorkspaceRequest) -> HttpResponse:
    return redirect(services.open_portal(actor=request.actor))


def _less(actor: Actor, plan: Plan, seats: int = 0) -> dict[str, Any]:
    """What a smaller plan would stop, which connections would stay, and what comes off today."""
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        today = standing.of(actor.workspace)
        stops = showing.stops(plan, limits.usage(actor.workspace), today=today.plan, seats=seats)
        off = showing.off(today.subscription, timezone.localtime()) if today.subscription else []
        return {"today": today, "stops": stops, "off": off, "choice": choosing.for_plan(actor.workspace, plan)}


@calls_stripe
def cancel(request: WorkspaceRequest) -> HttpResponse:
    """What ends, and when; a POST ends it."""
    if request.method != "POST":
        ends_at = services.would_end_at(request.actor)
        context = {**_less(request.actor, FREE), "free": FREE, "ends_at": ends_at}
        return page(request, "billing/cancel.html", context)
    stays = stay_views.sent(request.POST)
    row = services.cancel(actor=request.actor, nonce=secrets.token_urlsafe(12), stays=stays)
    messages.warning(request, f"The plan ends on {row.cancel_at:%d %B %Y}. Until then everything stays.")
    return redirect("plan", request.actor.workspace.slug)


@calls_stripe
@require_POST
def resume(request: WorkspaceRequest) -> HttpResponse:
    services.resume(actor=request.actor, nonce=secrets.token_urlsafe(12))
    messages.success(request, "The plan goes on.")
    return redirect("plan", request.actor.workspace.slug)
