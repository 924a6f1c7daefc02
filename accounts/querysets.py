"""Reads of users, workspaces and members."""

from typing import Any

from django.db import models

from accounts.roles import Role


class WorkspaceQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "WorkspaceQuerySet":
        """The workspaces in which the user is a member, by name."""
        return self.filter(members__user_id=user_id).order_by("name", "id")


class MemberQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "MemberQuerySet":
        return self.filter(user_id=user_id)

    def in_workspace(self, workspace_id: int) -> "MemberQuerySet":
        """With their users, who decides first: owners, admins, editors, contributors, viewers; then by name."""
        order = models.Case(*(models.When(role=role, then=place) for place, role in enumerate(Role.values)), default=99)
        rows = self.filter(workspace_id=workspace_id).select_related("user", "user__avatar")
        return rows.defer("user__avatar__picture").order_by(order, "user__name", "id")


class InvitationQuerySet(models.QuerySet[Any]):
    def open_in(self, workspace_id: int) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; also those whose time has passed, which can be sent again."""
        rows = self.filter(workspace_id=workspace_id, accepted_at=None, revoked_at=None)
        return rows.select_related("invited_by").order_by("created_at", "id")
