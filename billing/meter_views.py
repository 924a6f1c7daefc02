"""Paying for posts to X one by one, in a browser."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import Workspace
from accounts.pages import WorkspaceRequest
from billing import showing
from billing.calling import calls_stripe, nonce
from billing.limits import in_force
from billing.plans import X_POSTS, What
from billing.services import pay_per_post
from multivio.errors import Invalid, Problem


def about_x_posts(workspace: Workspace) -> dict[str, Any]:
    """What the page of the plan shows of it; nothing where it can neither be had nor is on."""
    if not settings.BILLING_ENABLED or not in_force(What.X_POSTS):
        return {}
    found = pay_per_post.figures(workspace)
    if not found["is_on"] and not found["may_be_on"]:
        return {}
    currency = settings.BILLING_CURRENCY
    return {
        "per_post": found,
        "per_post_price": showing.money(X_POSTS.price, currency),
        "per_post_amount": showing.money(found["amount"], currency),
        "per_post_at_most": showing.money(found["cap"] * X_POSTS.price, currency),
        "per_post_limit": X_POSTS.most,
        "per_post_nonce": secrets.token_urlsafe(12),
    }


@calls_stripe
@require_POST
def x_posts(request: WorkspaceRequest) -> HttpResponse:
    """Switch it on, change the cap, or off."""
    cap = 0 if "off" in request.POST else _number(request.POST.get("cap", ""))
    row = pay_per_post.switch(actor=request.actor, cap=cap, nonce=nonce(request))
    if row is None:
        messages.success(request, "Posts to X beyond the plan are not paid for any more.")
    else:
        messages.success(request, f"You pay for up to {row.cap:,} posts to X a month beyond the plan.")
    return redirect("plan", request.actor.workspace.slug)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 9 and int(text)):
        raise Invalid.because([Problem("cap", "not_a_number", "Write how many posts a month you allow, such as 100.")])
    return int(text)
