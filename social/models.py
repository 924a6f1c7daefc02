"""Grants (one OAuth authorization each) and connections (one account that a grant lets us publish to)."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from multivio.crypto import EncryptedTextField
from multivio.ids import new_uid
from social.querysets import ConnectionQuerySet


class PlatformSlug(models.TextChoices):
    X = "x", "X"
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    LINKEDIN = "linkedin", "LinkedIn"
    YOUTUBE = "youtube", "YouTube"
    TIKTOK = "tiktok", "TikTok"
    THREADS = "threads", "Threads"


class Grant(models.Model):
    """One OAuth authorization: encrypted tokens, scopes, expiry. The only place where tokens live and are refreshed."""

    class Protocol(models.TextChoices):
        OAUTH2 = "oauth2", "OAuth 2.0"
        OAUTH1 = "oauth1", "OAuth 1.0a"

    # Made before the insert: the row's key is part of what its ciphertext is bound to.
    id = models.UUIDField(primary_key=True, default=new_uid, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="grants")
    platform = models.CharField(max_length=12, choices=PlatformSlug.choices)
    protocol = models.CharField(max_length=6, choices=Protocol.choices, default=Protocol.OAUTH2)
    remote_user_id = models.CharField(max_length=191)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField(blank=True, default="")
    token_secret = EncryptedTextField(blank=True, default="")
    scopes = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    refresh_failures = models.PositiveSmallIntegerField(default=0)
    # Counts every change of the tokens: whoever refreshed first wins, the other reads again.
    revision = models.PositiveIntegerField(default=1)
    # The last warning that was sent before an end that needs a person: so many days before.
    warned_days = models.PositiveSmallIntegerField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    dead_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "platform", "protocol", "remote_user_id"], name="one_grant_per_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.remote_user_id}"

    @property
    def is_dead(self) -> bool:
        return self.dead_at is not None


class Connection(models.Model):
    """One account, page, organisation or channel that the workspace may publish to."""

    class Health(models.TextChoices):
        OK = "ok", "OK"
        EXPIRING = "expiring", "Expiring"
        BROKEN = "broken", "Broken"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="connections")
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="connections")
    platform = models.CharField(max_length=12, choices=PlatformSlug.choices)
    remote_id = models.CharField(max_length=191)
    kind = models.CharField(max_length=20, default="profile")
    username = models.CharField(max_length=191, blank=True)
    name = models.CharField(max_length=200, blank=True)
    avatar_url = models.URLField(max_length=600, blank=True)
    # What people here call it, where the platform's own name does not tell it apart.
    label = models.CharField(max_length=60, blank=True, default="", db_default="")
    is_primary = models.BooleanField(default=False, db_default=False)  # comes first among those of its platform
    traits: Any = models.JSONField(default=dict, blank=True)
    # Where the account has a token of its own (Facebook's Pages); elsewhere the grant's is used.
    access_token = EncryptedTextField(blank=True, default="", db_default="", bound_by="uid")
    health = models.CharField(max_length=8, choices=Health.choices, default=Health.OK)
    health_reason = models.CharField(max_length=300, blank=True)
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    connected_at = models.DateTimeField(default=timezone.now)
    last_published_at = models.DateTimeField(null=True, blank=True)
    # A disconnected account keeps its row: its posts and their history stay readable, and reconnecting revives it.
    disconnected_at = models.DateTimeField(null=True, blank=True)
    # Somebody stopped this account: what is scheduled waits until they go on.
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    # The plan has no room for it, and why, as a sentence: what is scheduled is held, and nothing new can be.
    resting_at = models.DateTimeField(null=True, blank=True)
    resting_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    objects: ClassVar[models.Manager["Connection"]] = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "platform", "remote_id"], name="one_connection_per_account"),
            models.UniqueConstraint(
                fields=["workspace", "platform"],
                condition=models.Q(is_primary=True),
                name="one_primary_account_per_platform",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {f'@{self.username}' if self.username else self.name}"

    @property
    def handle(self) -> str:
        """How people call it: @norrestudio, or its name where the platform gives no handle; with its label, if it has one."""
        called = f"@{self.username}" if self.username else self.name
        return f"{called} ({self.label})" if self.label else called

    @property
    def rests(self) -> bool:
        return self.resting_at is not None and self.disconnected_at is None

    @property
    def is_usable(self) -> bool:
        return self.disconnected_at is None and self.health != self.Health.BROKEN

    @property
    def takes_posts(self) -> bool:
        return self.is_usable and not self.rests


class Revocation(models.Model):
    """A grant that is ours no more and of which the platform has to be told. Gone when it was.

    It outlives the workspace that it is owed by, so that reference is not a constraint.
    """

    id = models.UUIDField(primary_key=True, default=new_uid, editable=False)
    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    platform = models.CharField(max_length=12, choices=PlatformSlug.choices)
    remote_user_id = models.CharField(max_length=191)
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField(blank=True, default="")
    token_secret = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.remote_user_id}"


class DataDeletion(models.Model):
    """That somebody's data was deleted because they asked for it at the platform. Holds nothing that says whose."""

    code = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=64, unique=True)  # a keyed hash: the same person again is known, not named
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code
