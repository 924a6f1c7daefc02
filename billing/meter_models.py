"""Posts to X that are paid one by one."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace


class PayPerPost(models.Model):
    """A time in which a workspace pays for each post to X beyond its plan, up to a cap for each month."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="pays_per_post")
    cap = models.PositiveIntegerField(help_text="posts beyond the plan in a month")
    item_id = models.CharField(max_length=64, help_text="of the subscription, at Stripe")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace"], condition=models.Q(until=None), name="one_open_pay_per_post")
        ]

    def __str__(self) -> str:
        return f"{self.workspace} pays for up to {self.cap} posts to X"


class MeteredPostQuerySet(models.QuerySet[Any]):
    def of(self, workspace_id: int) -> "MeteredPostQuerySet":
        return self.filter(workspace_id=workspace_id)

    def within(self, start: datetime, end: datetime) -> "MeteredPostQuerySet":
        """Of a month of the plan; also what was counted when its months began on another day."""
        return self.filter(period_start__gte=start, period_start__lt=end)

    def charged(self) -> "MeteredPostQuerySet":
        """What is or was to be paid, however the telling of Stripe went."""
        return self.exclude(state=MeteredPost.State.INCLUDED)

    def to_send(self) -> "MeteredPostQuerySet":
        return self.filter(state=MeteredPost.State.WAITING).order_by("posted_at", "id")


class MeteredPost(models.Model):
    """A part of a publication on X, counted once. Ours is the truth; what Stripe was told is the copy."""

    class State(models.TextChoices):
        INCLUDED = "included", "In the plan"
        WAITING = "waiting", "To be sent"
        SENT = "sent", "Sent"
        UNSURE = "unsure", "Perhaps sent"
        REFUSED = "refused", "Refused by Stripe"
        TOO_OLD = "too_old", "Too old to be sent"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="metered_posts", help_text="who pays")
    publication = models.UUIDField()
    part = models.PositiveSmallIntegerField()
    identifier = models.UUIDField(unique=True, help_text="by which Stripe knows it again: the same for the same part")
    posted_at = models.DateTimeField()
    period_start = models.DateTimeField(help_text="of the month of the plan in which it counts")
    state = models.CharField(max_length=8, choices=State.choices)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="when Stripe was told first")
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[models.Manager["MeteredPost"]] = MeteredPostQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "part"], name="each_part_is_metered_once")]
        indexes = [
            models.Index(fields=["workspace", "period_start"], name="metered_posts_month"),
            models.Index(
                fields=["posted_at"], condition=models.Q(state__in=["waiting", "unsure"]), name="metered_posts_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.part} of {self.publication}"


def identifier_of(publication: uuid.UUID, part: int) -> uuid.UUID:
    return uuid.uuid5(publication, str(part))
