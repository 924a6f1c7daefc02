"""Deleting an account: everything personal goes at once; what was written in shared workspaces stays there without a name."""

from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.members import only_owner_of
from accounts.models import Member, User, Workspace
from accounts.tasks import delete_closed_workspaces
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Consequences:
    """What deleting an account would mean: workspaces that go with it, and those that need another owner first."""

    goes_too: list[Workspace]
    in_the_way: list[Workspace]


def consequences(user: User) -> Consequences:
    with tenancy.system("what an account leaves behind"):
        owned = only_owner_of(user.pk)
        shared = set(
            Member.objects.filter(workspace__in=owned).exclude(user=user).values_list("workspace_id", flat=True)
        )
    return Consequences(
        goes_too=[each for each in owned if each.pk not in shared],
        in_the_way=[each for each in owned if each.pk in shared],
    )


@transaction.atomic
def delete_account(*, user: User, email: str) -> None:
    """Delete the account, its memberships, keys, sessions and sign-ins, and the workspaces nobody else is in.

    `email` is the account's address, typed again. Raises Invalid, and Conflict while other people's workspaces would lose
    their only owner.
    """
    if email.strip().lower() != user.email.lower():
        raise Invalid.because([Problem("email", "not_the_address", "This is not the address of your account.")])
    found = consequences(user)
    if found.in_the_way:
        names = ", ".join(each.name for each in found.in_the_way)
        raise Conflict(f"You are the only owner of {names}. Hand over or delete first.", code="last_owner")
    with tenancy.system("delete an account"):
        Workspace.objects.filter(pk__in=[each.pk for each in found.goes_too]).update(
            closing_at=timezone.now(), paused_at=timezone.now()
        )
        audit.record(actor=None, action="account.deleted", target=user, workspace=None)
        User.objects.get(pk=user.pk).delete()
        audit.forget(user)  # the entries stay where they were made, without a name
    log.warning("an account was deleted", user=user.pk, workspaces=[each.pk for each in found.goes_too])
    transaction.on_commit(delete_closed_workspaces.delay)
