"""Numbers of what is public, as the database keeps them: posts/metrics.py reads them."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace
from posts.models import Publication

PATIENCE = timedelta(minutes=2)  # so long a page says that a reading which somebody asked for is on its way


class MetricsReading(models.Model):
    """Numbers of a publication at a time, since its beginning. Null: the platform did not say. Of a thread: of its first part."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    publication = models.ForeignKey(Publication, models.CASCADE, related_name="readings", db_index=False)
    read_at = models.DateTimeField(db_default=Now())
    # One column for each name of social.contract.Metric.
    impressions = models.BigIntegerField(null=True)
    reach = models.BigIntegerField(null=True)
    video_views = models.BigIntegerField(null=True)
    reactions = models.BigIntegerField(null=True)
    comments = models.BigIntegerField(null=True)
    shares = models.BigIntegerField(null=True)
    saves = models.BigIntegerField(null=True)
    clicks = models.BigIntegerField(null=True)
    watched_minutes = models.BigIntegerField(null=True)
    followers_gained = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["publication", "-read_at"], name="readings_of_publication")]

    def __str__(self) -> str:
        return f"numbers of {self.publication_id}, {self.read_at:%Y-%m-%d %H:%M}"


class MetricsWatch(models.Model):
    """When the numbers of a publication are read next, and what was read last. Made when it was published."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    publication = models.OneToOneField(Publication, models.CASCADE, related_name="watch")
    published_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)  # of the next reading, or the end of somebody's turn at it
    latest = models.ForeignKey(MetricsReading, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)  # somebody waits for a reading
    gone_at = models.DateTimeField(null=True, blank=True)  # since then the platform says that it is not there
    tries = models.PositiveSmallIntegerField(default=0)  # failed ones in a row

    class Meta:
        verbose_name_plural = "metrics watches"
        indexes = [models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="metrics_due")]

    def __str__(self) -> str:
        return f"watch over the numbers of {self.publication_id}"

    @property
    def is_waited_for(self) -> bool:
        return self.asked_at is not None and self.asked_at > timezone.now() - PATIENCE
