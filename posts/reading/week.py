"""The last seven days in the numbers of our own promise."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, FilteredRelation, Q

from accounts.models import Workspace
from posts.states import State
from social.models import Connection

# What a reader would still call on time.
ON_TIME = timedelta(seconds=60)


@dataclass(frozen=True)
class Week:
    """The last seven days in the numbers of our own promise."""

    due: int = 0
    published: int = 0
    on_time: int = 0
    doubled: int = 0
    to_decide: int = 0
    failed: int = 0


def connections_with_week(workspace: Workspace, *, now: datetime) -> list[Connection]:
    """Every connection, also former ones, with the counts of its last seven days (`week_due`, `week_published` …)."""
    week = FilteredRelation(
        "publications",
        condition=Q(publications__due_at__gte=now - timedelta(days=7), publications__due_at__lte=now),
    )
    on_time = Q(week__state=State.PUBLISHED, week__finished_at__lte=F("week__post__due_at") + ON_TIME)
    counted = {
        "week_due": ~Q(week__state__in=[State.DRAFT, State.CANCELLED]) & Q(week__id__isnull=False),
        "week_published": Q(week__state=State.PUBLISHED),
        "week_on_time": on_time,
        "week_doubled": Q(week__id__isnull=False) & ~Q(week__duplicate_remote_id=""),
        "week_to_decide": Q(week__state=State.NEEDS_HUMAN),
        "week_failed": Q(week__state=State.FAILED),
    }
    numbers = {name: Count("week", filter=condition) for name, condition in counted.items()}
    rows = Connection.objects.in_workspace(workspace.pk)
    return list(rows.annotate(week=week).annotate(**numbers).order_by("platform", "name", "id"))


def week_of(connections: Iterable[Connection]) -> Week:
    sums: dict[str, int] = defaultdict(int)
    for connection in connections:
        for name in Week.__dataclass_fields__:
            sums[name] += getattr(connection, f"week_{name}")
    return Week(**sums)
