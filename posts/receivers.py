"""What posts hears of connections.

Losing a connection holds its scheduled posts; the database does that by itself (posts/migrations/sql/lanes.sql), whoever
writes it down. Having it back releases them, if they are still recent.
"""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Now
from django.dispatch import receiver

from accounts.models import Workspace
from billing.signals import metering_ends, payment_back, payment_missing, x_posts_planned_asked
from multivio import tenancy
from posts import metered, plan_counts
from posts.models import Lane, Publication
from posts.releasing import UNPAID, release
from posts.states import State
from social.hanging import Hanging
from social.models import Connection
from social.signals import connection_lost, connection_restored, hanging_asked

HELD_FOR_IT = ("reconnect", "disconnected", "needs_reauth", "unauthorized")


@receiver(connection_restored)
def release_held(sender: Any, connection: Connection, **_kwargs: Any) -> None:
    """Back to the queue what was held because this connection was broken, or because it rested. Older ones stay held: a person
    decides."""
    release(
        connection.workspace, *HELD_FOR_IT, "resting", connection=connection, why_late="the account could not be used"
    )


@receiver(connection_lost)
def count_held(sender: Any, connection: Connection, **_kwargs: Any) -> int:
    """How many posts wait because of it."""
    return Publication.objects.filter(connection=connection, state=State.HELD, error_code__in=HELD_FOR_IT).count()


@receiver(hanging_asked)
def count_hanging(
    sender: Any, connections: list[Connection], ends: dict[int, datetime], **_kwargs: Any
) -> dict[int, Hanging]:
    """What waits for each connection, in two queries."""
    waiting = Publication.objects.filter(connection__in=connections, state=State.SCHEDULED).order_by()
    late = Q(pk__in=[])  # never
    for pk, end in ends.items():
        late |= Q(connection=pk, due_at__gt=end)
    counted = waiting.values("connection_id").annotate(number=Count("id"), late=Count("id", filter=late))
    with tenancy.system("how long accounts are limited"):
        gates = dict(
            Lane.objects.filter(connection__in=connections, blocked_until__gt=Now()).values_list(
                "connection_id", "blocked_until"
            )
        )
    numbers = {row["connection_id"]: (row["number"], row["late"]) for row in counted}
    return {
        connection.pk: Hanging(*numbers.get(connection.pk, (0, 0)), blocked_until=gates.get(connection.pk))
        for connection in connections
    }


@receiver(payment_missing)
def hold_unpaid(sender: Any, workspaces: list[int], **_kwargs: Any) -> None:
    """What is scheduled waits, for people to see. A thread that is public in part is finished: half of one helps nobody."""
    rows = Publication.objects.filter(workspace_id__in=workspaces, state=State.SCHEDULED, committed=0)
    rows.update(state=State.HELD, **UNPAID)


@receiver(payment_back)
def release_paid(sender: Any, workspaces: list[int], **_kwargs: Any) -> None:
    """Back in line what waited for a payment alone. What is too late by now waits for a person's decision."""
    for workspace in Workspace.objects.filter(pk__in=workspaces):
        release(workspace, UNPAID["error_code"], why_late="the plan was not paid for")


@receiver(metering_ends)
def count_to_the_end(sender: Any, workspace_id: int, **_kwargs: Any) -> None:
    """What was published until now is paid for."""
    metered.count(workspace_id)


@receiver(x_posts_planned_asked)
def count_planned(sender: Any, workspaces: list[int], start: datetime, end: datetime, **_kwargs: Any) -> int:
    return plan_counts.x_posts_to_come(workspaces, start, end)
