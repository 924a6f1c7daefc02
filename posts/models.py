"""Posts, their media, and the publications that carry them to connections.

`Publication` rows are the only truth about publishing. Their states change in posts/engine and posts/services alone; a
trigger refuses every transition that posts/states.py does not list, whoever asks.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import JSONField, Value
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace, validate_zone
from multivio.ids import new_uid
from posts.querysets import MediaQuerySet, PostQuerySet, PublicationQuerySet
from posts.states import MOVING, Approval, OnApproval, PostState, State
from social.models import Connection, PlatformSlug

LATE = timedelta(minutes=2)
LONG = timedelta(minutes=15)


class Media(models.Model):
    """An image, GIF, video or document in the workspace's library, with alt text. What it is was read from its bytes."""

    class Kind(models.TextChoices):
        IMAGE = "image", "Image"
        GIF = "gif", "GIF"
        VIDEO = "video", "Video"
        DOCUMENT = "document", "Document"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="media")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    mime = models.CharField(max_length=40)
    filename = models.CharField(max_length=200, blank=True)
    storage_name = models.CharField(max_length=200, unique=True)
    preview_name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(help_text="bytes")
    width = models.PositiveIntegerField(help_text="pixels")
    height = models.PositiveIntegerField(help_text="pixels")
    duration_ms = models.PositiveIntegerField(default=0)
    frames = models.PositiveIntegerField(default=1)  # of a document: its pages
    sha256 = models.CharField(max_length=64)
    alt_text = models.CharField(max_length=1000, blank=True)
    made_by_ai = models.BooleanField(default=False, db_default=False)  # platforms that mark such pictures are told
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Media"]] = MediaQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "media"
        indexes = [models.Index(fields=["workspace", "-created_at"], name="media_recent")]

    def __str__(self) -> str:
        return self.filename or str(self.uid)


