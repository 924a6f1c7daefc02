"""Users, workspaces, members and API keys."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.querysets import ApiKeyQuerySet, InvitationQuerySet, MemberQuerySet, WorkspaceQuerySet
from accounts.roles import Right, Role
from multivio.ids import new_uid
from multivio.zones import is_zone


def validate_zone(name: str) -> None:
    """Refuse what is not an IANA time zone such as `Europe/Copenhagen`."""
    if not is_zone(name):
        raise ValidationError(
            f"“{name}” is not a time zone. Use a name such as Europe/Copenhagen.", code="unknown_zone"
        )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Theme(models.TextChoices):
    AUTO = "auto", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail address; has no user name."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField("may use the support desk", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # The profile: what colleagues see, and how the pages look to oneself.
    short_name = models.CharField("what to call you", max_length=60, blank=True, default="", db_default="")
    work = models.CharField("what you do", max_length=120, blank=True, default="", db_default="")
    bio = models.TextField("about you", max_length=600, blank=True, default="", db_default="")
    zone = models.CharField(
        "time zone", max_length=64, blank=True, default="", db_default="", validators=[validate_zone]
    )
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en", db_default="en")
    picture = models.UUIDField(null=True, blank=True, editable=False)  # the uid of their avatar's row
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO, db_default=Theme.AUTO)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.short_name or (self.name or self.email).split(" ")[0]


class MissedPolicy(models.TextChoices):
    """What happens to a post whose time passed while nothing could be sent. How late is too late: posts/missed.py."""

    PUBLISH = "publish", "Publish late"
    ASK = "ask", "Ask me"
    HOLD = "hold", "Hold quietly"


class ApprovalPolicy(models.TextChoices):
    """Who has to say yes before a post goes out. What that means for a post: posts/services/approving.py."""

    NONE = "none", "No approval"
    OPTIONAL = "optional", "When somebody asks for it"
    REQUIRED = "required", "For every post"


class Weekday(models.IntegerChoices):
    """ISO numbers, of those a week begins with somewhere."""

    MONDAY = 1, "Monday"
    SATURDAY = 6, "Saturday"
    SUNDAY = 7, "Sunday"


class Workspace(models.Model):
    """The tenant: members, connections and posts belong to exactly one."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_zone])
    missed_policy = models.CharField(
        max_length=7, choices=MissedPolicy.choices, default=MissedPolicy.ASK, db_default=MissedPolicy.ASK
    )
    missed_minutes = models.PositiveSmallIntegerField(default=15, db_default=15)
    # The crisis stop: nothing of the workspace leaves until somebody goes on.
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    week_start = models.PositiveSmallIntegerField(
        "a week begins on", choices=Weekday.choices, default=Weekday.MONDAY, db_default=Weekday.MONDAY
    )
    approval = models.CharField(
        max_length=8, choices=ApprovalPolicy.choices, default=ApprovalPolicy.NONE, db_default=ApprovalPolicy.NONE
    )
    # Set: an owner deleted it, and at this moment it is gone for good. Until then an owner may keep it.
    closing_at = models.DateTimeField(null=True, blank=True)
    closing_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Workspace"]] = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(missed_minutes__gte=1, missed_minutes__lte=360), name="missed_minutes_in_range"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)


class Member(models.Model):
    """A user in a workspace, with a role. The app role can read this table but not write it: joining is a definer function."""

    uid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.VIEWER)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Member"]] = MemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} ({self.role})"


class Invitation(models.Model):
    """Somebody is asked to join, by mail. Only a hash of the link's secret is stored; joining is a definer function."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.EDITOR)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # Counts how often it was sent: each sending has a link of its own, and ends the one before.
    round = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Invitation"]] = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.workspace} ({self.role})"

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class Avatar(models.Model):
    """A small square picture of a user, made by us from what they uploaded. In the database: it is a few kilobytes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="avatar")
    picture = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"picture of {self.user}"


class ApiKey(models.Model):
    """A key to one workspace's API, stored as a hash. It may do what its scopes and its maker's role of the moment allow."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys", verbose_name="made by")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, help_text="The first letters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Values of Right. A right that is not among them stays closed, also one that is invented later.
    scopes = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ApiKey"]] = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_labels(self) -> list[str]:
        """In words, in the order in which rights are listed."""
        return [str(right.label) for right in Right if right in self.scopes]

    @property
    def state(self) -> str:
        """active, replaced (works until its successor's overlap is over), expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return "expired"
        return "replaced" if getattr(self, "is_replaced", False) else "active"


class FirebaseIdentity(models.Model):
    """Somebody at Firebase whose sign-in opens an account here. The uid is what counts; the address is only remembered."""

    class Ended(models.TextChoices):
        DISABLED = "disabled", "the account at Firebase was closed"
        DELETED = "deleted", "the account at Firebase was deleted"
        REVOKED = "revoked", "Firebase ended the sign-ins of the account"

    user = models.ForeignKey(User, models.CASCADE, related_name="firebase_identities")
    project_id = models.CharField(max_length=64)
    uid = models.CharField(max_length=128)
    provider = models.CharField(max_length=40)
    email_at_link = models.EmailField()
    linked_at = models.DateTimeField(default=timezone.now, editable=False)
    # When Firebase was last asked about them, and why sessions were ended since somebody was told.
    checked_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=8, choices=Ended.choices, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "firebase identities"
        constraints = [models.UniqueConstraint(fields=["project_id", "uid"], name="one_account_for_a_firebase_uid")]

    def __str__(self) -> str:
        return f"{self.user} by {self.provider}"


# Rows of the trail and of notifications have files of their own.
from accounts import audit_models, notification_models  # noqa: E402, F401 - for Django to find them
