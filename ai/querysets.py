"""Reads of generations."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Sum


class GenerationQuerySet(models.QuerySet[Any]):
    def in_workspace(self, workspace_id: int) -> "GenerationQuerySet":
        return self.filter(workspace_id=workspace_id)

    def since(self, moment: datetime) -> "GenerationQuerySet":
        return self.filter(created_at__gte=moment)

    def credits_used(self) -> int:
        """What they cost of the month's credits, and what those that still run have set aside. Bought ones are beside it."""
        return int(self.aggregate(total=Sum("credits") - Sum("bought"))["total"] or 0)

    def by_task(self) -> list[dict[str, Any]]:
        """How often, how much, and how much of it was taken."""
        rows = self.values("task").annotate(
            asked=Count("id"), spent=Sum("credits"), accepted=Count("id", filter=models.Q(taken=True))
        )
        return list(rows.order_by("-spent", "task"))
