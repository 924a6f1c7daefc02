"""Writes of a workspace as such: its name, zone and week, closing it with days of grace, and deleting it for good."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Member, User, Weekday, Workspace, validate_zone
from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.roles import Right
from accounts.services import Actor, create_workspace
from accounts.signals import workspace_deleting
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem

log = structlog.get_logger(__name__)
LONGEST_NAME = 80
MOST_OWNED = 50


@transaction.atomic
def make(*, owner: User, name: str, zone: str) -> Workspace:
    """A workspace that somebody asks for, beside those they have. Raises Invalid."""
    problems = _problems(name=name, zone=zone)
    if problems:
        raise Invalid.because(problems)
    if Member.objects.filter(user=owner, role="owner").count() >= MOST_OWNED:
        raise Conflict(f"You own {MOST_OWNED} workspaces already.", code="too_many_workspaces")
    return create_workspace(owner=owner, name=name.strip(), zone=zone)


@transaction.atomic
def change(*, actor: Actor, **changes: Any) -> Workspace:
    """Set any of name, zone and week_start. The address of the workspace stays: links to it live on. Raises Invalid."""
    actor.require(Right.MANAGE)
    problems = _problems(**changes)
    if problems:
        raise Invalid.because(problems)
    if "name" in changes:
        changes["name"] = changes["name"].strip()
    before = audit.fields(actor.workspace, *changes)
    Workspace.objects.filter(pk=actor.workspace.pk).update(**changes)
    actor.workspace.refresh_from_db()
    _write_down(actor, "workspace.changed", before, audit.fields(actor.workspace, *changes))
    return actor.workspace


def _write_down(actor: Actor, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    workspace = actor.workspace
    audit.record(actor=actor, action=action, target=workspace, workspace=workspace, before=before, after=after)
    log.info(action, workspace=workspace.pk, by=actor.user.pk)


def _problems(**changes: Any) -> list[Problem]:
    found = []
    name = changes.get("name")
    if name is not None and not name.strip():
        found.append(Problem("name", "empty", "Give it a name."))
    if name is not None and len(name.strip()) > LONGEST_NAME:
        found.append(Problem("name", "too_long", f"At most {LONGEST_NAME} letters."))
    if "zone" in changes:
        try:
            validate_zone(changes["zone"])
        except ValidationError as error:
            found.append(Problem("zone", "unknown_zone", error.messages[0]))
    if "week_start" in changes and changes["week_start"] not in Weekday.values:
        found.append(Problem("week_start", "bad_weekday", "A week begins on Monday, Saturday or Sunday."))
    return found


@transaction.atomic
def close(*, actor: Actor, name: str) -> Workspace:
    """Delete the workspace, with days in which an owner can keep it. Until then everything can be read, and nothing leaves.

    `name` is the workspace's name, typed again: this ends other people's work too. Raises Invalid.
    """
    actor.require(Right.OWN)
    workspace = Workspace.objects.select_for_update().get(pk=actor.workspace.pk)
    if name.strip() != workspace.name:
        raise Invalid.because([Problem("name", "not_the_name", "This is not the name of the workspace.")])
    if workspace.closing_at is None:
        now = timezone.now()
        Workspace.objects.filter(pk=workspace.pk).update(
            closing_at=now + timedelta(days=settings.WORKSPACE_GRACE_DAYS),
            closing_by=actor.user,
            paused_at=workspace.paused_at or now,
            paused_by=workspace.paused_by or actor.user,
        )
        actor.workspace.refresh_from_db()
        _write_down(actor, "workspace.closed", {"closing_at": None}, audit.fields(actor.workspace, "closing_at"))
        _tell_everybody(actor)
    return actor.workspace


def _tell_everybody(actor: Actor) -> None:
    workspace = actor.workspace
    day = timezone.localtime(workspace.closing_at, workspace.tz)
    notify(
        kind=Kind.INVITATION,
        workspace=workspace,
        users=[member.user for member in Member.objects.filter(workspace=workspace).select_related("user")],
        title=f"{workspace.name} will be deleted on {day:%d %B %Y}",
        body=f"{actor.user} deleted the workspace. Nothing is published any more; until then an owner can keep it.",
        url=reverse("home", args=[workspace.slug]),
        key=f"closing:{workspace.uid}:{day:%Y-%m-%d}",
    )


@transaction.atomic
def keep(*, actor: Actor) -> Workspace:
    """Take the deletion back. Publishing stays paused until somebody goes on: posts may have become old news."""
    actor.require(Right.OWN)
    before = audit.fields(actor.workspace, "closing_at")
    Workspace.objects.filter(pk=actor.workspace.pk).update(closing_at=None, closing_by=None)
    actor.workspace.refresh_from_db()
    _write_down(actor, "workspace.kept", before, {"closing_at": None})
    return actor.workspace


def delete_due() -> int:
    """Delete the workspaces whose days of grace are over, each in a transaction of its own; how many."""
    with tenancy.system("workspaces to delete"):
        due = list(Workspace.objects.filter(closing_at__lte=Now()).values_list("pk", flat=True))
    return sum(delete_for_good(pk) for pk in due)


def delete_for_good(pk: int) -> bool:
    """Everything of one workspace that was closed and whose time has come. Apps above delete their own by the signal."""
    with tenancy.system("delete a workspace"):
        rows = Workspace.objects.select_for_update().filter(pk=pk, closing_at__lte=Now())
        workspace: Workspace | None = rows.first()
        if workspace is None:  # somebody kept it meanwhile
            return False
        audit.record(actor=None, action="workspace.deleted", target=workspace, workspace=workspace)
        workspace_deleting.send(sender=Workspace, workspace=workspace)
        workspace.delete()
    log.warning("a workspace was deleted", workspace=pk)
    return True
