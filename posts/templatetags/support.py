"""What the support desk's front page says first."""

from dataclasses import dataclass
from datetime import timedelta

from django import template
from django.db.models import Count, Min, Q
from django.utils import timezone

from posts.models import PlatformGate, Publication
from posts.states import State

register = template.Library()
LATE = timedelta(minutes=5)
# In the order in which somebody should look at them.
WATCHED = (State.NEEDS_HUMAN, State.UNKNOWN, State.FAILED, State.HELD)


@dataclass(frozen=True)
class Attention:
    """Publications in each state that needs a person, with the oldest; how many are overdue; platforms that are closed."""

    states: list[dict[str, object]]
    overdue: int
    closed: list[PlatformGate]


@register.simple_tag
def attention() -> Attention:
    """Across all workspaces: only for pages that run as the system."""
    now = timezone.now()
    rows = (
        Publication.objects.filter(state__in=WATCHED).values("state").annotate(number=Count("pk"), oldest=Min("due_at"))
    )
    found = {row["state"]: {**row, "label": State(row["state"]).label} for row in rows}
    late = Publication.objects.filter(state=State.SCHEDULED, due_at__lt=now - LATE)
    closed = PlatformGate.objects.filter(Q(closed_until__gt=now)).order_by("platform")
    return Attention([found[state] for state in WATCHED if state in found], late.count(), list(closed))
