"""How AI should sound for a workspace, and what it was asked and gave."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from ai.querysets import GenerationQuerySet
from multivio.ids import new_uid
from social.models import Connection


class BrandVoice(models.Model):
    """How AI should sound for this workspace, or for one connection, which then replaces the workspace's."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="voices")
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, blank=True, related_name="voices")
    about = models.TextField(blank=True, max_length=1000)
    rules = models.TextField(blank=True, max_length=2000)
    samples = models.TextField(blank=True, max_length=4000)
    avoid = models.TextField(blank=True, max_length=1000)
    languages = models.CharField(blank=True, max_length=120)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "connection"], name="one_voice_each", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"voice of {self.connection or self.workspace}"

    @property
    def words_to_avoid(self) -> list[str]:
        """One a line, or with commas between."""
        return [word.strip() for word in self.avoid.replace("\n", ",").split(",") if word.strip()]

    @property
    def is_empty(self) -> bool:
        return not any((self.about, self.rules, self.samples, self.avoid, self.languages))


class Generation(models.Model):
    """One AI result with its cost, whatever became of it."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        BROKEN = "broken", "Broken off"
        FAILED = "failed", "Failed"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="generations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    task = models.CharField(max_length=20)
    prompt_version = models.PositiveSmallIntegerField()
    prompt_hash = models.CharField(max_length=64)  # of the whole question, which itself is not kept
    platform = models.CharField(max_length=12, blank=True)
    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, blank=True, related_name="+")
    model = models.CharField(max_length=80, blank=True)
    # By which the service finds its latest call: for its support, nothing else.
    request_id = models.CharField(max_length=80, blank=True, default="", db_default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    error_code = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    items: Any = models.JSONField(default=list, blank=True)  # where the result has parts
    problems: Any = models.JSONField(default=list, blank=True)  # what is still wrong with it, as people read it
    repaired = models.BooleanField(default=False)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_ticks = models.BigIntegerField(default=0)  # 1e-10 dollars
    cost_is_estimate = models.BooleanField(default=True)
    credits = models.PositiveIntegerField()  # while it runs, what was set aside
    bought = models.PositiveIntegerField(default=0, db_default=0)  # of those credits, the ones beyond the month's
    first_word_ms = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    taken = models.BooleanField(null=True)  # whether a person used it; None: nobody said
    taken_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(
        null=True, blank=True
    )  # committed before the question leaves: without, nothing was paid
    # Versions to choose between share one.
    choice = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Generation"]] = GenerationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="generation_newest"),
            models.Index(fields=["choice"], condition=models.Q(choice__isnull=False), name="generation_versions"),
            models.Index(fields=["created_at"], condition=models.Q(state="running"), name="generation_running"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(bought__lte=models.F("credits")), name="bought_is_of_the_credits")
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.uid}"


class Drawing(models.Model):
    """A picture that a worker is to draw. It is gone, and with it what it was to show, once its generation has ended."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    generation = models.OneToOneField(Generation, models.CASCADE, related_name="drawing")
    wish = models.TextField()
    ratio = models.CharField(max_length=5)
    asked_at = models.DateTimeField(null=True, blank=True)  # committed before the call leaves: nothing is asked twice
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"drawing of {self.generation_id}"
