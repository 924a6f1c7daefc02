"""Connections for which the plan has no room. billing says which (billing/places.py); a pause by a person is something else, and
neither undoes the other."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts import audit
from billing.places import Place
from billing.signals import connections_asked, connections_rest
from social import hanging
from social.models import Connection
from social.signals import connection_restored


@receiver(connections_asked)
def as_places(sender: Any, workspaces: list[int], with_posts: bool, **_kwargs: Any) -> list[Place]:
    """Those that are connected, broken ones too: they count as well."""
    rows = Connection.objects.filter(workspace_id__in=workspaces, disconnected_at=None).select_related("workspace")
    found = list(rows.defer("access_token").order_by("workspace__name", "platform", "name", "id"))
    hangs = hanging.on(found) if with_posts else {}
    return [_place(row, hangs[row.pk].scheduled if with_posts else 0) for row in found]


def _place(row: Connection, scheduled: int) -> Place:
    return Place(
        uid=row.uid,
        pk=row.pk,
        workspace_id=row.workspace_id,
        workspace=row.workspace.name,
        platform=row.platform,
        platform_name=row.get_platform_display(),
        name=row.name or row.username,
        handle=row.handle,
        picture=row.avatar_url,
        is_primary=row.is_primary,
        is_usable=row.is_usable,
        rests=row.rests,
        last_published_at=row.last_published_at,
        scheduled=scheduled,
    )


@receiver(connections_rest)
def rest(sender: Any, workspaces: list[int], resting: set[int], reason: str, **_kwargs: Any) -> None:
    """The lanes follow by themselves, and hold what is scheduled (posts/migrations/sql/resting.sql)."""
    rows = Connection.objects.filter(workspace_id__in=workspaces, disconnected_at=None).select_related("workspace")
    for row in rows.select_for_update(of=("self",)).order_by("id"):
        if row.pk in resting and (row.resting_at is None or row.resting_reason != reason):
            _let_rest(row, reason)
        elif row.pk not in resting and row.resting_at is not None:
            _let_go_on(row)


def _let_rest(row: Connection, reason: str) -> None:
    is_new = row.resting_at is None
    row.resting_at, row.resting_reason = row.resting_at or timezone.now(), reason
    row.save(update_fields=["resting_at", "resting_reason"])
    if is_new:
        audit.record(actor=None, action="connection.rests", target=row, workspace=row.workspace, reason=reason)


def _let_go_on(row: Connection) -> None:
    row.resting_at, row.resting_reason = None, ""
    row.save(update_fields=["resting_at", "resting_reason"])
    audit.record(actor=None, action="connection.goes_on", target=row, workspace=row.workspace)
    connection_restored.send(Connection, connection=row)
