"""Deleting what is public, as the database keeps it: posts/services/deleting.py asks, posts/deleting.py carries out."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from posts.models import Publication


class Deletion(models.Model):
    """That a publication's public post is to be deleted on its platform, and what came of that. The publication keeps its state
    and history: it was published, and was deleted afterwards."""

    class State(models.TextChoices):
        ASKED = "asked", "Deleting"
        WAITING = "waiting", "Waiting to delete"  # the platform wants us to come back later
        DONE = "done", "Deleted"
        FAILED = "failed", "Not deleted"
        UNKNOWN = "unknown", "Perhaps deleted"  # no clear answer; asking again does no harm

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    publication = models.OneToOneField(Publication, models.CASCADE, related_name="deletion")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    # Remote ids that are gone. A thread goes part by part, the last first, and is taken up where it stopped.
    deleted: Any = models.JSONField(default=list, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # of the next try, or the end of somebody's turn at it
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_sentence = models.CharField(max_length=500, blank=True, default="")
    error_next_step = models.CharField(max_length=300, blank=True, default="")
    error_detail = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="deletion_due"),
        ]

    def __str__(self) -> str:
        return f"deletion of {self.publication_id} ({self.state})"

    @property
    def is_pending(self) -> bool:
        """It goes on by itself."""
        return self.state in {self.State.ASKED, self.State.WAITING}

    @property
    def is_moving(self) -> bool:
        return self.state == self.State.ASKED

    @property
    def has_begun(self) -> bool:
        """Whether something of it is gone, or may be: the publication cannot go on from there."""
        return self.state != self.State.FAILED or bool(self.deleted)
