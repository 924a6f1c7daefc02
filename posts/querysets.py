"""Reads of posts, publications and media: chainable, used by pages, API and admin alike."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Prefetch

from posts.states import State

NEEDS_A_PERSON = (State.NEEDS_HUMAN, State.FAILED, State.HELD)


class PostQuerySet(models.QuerySet[Any]):
    def in_workspace(self, workspace_id: int) -> "PostQuerySet":
        return self.filter(workspace_id=workspace_id)

    def with_publications(self) -> "PostQuerySet":
        """Publications with their connections, and media, in a constant number of queries."""
        publications = self.model._meta.get_field("publications").related_model.objects.with_connection()
        attached = self.model._meta.get_field("attached").related_model.objects.select_related("media")
        return self.select_related("author", "asked_by").prefetch_related(
            Prefetch("publications", queryset=publications), Prefetch("attached", queryset=attached)
        )

    def recent(self) -> "PostQuerySet":
        return self.order_by("-created_at", "-id")


class PublicationQuerySet(models.QuerySet[Any]):
    def in_workspace(self, workspace_id: int) -> "PublicationQuerySet":
        return self.filter(workspace_id=workspace_id)

    def with_connection(self) -> "PublicationQuerySet":
        return self.select_related("connection").with_aftermath().order_by("platform", "id")

    def with_aftermath(self) -> "PublicationQuerySet":
        """What happened after publishing: deleted on the platform, the newest numbers. Without further queries."""
        return self.select_related("deletion__asked_by", "watch__latest")

    def needing_a_person(self) -> "PublicationQuerySet":
        """Failed, held, or of unknown outcome after every check: somebody has to decide."""
        return self.filter(state__in=NEEDS_A_PERSON)

    def missed(self) -> "PublicationQuerySet":
        """Held because their time passed while nothing could be sent: a person decides."""
        return self.filter(state=State.HELD, error_code="missed_window")

    def between(self, start: datetime, end: datetime) -> "PublicationQuerySet":
        return self.filter(due_at__gte=start, due_at__lt=end).order_by("due_at", "id")


class MediaQuerySet(models.QuerySet[Any]):
    def in_workspace(self, workspace_id: int) -> "MediaQuerySet":
        return self.filter(workspace_id=workspace_id)
