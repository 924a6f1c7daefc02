"""Reads of users, workspaces and members."""

from typing import Any

from django.db import models
from django.utils import timezone


class WorkspaceQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "WorkspaceQuerySet":
        """The workspaces in which the user is a member, by name."""
        return self.filter(members__user_id=user_id).order_by("name", "id")


class MemberQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "MemberQuerySet":
        return self.filter(user_id=user_id)


class ApiKeyQuerySet(models.QuerySet[Any]):
    def shown_to(self, actor: Any, *, manages: bool) -> "ApiKeyQuerySet":
        """One's own keys to the workspace, and everybody's for who manages it; newest first."""
        found = self.filter(workspace=actor.workspace)
        if not manages:
            found = found.filter(user=actor.user)
        successor = self.model.objects.filter(replaces=models.OuterRef("pk"))
        described = found.select_related("user").annotate(is_replaced=models.Exists(successor))
        return described.defer("digest").order_by("-created_at", "-id")

    def usable(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None).exclude(expires_at__lte=timezone.now())
