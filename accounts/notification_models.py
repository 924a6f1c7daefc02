"""What people are told, by which channel, and on which devices."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.querysets import DeliveryQuerySet, NotificationQuerySet
from multivio.ids import new_uid


class Kind(models.TextChoices):
    """What there is to tell. Defaults of the channels: accounts/preferences.py."""

    FAILED = "failed", "A post failed"
    NEEDS_YOU = "needs_you", "A post needs you"
    TOKEN = "token", "Access to an account ends or ended"
    APPROVAL = "approval", "Approval and notes on posts"
    INVITATION = "invitation", "Invitations and members"
    BILLING = "billing", "Plan and payment"
    WEEKLY = "weekly", "Summary of the week"
    SECURITY = "security", "Security and support"


class Channel(models.TextChoices):
    """Ways out of the product. What is told in the product itself is the notification's own row."""

    EMAIL = "email", "E-mail"
    DIGEST = "digest", "Daily digest"
    PUSH = "push", "Push"


class Notification(models.Model):
    """One thing that one person is told. Seen by nobody else, and gone from view when they leave the workspace."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    url = models.CharField(max_length=600, blank=True, default="")
    key = models.CharField(max_length=120, blank=True, default="")
    in_app = models.BooleanField(default=True)  # false: wanted by another channel only
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Notification"]] = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notifications_newest"),
            models.Index(
                fields=["user", "workspace"],
                condition=models.Q(read_at=None, in_app=True),
                name="notifications_unread",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~models.Q(key=""), name="told_once_per_key")
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """A notification on its way out. Sent by a tick, gathered to one mail a person and workspace."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=6, choices=Channel.choices)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[models.Manager["Delivery"]] = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["channel", "due_at"], condition=models.Q(sent_at=None), name="deliveries_waiting")
        ]
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="one_delivery_per_channel")]

    def __str__(self) -> str:
        return f"{self.notification_id} by {self.channel}"


class Mail(models.TextChoices):
    """How soon a person wants mail about something."""

    NOW = "now", "At once"
    DIGEST = "digest", "In the daily digest"
    OFF = "off", "Never"


class Preference(models.Model):
    """How one person wants to hear of one kind of thing, in every workspace. No row: the defaults."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    in_app = models.BooleanField(default=True)
    mail = models.CharField(max_length=6, choices=Mail.choices, default=Mail.NOW)
    push = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_preference_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"


class Device(models.Model):
    """A phone or browser that takes push messages, by the token that Firebase gave it."""

    class System(models.TextChoices):
        ANDROID = "android", "Android"
        IOS = "ios", "iOS"
        WEB = "web", "Browser"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token = models.CharField(max_length=512, unique=True)
    system = models.CharField(max_length=7, choices=System.choices)
    name = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name or self.get_system_display()
