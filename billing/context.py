"""What every page of a workspace says about its plan: something only when a payment is missing."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing import standing


def plan_notice(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    if actor is None or not settings.BILLING_ENABLED:
        return {}
    return {"plan_notice": SimpleLazyObject(lambda: _notice(actor.workspace))}


def _notice(workspace: Any) -> standing.Standing | None:
    found = standing.of(workspace)
    return found if found.rule.sentence else None
