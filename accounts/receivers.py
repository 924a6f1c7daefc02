"""What accounts does when somebody signs up: nobody is left without a workspace."""

from typing import Any

from allauth.account.signals import user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.services import create_workspace
from multivio.zones import is_zone


@receiver(user_signed_up)
def give_a_workspace(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    zone = request.POST.get("zone", "")
    name = f"{user.get_short_name()}’s workspace" if user.name else "My workspace"
    create_workspace(owner=user, name=name, zone=zone if is_zone(zone) else "UTC")
