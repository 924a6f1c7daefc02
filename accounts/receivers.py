"""What accounts does when somebody signs up (nobody is left without a workspace, their own or the one they were invited
to), and when support writes something."""

from typing import Any

from allauth.account.signals import user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, invitations
from accounts.models import User
from accounts.services import create_workspace
from multivio.admin_site import support_wrote
from multivio.errors import DomainError
from multivio.zones import is_zone


@receiver(user_signed_up)
def give_a_workspace(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    if _joined(request, user):
        return
    zone = request.POST.get("zone", "")
    name = f"{user.get_short_name()}’s workspace" if user.name else "My workspace"
    create_workspace(owner=user, name=name, zone=zone if is_zone(zone) else "UTC")


@receiver(support_wrote)
def keep_what_support_wrote(
    sender: Any, staff: User, row: Any, verb: str, before: Any, after: Any, **_kwargs: Any
) -> None:
    """Whatever is added, changed or deleted by a form of the desk. What services do there they record themselves."""
    workspace = getattr(row, "workspace", None)
    audit.record(
        actor=None,
        user=staff,
        action=f"support.{verb}",
        target=row,
        workspace=workspace,
        before=before,
        after=after,
    )


def _joined(request: HttpRequest, user: User) -> bool:
    """Whether they came by an invitation and are in its workspace now."""
    secret = request.session.pop(invitations.SESSION_KEY, "")
    if not secret:
        return False
    try:
        invitations.accept(user=user, secret=secret)
    except DomainError:  # withdrawn meanwhile, another address was typed, or no place is left: its page says it
        return False
    return True
