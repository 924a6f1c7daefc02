"""The panel of Grok, for any page that has a composer."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from ai import catalogue, drawing
from ai.catalogue import Task

register = template.Library()
# In the order in which people need them.
IN_PANEL = (
    "optimise", "shorten", "expand", "rewrite", "fix", "tone", "translate", "variants", "thread", "hooks", "hashtags",
    "generate", "repurpose", "replies", "image",
)  # fmt: skip


@register.inclusion_tag("ai/panel.html", takes_context=True)
def grok_panel(context: template.Context) -> dict[str, Any]:
    """The pane beside the text. Asks the database nothing: the meter is read when the panel opens."""
    workspace, may = context["workspace"], context["may"]
    return {
        "enabled": settings.AI_ENABLED and may["write_posts"],
        "on_sandbox": settings.XAI_ON_SANDBOX,
        "tasks": panel_tasks(),
        "workspace": workspace,
        "may_manage": may["manage"],
        "stream_url": reverse("api:ai-stream"),
        "estimate_url": reverse("api:ai-estimate"),
        "usage_url": reverse("api:ai-usage"),
        "taken_url": reverse("api:ai-generations"),
        "feed_url": reverse("api:ai-feed"),
        "draw_url": reverse("api:ai-images"),
        "media_url": reverse("api:media"),
        "shapes": drawing.SHAPES,
        "longest_prompt": drawing.LONGEST_PROMPT,
        "credits": drawing.price(),
    }


def panel_tasks() -> list[Task]:
    return [catalogue.tasks()[slug] for slug in IN_PANEL]


@register.inclusion_tag("ai/describe.html", takes_context=True)
def grok_describe(context: template.Context) -> dict[str, Any]:
    """The button beside an alt text that asks Grok for one."""
    return {
        "enabled": settings.AI_ENABLED and context["may"]["write_posts"],
        "workspace": context["workspace"],
        "url": reverse("api:ai-alt-text"),
    }
