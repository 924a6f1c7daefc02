"""Support opens a workspace that is not theirs: with a reason, for an hour, seen by its owners, and only to look.

Looking is kept by the database: the transaction of every page is read only, and the role asked by services is a viewer's.
Changing things needs a permission of its own (`accounts.write_as_support`) and is said to the owners when the visit begins.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit, origin
from accounts.audit_models import SupportVisit
from accounts.models import User, Workspace
from accounts.notification_models import Kind
from accounts.notifications import managers, notify
from accounts.roles import Right, Role
from accounts.services import Actor, support_actor
from multivio import tenancy
from multivio.errors import Forbidden, Invalid, NotFound, Problem

SHORTEST_REASON = 10


@transaction.atomic
def open_visit(*, staff: User, workspace: Workspace, reason: str, may_write: bool = False) -> SupportVisit:
    """Begin a visit; one that is open ends. Raises Forbidden and Invalid."""
    actor = support_actor(staff=staff, workspace=workspace)
    if may_write and not staff.has_perm("accounts.write_as_support"):
        raise Forbidden("You may look into workspaces of others, but not change anything there.")
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise Invalid.because(
            [Problem("reason", "too_short", "Say why, so that the owner of the workspace can read it.")]
        )
    with tenancy.system("support opens a workspace"):
        now = timezone.now()
        SupportVisit.objects.filter(staff=staff, workspace=workspace, ended_at=None).update(ended_at=now)
        visit = SupportVisit.objects.create(
            workspace=workspace,
            staff=staff,
            reason=reason[:300],
            may_write=may_write,
            ends_at=now + timedelta(minutes=settings.SUPPORT_VISIT_MINUTES),
        )
        after = audit.fields(visit, "may_write", "ends_at")
        audit.record(
            actor=actor, action="support.opened", target=workspace, workspace=workspace, after=after, reason=reason
        )
        notify(
            kind=Kind.SECURITY,
            workspace=workspace,
            users=managers(workspace),
            title=f"Support opened {workspace.name}",
            body=f"{staff.get_full_name()} {'may change things' if may_write else 'can only look'}: “{reason}”",
            url=reverse("audit_trail", args=[workspace.slug]),
            key=f"visit:{visit.uid}",
        )
    return visit


def enter_visit(*, user: User, slug: str, page: str) -> Actor | None:
    """Put the open transaction into a workspace that the user visits as support; None when no visit is open.

    From here on it is read only, unless the visit says otherwise; that the page was looked at is written down before.
    """
    if not user.is_staff:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select id, visit, may_write from mv_visit_workspace(%s)", [slug])
        row = cursor.fetchone()
    if row is None:
        return None
    workspace_id, visit_id, may_write = row
    tenancy.identify(user_id=user.pk, workspace_id=workspace_id)
    origin.on_visit(visit_id)
    workspace: Workspace = Workspace.objects.get(pk=workspace_id)
    actor = Actor(user=user, workspace=workspace, role=Role.EDITOR if may_write else Role.VIEWER, is_support=True)
    if page:
        after = {"page": page}
        audit.record(actor=actor, action="support.looked", target=None, workspace=workspace, after=after)
    if not may_write:
        with connection.cursor() as cursor:
            cursor.execute("set transaction read only")
    return actor


@transaction.atomic
def end_visit(*, actor: Actor, visit: SupportVisit) -> None:
    """End a visit: whoever manages the workspace, or the visitor. Doing it twice is harmless. Raises Forbidden, NotFound."""
    if visit.workspace_id != actor.workspace.pk:
        raise NotFound("There is no such visit.")
    if visit.staff_id != actor.user.pk:
        actor.require(Right.MANAGE)
    with tenancy.system("a visit of support ends"):
        rows = SupportVisit.objects.filter(pk=visit.pk, ended_at=None)
        if rows.update(ended_at=timezone.now()):
            audit.record(actor=actor, action="support.left", target=actor.workspace, workspace=actor.workspace)


@transaction.atomic
def leave(*, staff: User, slug: str) -> None:
    """The visitor ends their own visits there. Doing it twice is harmless."""
    with tenancy.system("a visit of support ends"):
        visits = list(
            SupportVisit.objects.filter(staff=staff, workspace__slug=slug, ended_at=None).select_related("workspace")
        )
        for visit in visits:
            end_visit(
                actor=Actor(user=staff, workspace=visit.workspace, role=Role.VIEWER, is_support=True), visit=visit
            )
