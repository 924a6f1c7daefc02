"""How billing counts what lies below it: members (whoever is invited takes a place too) and workspaces."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from accounts.models import Invitation, Member
from billing.limits import counted
from billing.plans import What


@counted(What.MEMBERS)
def members(workspaces: Sequence[int], _since: datetime, _until: datetime) -> int:
    """A person in several workspaces of one bill is one person."""
    people = Member.objects.filter(workspace_id__in=workspaces).values("user_id").distinct().count()
    asked = Invitation.objects.filter(
        workspace_id__in=workspaces, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    return int(people + asked.values("email").distinct().count())


@counted(What.WORKSPACES)
def workspaces(workspaces: Sequence[int], _since: datetime, _until: datetime) -> int:
    return len(workspaces)
