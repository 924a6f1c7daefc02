"""Reads of billing."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

OVER = ("canceled", "incomplete_expired")
MOST_TRIES = 12


class SubscriptionQuerySet(models.QuerySet[Any]):
    def of(self, workspace_id: int) -> "SubscriptionQuerySet":
        return self.filter(workspace_id=workspace_id).order_by("-started_at", "-id")

    def living(self) -> "SubscriptionQuerySet":
        return self.exclude(status__in=OVER)


class CompQuerySet(models.QuerySet[Any]):
    def of(self, workspace_id: int) -> "CompQuerySet":
        return self.filter(workspace_id=workspace_id).order_by("-starts_at", "-id")

    def current(self, now: datetime) -> "CompQuerySet":
        return self.filter(revoked_at=None, starts_at__lte=now, ends_at__gt=now)


class EventQuerySet(models.QuerySet[Any]):
    def waiting(self) -> "EventQuerySet":
        """Not worked on yet, and worth another try."""
        return self.filter(Q(processed_at=None, tries__lt=MOST_TRIES)).order_by("received_at", "id")
