"""Reads of connections."""

from typing import Any

from django.db import models


class ConnectionQuerySet(models.QuerySet[Any]):
    def live(self) -> "ConnectionQuerySet":
        """Connections of now, not those that somebody disconnected; the primary one of each platform first."""
        return self.filter(disconnected_at__isnull=True).order_by("platform", "-is_primary", "name", "id")

    def in_workspace(self, workspace_id: int) -> "ConnectionQuerySet":
        return self.filter(workspace_id=workspace_id)

    def of_platform(self, slug: str) -> "ConnectionQuerySet":
        return self.filter(platform=slug)
