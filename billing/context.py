"""What every page of a workspace says about its plan: something only when a payment or a choice is missing."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.roles import Right
from billing import standing
from billing.access import STUCK
from billing.standing import Standing


def shown_standing(request: Any) -> Standing:
    """What the workspace of a page has, asked for once however often it is shown. Never to decide by."""
    found: Standing | None = getattr(request, "plan_standing", None)
    if found is None:
        found = request.plan_standing = standing.of(request.actor.workspace)
    return found


def plan_notice(request: HttpRequest) -> dict[str, Any]:
    """`plan_standing` for whatever shows of it; what limits asks for itself (billing/limits.py)."""
    actor = getattr(request, "actor", None)
    if actor is None or not settings.BILLING_ENABLED:
        return {}
    found: Any = SimpleLazyObject(lambda: shown_standing(request))
    return {
        "plan_standing": found,
        "plan_notice": SimpleLazyObject(lambda: _notice(shown_standing(request), may_pay=actor.may(Right.PAY))),
    }


def _notice(found: Standing, *, may_pay: bool) -> Standing | None:
    if found.rule.sentence or found.rests_from:
        return found
    is_stuck = found.subscription is not None and found.subscription.invoice_stuck and may_pay
    return replace(found, rule=STUCK) if is_stuck else None
