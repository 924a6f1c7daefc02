"""Rows of the ground: answers kept for callers who may have to ask twice."""

from typing import Any

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """The answer to a POST that carried an Idempotency-Key, kept for 24 hours so that asking again acts only once.

    A row without a status belongs to a request that is still at work outside a transaction (an upload).
    """

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True, default="")
    headers: Any = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key