class Post(models.Model):
    """What the author writes once: text (or the parts of a thread), media, and when it should go out."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="posts", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(blank=True)
    thread = models.JSONField(default=list, blank=True, help_text="Texts of the further parts of a thread.")
    # When, as the author said it: wall time in a zone. `due_at` is derived from these and kept beside them.
    planned_on = models.DateField(null=True, blank=True)
    planned_time = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, blank=True, validators=[validate_zone])
    fold = models.PositiveSmallIntegerField(default=0, help_text="1: the second of two equal wall times.")
    due_at = models.DateTimeField(null=True, blank=True)
    # A time that was proposed with a draft, for whoever schedules it. It is never due: no plan, no publication knows of it.
    proposed_for = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=PostState.choices, default=PostState.DRAFT, editable=False)
    # Without indexes: each change of the state writes an entry into every one, and only deleting an account looks here.
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    # `approved_content` is a digest of what was approved (mv_post_content in posts/migrations/sql/approval.sql).
    approval = models.CharField(
        max_length=8, choices=Approval.choices, default=Approval.NONE, db_default=Approval.NONE, editable=False
    )
    approved_content = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    on_approval = models.CharField(
        max_length=4, choices=OnApproval.choices, blank=True, default="", db_default="", editable=False
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Post"]] = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(proposed_for__isnull=True) | models.Q(due_at__isnull=True),
                name="a_proposal_is_no_plan",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="post_recent"),
            models.Index(fields=["workspace", "state", "-created_at"], name="post_by_state"),
            models.Index(fields=["workspace", "due_at"], name="post_by_time"),
            models.Index(fields=["workspace", "asked_at"], condition=models.Q(approval="pending"), name="post_asked"),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def headline(self) -> str:
        """The first line of the text, for lists."""
        line = self.text.strip().split("\n", 1)[0]
        return line if len(line) <= 90 else line[:89].rstrip() + "…"

    @property
    def texts(self) -> list[str]:
        return [self.text, *self.thread]


class Note(models.Model):
    """Said about a post inside the workspace, or a step of its approval. Never part of what is published."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        ASKED = "asked", "Asked for approval"
        APPROVED = "approved", "Approved"
        CHANGES = "changes", "Asked for changes"
        WITHDRAWN = "withdrawn", "Took the request back"
        EDITED = "edited", "Changed it after it was approved"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(help_text="Of the post, when it was said.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}".rstrip(": ")


class NoteMention(models.Model):
    """Somebody whom a note names."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="one_mention_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.note_id}"


class PostMedia(models.Model):
    """A media item in one part of a post, in order."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, related_name="attached")
    media = models.ForeignKey(Media, models.PROTECT, related_name="uses")
    part = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["part", "position"]
        constraints = [models.UniqueConstraint(fields=["post", "part", "position"], name="one_media_per_place")]

    def __str__(self) -> str:
        return f"{self.media} in part {self.part + 1}"


class Lane(models.Model):
    """One narrow row per connection: the queue's head as a hint, and the gates. Claiming locks lanes, never the posts.

    `wake_at` is never later than the truth; None means nothing to do. See posts/migrations/sql/claim.sql.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="lane")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    platform = models.CharField(max_length=12, choices=PlatformSlug.choices)
    wake_at = models.DateTimeField(null=True)
    priority = models.SmallIntegerField(default=1)
    blocked_until = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["priority", "wake_at"], name="lane_wake")]

    def __str__(self) -> str:
        return f"lane of {self.connection_id}"


class PlatformGate(models.Model):
    """Closed while our application is blocked at a platform (credits, quota), for every connection of it."""

    platform = models.CharField(primary_key=True, max_length=12, choices=PlatformSlug.choices)
    closed_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    alerted_at = models.DateTimeField(null=True, blank=True)  # when the operator was told last

    def __str__(self) -> str:
        return str(self.platform)


class Publication(models.Model):
    """A post on one connection: when, state, result, permalink."""

    NOW, NORMAL = 0, 1

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="publications", db_index=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="publications", db_index=False)
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="publications", db_index=False)
    platform = models.CharField(max_length=12, choices=PlatformSlug.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT, editable=False)
    priority = models.SmallIntegerField(default=NORMAL, choices=[(NOW, "now"), (NORMAL, "normal")])
    due_at = models.DateTimeField(null=True, blank=True)
    # In a slot of its own: its wall time, in the post's zone. None where it goes out when the post does.
    planned_on = models.DateField(null=True, blank=True)
    planned_time = models.TimeField(null=True, blank=True)

    # Lease of the worker that holds it. The fence grows with every claim; a write with an old fence changes nothing.
    fence = models.BigIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)

    # What was sent, and how far it came: `committed` of `commits` committing steps are proven public.
    # Of its own: words instead of the post's (none: the post's), and what was chosen for the platform.
    own_texts: Any = models.JSONField(default=list, blank=True, db_default=Value([], JSONField()))
    options: Any = models.JSONField(default=dict, blank=True, db_default=Value({}, JSONField()))
    content_version = models.PositiveIntegerField(null=True, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True, default="")
    commits = models.PositiveSmallIntegerField(default=1)
    committed = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)

    # Looking after an unknown outcome
    next_check_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveSmallIntegerField(default=0)

    # Result
    remote_id = models.CharField(max_length=191, null=True, blank=True)
    remote_url = models.CharField(max_length=600, blank=True, default="")
    outcome_proof: Any = models.JSONField(null=True, blank=True)
    duplicate_remote_id = models.CharField(max_length=191, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_sentence = models.CharField(max_length=500, blank=True, default="")
    error_next_step = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Publication"]] = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "connection"], name="one_publication_per_connection"),
            models.UniqueConstraint(fields=["connection", "remote_id"], name="one_publication_per_remote_post"),
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(state__in=["leased", "sending"]),
                name="one_in_flight_per_connection",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["leased", "sending"], lease_until__isnull=False)
                | (~models.Q(state__in=["leased", "sending"]) & models.Q(lease_until__isnull=True)),
                name="lease_exactly_in_flight",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(outcome_proof__isnull=False),
                name="published_has_proof",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "cancelled"]) | models.Q(due_at__isnull=False),
                name="planned_has_time",
            ),
        ]
        indexes = [
            # The head of a lane: one probe finds a connection's next publication and its successor.
            models.Index(
                fields=["connection", "due_at", "id"],
                include=["priority"],
                condition=models.Q(state="scheduled"),
                name="publication_head",
            ),
            # Its predicate differs from one_in_flight_per_connection's on purpose: with equal ones the planner, to which
            # both look empty, may probe the wrong one and filter every row in flight.
            models.Index(
                fields=["workspace", "lease_until"],
                condition=models.Q(lease_until__isnull=False),
                name="in_flight_per_workspace",
            ),
            models.Index(fields=["next_check_at"], condition=models.Q(state="unknown"), name="publication_to_check"),
            models.Index(fields=["workspace", "state", "due_at"], name="publication_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} on {self.connection_id} ({self.state})"

    @property
    def is_moving(self) -> bool:
        return self.state in MOVING

    @property
    def is_late(self) -> bool:
        """Due for more than two minutes and not sent: said on the page, whatever holds it back."""
        return self.state == State.SCHEDULED and self.due_at is not None and self.due_at < timezone.now() - LATE

    @property
    def takes_long(self) -> bool:
        """Being sent, or looked up, for longer than any of it should take."""
        return self.is_moving and self.claimed_at is not None and self.claimed_at < timezone.now() - LONG


class Attempt(models.Model):
    """One try of a step towards a platform. The row is committed before a committing call leaves, never after."""

    class Status(models.TextChoices):
        INTENT = "intent", "Sent, no answer yet"
        OK = "ok", "Accepted"
        REFUSED = "refused", "Refused"
        AMBIGUOUS = "ambiguous", "Outcome unknown"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    publication = models.ForeignKey(Publication, models.CASCADE, related_name="attempts", db_index=False)
    fence = models.BigIntegerField()
    step = models.CharField(max_length=20)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.INTENT)
    # A person or strong proof said that it can have no effect any more: only then may the step be sent again.
    disproved = models.BooleanField(default=False)
    disproved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    request_sha256 = models.CharField(max_length=64, blank=True, default="")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=60, blank=True, default="")
    sentence = models.CharField(max_length=500, blank=True, default="")
    detail = models.TextField(blank=True, default="")
    remote_id = models.CharField(max_length=191, blank=True, default="")
    remote_url = models.CharField(max_length=600, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "step", "fence"], name="one_attempt_per_fence"),
            # The guard: a committing step is open or done at most once, unless the earlier try was refused or disproved.
            models.UniqueConstraint(
                fields=["publication", "step"],
                condition=models.Q(status__in=["intent", "ambiguous", "ok"], disproved=False),
                name="never_send_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.publication_id}: {self.status}"

    @property
    def seconds(self) -> float | None:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class StepResult(models.Model):
    """What a repeatable step left behind (media ids, containers), so that a retry starts where the last one ended."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    publication = models.ForeignKey(Publication, models.CASCADE, related_name="step_results")
    name = models.CharField(max_length=120)
    value: Any = models.JSONField()
    expires_at: "models.DateTimeField[Any, datetime]" = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "name"], name="one_result_per_step")]

    def __str__(self) -> str:
        return f"{self.name} of {self.publication_id}"


from posts import deletion_models, metrics_models, outbox_models, slot_models  # noqa: E402, F401 - for Django to find them
from posts.words import models as words  # noqa: E402, F401 - as above
