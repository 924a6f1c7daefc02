"""Reads of users, workspaces and members."""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.roles import Role


class WorkspaceQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "WorkspaceQuerySet":
        """The workspaces in which the user is a member, by name."""
        return self.filter(members__user_id=user_id).order_by("name", "id")

    def with_unread(self, user_id: int) -> "WorkspaceQuerySet":
        """How many notifications the user has not read: `unread` of each workspace, `unread_elsewhere` of their account."""
        rows = apps.get_model("accounts", "Notification").objects.shown_to(user_id).unread()
        counted: WorkspaceQuerySet = self.annotate(
            unread=_count(rows.filter(workspace=models.OuterRef("pk"))),
            unread_elsewhere=_count(rows.filter(workspace=None)),
        )
        return counted


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    numbers = rows.order_by().values("user_id").annotate(number=models.Count("pk")).values("number")
    return Coalesce(models.Subquery(numbers), 0)


class MemberQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "MemberQuerySet":
        return self.filter(user_id=user_id)

    def in_workspace(self, workspace_id: int) -> "MemberQuerySet":
        """With their users, who decides first: owners, admins, editors, contributors, viewers; then by name."""
        order = models.Case(*(models.When(role=role, then=place) for place, role in enumerate(Role.values)), default=99)
        return self.filter(workspace_id=workspace_id).select_related("user").order_by(order, "user__name", "id")


class InvitationQuerySet(models.QuerySet[Any]):
    def open_in(self, workspace_id: int) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; also those whose time has passed, which can be sent again."""
        rows = self.filter(workspace_id=workspace_id, accepted_at=None, revoked_at=None)
        return rows.select_related("invited_by").order_by("created_at", "id")


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
    def of_chain(self, chain: int) -> "AuditQuerySet":
        """The entries of one chain: a workspace's, or with 0 those of no workspace."""
        return self.filter(workspace_id=chain) if chain else self.filter(workspace_id__isnull=True)

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
