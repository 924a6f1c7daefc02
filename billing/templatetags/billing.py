"""Limits beside what they limit, on the pages of the apps above."""

from typing import Any

from django import template

from billing import limits, showing
from billing.plans import What

register = template.Library()


@register.inclusion_tag("billing/limit.html", takes_context=True)
def limit(context: template.Context, what: str) -> dict[str, Any]:
    """A line on how much of something is used; nothing where nothing is limited."""
    workspace = context["workspace"]
    use = limits.use_of(workspace, What(what))
    return {"meter": showing.meter(use) if use.most is not None else None, "workspace": workspace}
