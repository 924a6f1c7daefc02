"""How credits count against the plan."""

from collections.abc import Sequence
from datetime import datetime

from ai.models import Generation
from billing.limits import counted
from billing.plans import What


@counted(What.AI_CREDITS)
def ai_credits(workspaces: Sequence[int], since: datetime, until: datetime) -> int:
    """What was used of the month's, and what generations that still run have set aside."""
    rows = Generation.objects.filter(workspace_id__in=workspaces, created_at__gte=since, created_at__lt=until)
    return int(rows.credits_used())
