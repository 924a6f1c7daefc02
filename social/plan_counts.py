"""How connections count against the plan."""

from collections.abc import Sequence
from datetime import datetime

from billing.limits import counted
from billing.plans import What
from social.models import Connection


@counted(What.CONNECTIONS)
def connections(workspaces: Sequence[int], _since: datetime, _until: datetime) -> int:
    """Those that are connected; a broken one keeps its place."""
    return int(Connection.objects.filter(workspace_id__in=workspaces, disconnected_at=None).count())
