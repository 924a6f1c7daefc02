"""Reads of users, workspaces and members."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
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
        described: ApiKeyQuerySet = found.select_related("user").annotate(is_replaced=models.Exists(successor))
        return described.defer("digest").order_by("-created_at", "-id")

    def usable(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None).exclude(expires_at__lte=timezone.now())


class AuditQuerySet(models.QuerySet[Any]):
    def of_workspace(self, workspace_id: int) -> "AuditQuerySet":
        """The trail of one workspace, newest first."""
        return self.filter(workspace_id=workspace_id).order_by("-id")


class SupportVisitQuerySet(models.QuerySet[Any]):
    def open(self) -> "SupportVisitQuerySet":
        """Visits that are going on."""
        return self.filter(ended_at=None, ends_at__gt=Now())


class NotificationQuerySet(models.QuerySet[Any]):
    def shown_to(self, user_id: int, workspace_id: int | None = None) -> "NotificationQuerySet":
        """What a person sees in the product: of one workspace and of their account, or of everything. Newest first."""
        rows = self.filter(user_id=user_id, in_app=True)
        if workspace_id is not None:
            rows = rows.filter(models.Q(workspace_id=workspace_id) | models.Q(workspace_id=None))
        return rows.order_by("-created_at", "-id")

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class DeliveryQuerySet(models.QuerySet[Any]):
    def due(self, channel: str) -> "DeliveryQuerySet":
        """What should have left by now, oldest first."""
        return self.filter(channel=channel, sent_at=None, due_at__lte=Now()).order_by("due_at", "id")
