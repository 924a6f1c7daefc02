"""Connections without a handshake, for tests of what comes after one."""

from datetime import datetime
from typing import Any

from accounts.models import Workspace
from multivio import tenancy
from social import arranging
from social.models import Connection, Grant


def make_connection(
    workspace: Workspace,
    username: str,
    *,
    platform: str = "x",
    ends_at: datetime | None = None,
    refresh_token: str = "",
    **fields: Any,
) -> Connection:
    """With a grant of its own, whose tokens nobody ever issued."""
    with tenancy.system("test set-up"):
        grant = Grant.objects.create(
            workspace=workspace,
            platform=platform,
            remote_user_id=username,
            access_token=f"{username}-token",
            refresh_token=refresh_token,
            expires_at=ends_at,
        )
        made = Connection(
            workspace=workspace,
            grant=grant,
            platform=platform,
            remote_id=username,
            username=username,
            name=username.title(),
            **fields,
        )
        made.is_primary = not arranging.has_primary(made)
        made.save()
    return made
