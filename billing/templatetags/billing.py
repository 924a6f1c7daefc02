"""Limits beside what they limit, on the pages of the apps above."""

from typing import Any

from django import template
from django.utils.text import capfirst

from billing import limits, showing, standing
from billing.plans import MEASURES, What, that_has

register = template.Library()


@register.inclusion_tag("billing/limit.html", takes_context=True)
def limit(context: template.Context, what: str, *, only_close: bool = False) -> dict[str, Any]:
    """A line on how much of something is used; nothing where nothing is limited, or with `only_close` while there is much."""
    workspace = context["workspace"]
    use = limits.use_of(workspace, What(what), found=context.get("plan_standing"))
    is_shown = use.most is not None and (use.is_close or not only_close)
    seats = _one_more(context, use) if is_shown and use.is_full and use.what == What.MEMBERS else 0
    return {"meter": showing.meter(use) if is_shown else None, "workspace": workspace, "seats": seats}


def _one_more(context: template.Context, use: limits.Use) -> int:
    """How many seats there are with one more member, for whoever may buy one; else 0."""
    found = standing.of(context["workspace"])
    may = context.get("may") or {}
    is_own = found.workspace_id == context["workspace"].pk  # else another workspace pays, and buys
    if not is_own or not may.get("pay") or not found.sells_seats or found.subscription is None:
        return 0
    return found.subscription.seats + max(1, use.used + 1 - (use.most or 0))


@register.inclusion_tag("billing/looking_back.html", takes_context=True)
def looking_back(context: template.Context, more: str = "") -> dict[str, Any]:
    """A line that the plan shows a part of the past only; nothing where it shows all. `more`: where the rest is."""
    found = context.get("plan_standing")
    days = found.plan.history if found else None
    shown = "" if days is None else showing.last(days)
    return {"shown": shown, "plan": found.plan if found else None, "workspace": context["workspace"], "more": more}


@register.inclusion_tag("billing/feature.html", takes_context=True)
def feature(context: template.Context, what: str) -> dict[str, Any]:
    """A line that the plan lacks something, and which one has it; nothing where it is there."""
    workspace = context["workspace"]
    found = context.get("plan_standing")
    if found.most(What(what)) is None if found else limits.allows(workspace, What(what)):
        return {"has_it": True}
    return {
        "has_it": False,
        "workspace": workspace,
        "label": capfirst(MEASURES[What(what)].many),
        "bigger": that_has(What(what), 1),
    }
