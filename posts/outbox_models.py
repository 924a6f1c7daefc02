"""What happened to publications and somebody has to hear of."""

from django.db import models

from accounts.models import Workspace
from posts.models import Publication


class Outbox(models.Model):
    """A change of a publication that somebody has to be told of. Written by a trigger, since the engine bypasses signals."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    publication = models.ForeignKey(Publication, models.CASCADE, related_name="+")
    state = models.CharField(max_length=12)
    code = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)  # being told, or to be tried again then
    told_at = models.DateTimeField(null=True, blank=True)
    noted_at = models.DateTimeField(null=True, blank=True)  # in the audit trail and in the product

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [
            models.Index(fields=["workspace", "at"], condition=models.Q(told_at=None), name="outbox_untold"),
            models.Index(fields=["workspace", "id"], condition=models.Q(noted_at=None), name="outbox_unnoted"),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id} {self.state}"
