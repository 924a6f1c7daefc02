"""Buying AI credits, in a browser: two buttons and the way back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import Workspace
from accounts.pages import WorkspaceRequest
from billing import packs, showing
from billing.calling import calls_stripe, nonce, page
from billing.errors import StripeUnavailable
from billing.limits import Use, in_force
from billing.plans import PACKS, Pack, What
from billing.services import credit_buying


@dataclass(frozen=True)
class PackOffer:
    pack: Pack
    price: str


def about_credits(workspace: Workspace, uses: Sequence[Use]) -> dict[str, Any]:
    """What the page of the plan shows of credits; nothing where none are sold."""
    if not settings.BILLING_ENABLED or not in_force(What.AI_CREDITS):
        return {}
    month = next(use for use in uses if use.what == What.AI_CREDITS)
    offers = [PackOffer(each, showing.money(each.price, settings.BILLING_CURRENCY)) for each in PACKS if each.is_sold]
    # A nonce for each button: pressed twice it is one payment, and another pack is another.
    nonces = [(offer, secrets.token_urlsafe(12)) for offer in offers]
    return {"credits_month": month, "credits_left": packs.left(workspace), "credit_offers": nonces}


@calls_stripe
@require_POST
def buy(request: WorkspaceRequest) -> HttpResponse:
    url = credit_buying.start(actor=request.actor, pack=request.POST.get("pack", ""), nonce=nonce(request))
    return redirect(url)


@calls_stripe
def credits_return(request: WorkspaceRequest) -> HttpResponse:
    """Back from paying. Right also when the webhook is late: Stripe is asked itself."""
    session_id = request.GET.get("session_id", "")[:255]
    try:
        pack = credit_buying.come_back(actor=request.actor, session_id=session_id)
    except StripeUnavailable:
        pack = None
    if pack is not None:
        messages.success(request, f"Thank you. {pack} were added; they do not end with the month.")
        return redirect("plan", request.actor.workspace.slug)
    return page(request, "billing/waiting_for_credits.html", {"again": request.get_full_path()})
