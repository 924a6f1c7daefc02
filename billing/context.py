"""What every page of a workspace says about its plan: something only when a payment is missing."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.roles import Right
from accounts.services import Actor
from billing import standing
from billing.access import STUCK


def plan_notice(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    if actor is None or not settings.BILLING_ENABLED:
        return {}
    return {"plan_notice": SimpleLazyObject(lambda: _notice(actor))}


def _notice(actor: Actor) -> standing.Standing | None:
    found = standing.of(actor.workspace)
    if found.subscription and found.subscription.invoice_stuck and actor.may(Right.PAY) and not found.rule.sentence:
        return replace(found, rule=STUCK)
    return found if found.rule.sentence else None
