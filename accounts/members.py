"""Writes of memberships: change a role, remove, leave, hand the workspace over.

The rules are in the database's functions (accounts/migrations/sql/people.sql), since the app role may not write members;
here their answers become sentences. `accounts.invitations` has the way in.
"""

from typing import Any

import structlog
from django.db import connection, transaction
from django.urls import reverse

from accounts import audit, refusals
from accounts.models import Member, User, Workspace
from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.roles import Right, Role
from accounts.services import Actor
from multivio.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Problem

log = structlog.get_logger(__name__)


def require_role(value: str) -> Role:
    """The role of this name. Raises Invalid."""
    if value not in Role.values:
        raise Invalid.because([Problem("role", "unknown_role", f"Choose one of {', '.join(Role.values)}.")])
    return Role(value)


@transaction.atomic
def change_role(*, actor: Actor, member: Member, role: str) -> Member:
    """Give a member another role. Nobody changes their own, and only owners make or unmake owners."""
    wanted = require_role(role)
    actor.require(Right.MEMBERS)
    before = member.role
    _say(actor, _change(member, wanted))
    member.refresh_from_db(fields=["role"])
    if member.role != before:
        _write_down(actor, "member.role_changed", member, before={"role": before}, after={"role": member.role})
        _tell(
            member.user,
            actor.workspace,
            title=f"You are {wanted.label.lower()} of {actor.workspace.name} now",
            body=f"{actor.user} changed your role from {Role(before).label.lower()} to {wanted.label.lower()}.",
        )
    return member


@transaction.atomic
def remove_member(*, actor: Actor, member: Member) -> None:
    """End somebody's membership, their API keys here, and the invitations they sent that nobody has accepted yet."""
    actor.require(Right.MEMBERS)
    if member.user_id == actor.user.pk:
        raise Conflict("This is you: leave the workspace instead.")
    _say(actor, _change(member, None))
    _write_down(actor, "member.removed", member, before={"role": member.role}, after={"role": None})
    _tell(
        member.user,
        None,
        title=f"You are no longer a member of {actor.workspace.name}",
        body=f"{actor.user} removed you. Your API keys there have ended.",
    )


@transaction.atomic
def leave(*, actor: Actor) -> None:
    """End one's own membership. The last owner cannot: a workspace always has somebody who decides."""
    member = Member.objects.filter(workspace=actor.workspace, user=actor.user).first()
    if member is None:
        raise NotFound("You are not a member of this workspace.")
    _say(actor, _change(member, None))
    _write_down(actor, "member.left", member, before={"role": member.role}, after={"role": None})


@transaction.atomic
def hand_over(*, actor: Actor, member: Member) -> None:
    """Make another member the owner; the one who hands over stays as an admin."""
    actor.require(Right.OWN)
    _say(actor, _asked("select mv_transfer_workspace(%s)", [member.user_id]))
    _write_down(
        actor, "workspace.handed_over", member, before={"owner": str(actor.user)}, after={"owner": str(member.user)}
    )
    _tell(
        member.user,
        actor.workspace,
        title=f"{actor.workspace.name} is yours now",
        body=f"{actor.user} handed the workspace over to you and stays as an admin.",
    )


def only_owner_of(user_id: int) -> list[Workspace]:
    """The workspaces that have no owner but this user. Needs a system context: it looks at everybody's memberships."""
    mine = Member.objects.filter(user_id=user_id, role=Role.OWNER).values("workspace")
    others = Member.objects.filter(role=Role.OWNER).exclude(user_id=user_id).values("workspace")
    return list(Workspace.objects.filter(pk__in=mine).exclude(pk__in=others).order_by("name", "id"))


def _write_down(actor: Actor, action: str, member: Member, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    member.workspace = actor.workspace  # whoever has just left cannot read it any more
    audit.record(actor=actor, action=action, target=member, workspace=actor.workspace, before=before, after=after)
    log.info(action, workspace=actor.workspace.pk, by=actor.user.pk, of=member.user_id)


def _tell(user: User, workspace: Workspace | None, *, title: str, body: str) -> None:
    url = reverse("home", args=[workspace.slug]) if workspace else reverse("front")
    notify(kind=Kind.INVITATION, workspace=workspace, users=[user], title=title, body=body, url=url)


def _change(member: Member, role: Role | None) -> str:
    return _asked("select mv_change_member(%s, %s)", [member.user_id, role and role.value])


def _asked(statement: str, arguments: list[int | str | None]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return str(cursor.fetchone()[0])


REFUSALS: dict[str, tuple[type[DomainError], str]] = {
    "no_member": (NotFound, "There is no such member."),
    "forbidden": (Forbidden, "Your role here may not do this."),
    "owners_only": (Forbidden, "Only an owner can make somebody an owner, or change what an owner may do."),
    "own_role": (Conflict, "Nobody changes their own role. Ask another owner or admin."),
    "last_owner": (
        Conflict,
        "You are the only owner here. Make somebody else the owner first, or delete the workspace.",
    ),
}


def _say(actor: Actor, answer: str) -> None:
    if answer != "ok":
        kind, sentence = REFUSALS[answer]
        if kind is not NotFound:
            refusals.remember("access.refused", sentence, user=actor.user, workspace=actor.workspace)
        raise kind(sentence, code="" if answer == "no_member" else answer)
