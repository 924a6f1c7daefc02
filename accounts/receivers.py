"""What accounts does when somebody signs up: nobody is left without a workspace, their own or the one they were invited to."""

from typing import Any

from allauth.account.signals import user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import invitations
from accounts.models import User
from accounts.services import create_workspace
from multivio.errors import Conflict
from multivio.zones import is_zone


@receiver(user_signed_up)
def give_a_workspace(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    if _joined(request, user):
        return
    zone = request.POST.get("zone", "")
    name = f"{user.get_short_name()}’s workspace" if user.name else "My workspace"
    create_workspace(owner=user, name=name, zone=zone if is_zone(zone) else "UTC")


def _joined(request: HttpRequest, user: User) -> bool:
    """Whether they came by an invitation and are in its workspace now."""
    secret = request.session.pop(invitations.SESSION_KEY, "")
    if not secret:
        return False
    try:
        invitations.accept(user=user, secret=secret)
    except Conflict:  # withdrawn meanwhile, or another address was typed: its page says so when they go back to it
        return False
    return True
