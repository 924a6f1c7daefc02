"""The audit trail's rows. Nobody but the owner of the schema may change them: appending, sealing, forgetting and purging are
functions of the database (migrations/sql/audit.sql), and no role of the product has any other right to write."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.querysets import AuditQuerySet, SupportVisitQuerySet
from multivio.ids import new_uid


class AuditEntry(models.Model):
    """Who did what, to what, from where.

    It outlives the workspace and the people it names, so its references are not constraints. The two documents carry a
    random salt and are sealed by their digests: what is personal can be forgotten without breaking the chain.
    """

    class Kind(models.TextChoices):
        USER = "user", "Person"
        KEY = "key", "API key"
        TASK = "task", "Multivio"
        SUPPORT = "support", "Support"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=7, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    api_key = models.ForeignKey(
        "accounts.ApiKey", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60, blank=True, default="")
    target_id = models.CharField(max_length=64, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    origin: Any = models.JSONField(null=True)  # who (as called then), address, agent, task
    content: Any = models.JSONField(null=True)  # label of the target, reason, before, after
    seq = models.BigIntegerField(null=True)
    origin_digest = models.CharField(max_length=64, blank=True, default="")
    content_digest = models.CharField(max_length=64, blank=True, default="")
    key_id = models.CharField(max_length=8, blank=True, default="")
    hash = models.CharField(max_length=64, blank=True, default="")

    objects: ClassVar[models.Manager["AuditEntry"]] = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit trail"
        indexes = [
            models.Index(fields=["workspace", "-id"], name="audit_newest"),
            models.Index(fields=["workspace", "target_type", "target_id"], name="audit_of_target"),
            models.Index(fields=["workspace", "id"], condition=models.Q(seq=None), name="audit_unsealed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "seq"],
                condition=models.Q(seq__isnull=False),
                nulls_distinct=False,
                name="audit_one_entry_per_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}".strip()

    @property
    def who(self) -> str:
        """The name as it was then; what is left of it when the person was forgotten."""
        if self.origin is None:
            return "Somebody who left"
        return str(self.origin.get("who") or ("Multivio" if self.kind == self.Kind.TASK else "Somebody"))

    @property
    def label(self) -> str:
        return str((self.content or {}).get("label") or "")

    @property
    def reason(self) -> str:
        return str((self.content or {}).get("reason") or "")


class AuditHead(models.Model):
    """Where a chain ends, and where what is kept of it begins. Chain 0 has what belongs to no workspace."""

    chain = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True, default="")
    kept_seq = models.BigIntegerField(default=0)  # entries up to here went with the retention
    kept_hash = models.CharField(max_length=64, blank=True, default="")
    kept_mac = models.CharField(max_length=64, blank=True, default="")
    key_id = models.CharField(max_length=8, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.chain}: {self.seq}"


class SupportVisit(models.Model):
    """Support looks into a workspace that is not theirs: for a reason, for a while, and to read unless it says otherwise."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="+")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    may_write = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["SupportVisit"]] = SupportVisitQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["staff", "workspace"], condition=models.Q(ended_at=None), name="visits_open"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} in {self.workspace}"
