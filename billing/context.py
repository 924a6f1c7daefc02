"""What every page of a workspace says about its plan: something only when a payment or a choice is missing."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing import standing


def plan_notice(request: HttpRequest) -> dict[str, Any]:
    """`plan_standing` is asked for once for a page, whatever shows of it; what limits asks for itself (billing/limits.py)."""
    actor = getattr(request, "actor", None)
    if actor is None or not settings.BILLING_ENABLED:
        return {}
    found: Any = SimpleLazyObject(lambda: standing.of(actor.workspace))
    return {
        "plan_standing": found,
        "plan_notice": SimpleLazyObject(lambda: found if found.rule.sentence or found.rests_from else None),
    }
