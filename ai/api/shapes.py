"""What the endpoints take and give."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from ai import catalogue
from ai.credits import TICKS_A_DOLLAR
from ai.errors import sentence_of
from ai.models import BrandVoice, Generation
from ai.orders import LENGTHS, LONGEST_TEXT, LONGEST_WISH, MOST_VERSIONS
from multivio.api import StrictSerializer
from social.models import PlatformSlug

WISHES = ("tone", "audience", "call_to_action", "change")


def _choices(*kinds: str) -> list[str]:
    return [task.slug for task in catalogue.tasks().values() if task.kind in kinds]


def _wish(help_text: str) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_WISH, help_text=help_text)


class OrderIn(StrictSerializer):
    """What every task takes. Which of it matters is said at `GET /ai/tasks`."""

    platforms = serializers.ListField(
        child=serializers.ChoiceField(choices=PlatformSlug.choices),
        required=False,
        max_length=len(PlatformSlug.choices),
        help_text="Where it is for: decides length and manner.",
    )
    connection = serializers.UUIDField(required=False, help_text="An account: its limits and its brand voice.")
    tone = _wish("Such as warm, plain, confident.")
    audience = _wish("Whom it is for.")
    call_to_action = _wish("What people should do.")
    change = _wish("What should be different.")
    language = serializers.CharField(required=False, allow_blank=True, max_length=60, help_text="Such as Danish.")
    length = serializers.ChoiceField(choices=list(LENGTHS), required=False)
    hashtags = serializers.IntegerField(required=False, min_value=0, max_value=15, help_text="How many, at the end.")
    count = serializers.IntegerField(
        required=False, min_value=1, max_value=14, help_text="How many, where there are several."
    )
    link = serializers.URLField(
        required=False, max_length=2000, help_text="A page to read first. Its text is data, nothing more."
    )
    entry = serializers.CharField(
        required=False, max_length=40, help_text="Where the link is a feed: which entry, as `POST /ai/feed` names it."
    )
    model = serializers.CharField(required=False, max_length=80, help_text="One of `GET /ai/models`.")


class _Versions(StrictSerializer):
    versions = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_VERSIONS,
        default=1,
        help_text="Two, to choose between them. Where the second one fails, the first comes alone.",
    )


class GenerateIn(OrderIn, _Versions):
    task = serializers.ChoiceField(choices=_choices(catalogue.GENERATE), required=False, default="generate")
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_TEXT,
        help_text="The topic, or notes to make a post of.",
    )


class TransformIn(OrderIn, _Versions):
    task = serializers.ChoiceField(choices=_choices(catalogue.TRANSFORM))
    text = serializers.CharField(max_length=LONGEST_TEXT, help_text="The post to work on.")


class StreamIn(OrderIn):
    task = serializers.ChoiceField(choices=_choices(catalogue.GENERATE, catalogue.TRANSFORM))
    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)
    choice = serializers.UUIDField(required=False, help_text="The same for versions to choose between.")
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_VERSIONS,
        default=1,
        help_text="Which of them; each but the first takes another angle.",
    )


class EstimateOut(serializers.Serializer[Any]):
    credits = serializers.IntegerField(help_text="What it would cost at most, with the one repair that it may need.")
    left = serializers.IntegerField(help_text="What is left of this month's, and of what was bought.")


class ItemOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    platform = serializers.ChoiceField(choices=PlatformSlug.choices, required=False)
    media = serializers.UUIDField(required=False, help_text="A picture that was drawn: `GET /media/{id}`.")
    day = serializers.IntegerField(required=False, help_text="1 is Monday.")


class ProblemOut(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Such as `items.1.text`.")
    code = serializers.CharField()
    message = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning"])


class GenerationOut(serializers.Serializer[Generation]):
    """One result. It is a suggestion: nothing is published by it."""

    id = serializers.UUIDField(source="uid")
    task = serializers.CharField()
    state = serializers.ChoiceField(choices=Generation.State.choices)
    text = serializers.CharField(help_text="Plain text. Empty once its days are over.")
    items = ItemOut(
        many=True, help_text="Where the result has parts: of a thread, for platforms, for days; or a picture."
    )
    problems = ProblemOut(many=True, help_text="What is still wrong with it after one repair. Nothing is ever cut.")
    repaired = serializers.BooleanField(help_text="The first answer broke a limit and was written again.")
    platform = serializers.CharField(allow_blank=True)
    model = serializers.CharField(help_text="Which answered.")
    prompt_version = serializers.IntegerField()
    credits = serializers.IntegerField()
    cost_usd = serializers.SerializerMethodField()
    cost_is_estimate = serializers.BooleanField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    first_word_ms = serializers.IntegerField(allow_null=True, help_text="Until the first word; null: there was none.")
    duration_ms = serializers.IntegerField(help_text="Until the end, its repair included.")
    taken = serializers.BooleanField(allow_null=True, help_text="Whether a person used it; null: nobody said.")
    taken_at = serializers.DateTimeField(allow_null=True, help_text="When that was said.")
    choice = serializers.UUIDField(allow_null=True, help_text="Versions to choose between share one.")
    error_code = serializers.CharField(allow_blank=True)
    error = serializers.SerializerMethodField(help_text="The same in a sentence, with what to do next.")
    created_at = serializers.DateTimeField()

    def get_cost_usd(self, row: Generation) -> float:
        return round(row.cost_ticks / TICKS_A_DOLLAR, 6)

    def get_error(self, row: Generation) -> str:
        return sentence_of(row.error_code)


class ResultsOut(serializers.Serializer[Any]):
    """One result, or the versions to choose between: fewer than were asked for where one of them failed."""

    results = GenerationOut(many=True)


class TakenIn(StrictSerializer):
    taken = serializers.BooleanField(default=True)


class TaskOut(serializers.Serializer[catalogue.Task]):
    slug = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField()
    kind = serializers.ChoiceField(choices=["transform", "generate", "picture", "drawing"])
    shape = serializers.CharField(help_text="What comes back: text, parts, list, hashtags, variants, ideas, picture.")
    needs = serializers.CharField(allow_blank=True, help_text="What has to be said beside the text.")
    version = serializers.IntegerField(help_text="Of the words for the model.")


class TaskList(serializers.Serializer[Any]):
    results = TaskOut(many=True)


class ModelOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    is_default = serializers.BooleanField()
    is_fallback = serializers.BooleanField()


class ModelList(serializers.Serializer[Any]):
    results = ModelOut(many=True)


class AiHealthOut(serializers.Serializer[Any]):
    """Whether words can be had."""

    enabled = serializers.BooleanField(help_text="A key or an address is set up.")
    reachable = serializers.BooleanField(help_text="It answered within the last minute.")
    on_sandbox = serializers.BooleanField()
    model = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True, help_text="What is wrong, in a sentence.")


class TaskUsage(serializers.Serializer[Any]):
    task = serializers.CharField()
    asked = serializers.IntegerField()
    spent = serializers.IntegerField(help_text="Credits.")
    accepted = serializers.IntegerField()


class AiUsageOut(serializers.Serializer[Any]):
    """The credits of this month."""

    used = serializers.IntegerField()
    allowed = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Of this month's.")
    bought = serializers.IntegerField(help_text="Left of what was bought or given beyond it: used after the month's.")
    renews_at = serializers.DateTimeField()
    credit_usd = serializers.FloatField(help_text="What one credit pays for.")
    tasks = TaskUsage(many=True)


class VoiceOut(serializers.Serializer[BrandVoice]):
    """How AI should sound."""

    about = serializers.CharField()
    rules = serializers.CharField()
    samples = serializers.CharField()
    avoid = serializers.CharField()
    languages = serializers.CharField()
    connection = serializers.UUIDField(source="connection.uid", allow_null=True, default=None)
    updated_at = serializers.DateTimeField()


class VoiceIn(StrictSerializer):
    """What is left out stays as it is."""

    about = serializers.CharField(required=False, allow_blank=True, max_length=1000, help_text="Who speaks, and how.")
    rules = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    samples = serializers.CharField(
        required=False, allow_blank=True, max_length=4000, help_text="Posts that sound right."
    )
    avoid = serializers.CharField(
        required=False, allow_blank=True, max_length=1000, help_text="Words, with commas between."
    )
    languages = serializers.CharField(required=False, allow_blank=True, max_length=120)


class VoiceList(serializers.Serializer[Any]):
    results = VoiceOut(many=True)


def credit_usd() -> float:
    return float(settings.AI_CREDIT_USD)
