"""Reads of users, workspaces and members."""

from typing import Any

from django.db import models


class WorkspaceQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "WorkspaceQuerySet":
        """The workspaces in which the user is a member, by name."""
        return self.filter(members__user_id=user_id).order_by("name", "id")


class MemberQuerySet(models.QuerySet[Any]):
    def of(self, user_id: int) -> "MemberQuerySet":
        return self.filter(user_id=user_id)
