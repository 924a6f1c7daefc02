"""What callers send about posts, and the content and plan it means."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from multivio.api import StrictSerializer
from multivio.errors import Invalid, Problem
from posts.api.fields import Flag, PublishAt, Text, Uids
from posts.content import Content, Own, PartContent
from posts.models import Post
from posts.schedule import WallTime
from posts.services import At, Draft, NextSlot, Now, Plan, queueing
from posts.states import State

LINK_LIMIT = 600


class PartIn(StrictSerializer):
    """One part of a thread."""

    text = Text(default="")
    media = Uids(default=list)


class VariantIn(StrictSerializer):
    """What one connection gets of its own."""

    connection = serializers.UUIDField(help_text="One of `connections`.")
    texts = serializers.ListField(
        child=Text(), required=False, default=list, help_text="Its own words, part by part. Empty: the post's."
    )
    options = serializers.DictField(
        required=False,
        default=dict,
        help_text="What was chosen for the platform, by the keys of its capabilities' options.",
    )


class PostIn(StrictSerializer):
    """A post: its text and media (or the parts of a thread), the connections it is for, and when it goes out."""

    text = Text(required=False, help_text="Short form for a post of one part.")
    media = Uids(required=False, help_text="Short form: ids of uploaded media.")
    parts = serializers.ListField(
        child=PartIn(),
        required=False,
        help_text="Several parts make a thread. Not together with text and media.",
        error_messages={"not_a_list": "This must be a list of parts."},
    )
    connections = Uids(required=False, help_text="Ids of the connections to publish to.")
    variants = serializers.ListField(
        child=VariantIn(),
        required=False,
        help_text="Own words and options of single connections. Left out in a PATCH: as stored.",
        error_messages={"not_a_list": "This must be a list of variants."},
    )
    publish_at = PublishAt(required=False, allow_null=True, help_text="When. Null or left out: not planned.")
    publish_now = Flag(required=False, help_text="true: as soon as possible.")
    next_free_slot = Flag(
        required=False,
        help_text="true: each connection in the next free slot of its posting schedule. One that is in a slot keeps it.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "parts" in attrs and ("text" in attrs or "media" in attrs):
            raise _exclusive("parts", "Send either parts, or text and media, not both.")
        said = [variant["connection"] for variant in attrs.get("variants", ())]
        if len(set(said)) < len(said):
            raise serializers.ValidationError(
                {"variants": serializers.ErrorDetail("A connection is named twice.", code="twice")}
            )
        require_one_plan(attrs)
        return attrs


class DecideIn(StrictSerializer):
    """What a person found on the platform."""

    there = Flag(help_text="true: it is public, mark it published. false: it is not there, publish it again.")
    link = Text(required=False, max_length=LINK_LIMIT, help_text="Address of the post, when it is there.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("link") and not attrs["there"]:
            raise _exclusive("link", "A post that is not there has no link.")
        return attrs


def require_one_plan(attrs: Mapping[str, Any]) -> None:
    """Exactly one of now, a time and the next free slot, or none. Raises ValidationError."""
    said = {name for name in ("publish_now", "next_free_slot") if attrs.get(name)}
    if attrs.get("publish_at") is not None:
        said.add("publish_at")
    if len(said) > 1:
        name = "publish_at" if "publish_at" in said else "next_free_slot"
        raise _exclusive(name, "Send one of publish_now, publish_at and next_free_slot.")


class NothingIn(StrictSerializer):
    """This takes no fields."""


def read(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The body of a request in this shape. Raises ValidationError."""
    sent = shape(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def _exclusive(field: str, message: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: serializers.ErrorDetail(message, code="exclusive")})


def content_from(data: Mapping[str, Any], stored: Content | None = None) -> Content:
    """The content that was sent. `stored` gives what was left out of a PATCH."""
    before = stored or Content()
    if "parts" in data:
        parts = tuple(PartContent(part["text"], tuple(part["media"])) for part in data["parts"])
    elif "text" in data or "media" in data:
        first = before.parts[0]
        part = PartContent(data.get("text", first.text), tuple(data.get("media", first.media)))
        parts = (part, *before.parts[1:])
    else:
        parts = before.parts
    connections = tuple(data.get("connections", before.connections))
    if "variants" in data:
        said = {v["connection"]: Own(tuple(v["texts"]), dict(v["options"])) for v in data["variants"]}
    else:
        said = {uid: own for uid, own in before.own.items() if uid in connections}
    return Content(parts, connections, said)


def plan_from(data: Mapping[str, Any], stored: Plan | None = None) -> Plan:
    """The plan that was sent: now, at a time, the next free slot, or a draft. `stored` is kept when a PATCH says nothing."""
    if data.get("publish_now"):
        return Now()
    if data.get("next_free_slot"):
        return NextSlot()
    if data.get("publish_at") is not None:
        return At(data["publish_at"])
    if stored is not None and not data.keys() & {"publish_at", "publish_now", "next_free_slot"}:
        return stored
    return Draft()


def stored_content(post: Post) -> Content:
    """A stored post as content, as if it had been sent. Needs the prefetched rows of `with_publications()`."""
    media: dict[int, list[Any]] = {}
    for item in post.attached.all():
        media.setdefault(item.part, []).append(item.media.uid)
    parts = tuple(PartContent(text, tuple(media.get(number, ()))) for number, text in enumerate(post.texts))
    publications = list(post.publications.all())
    own = {row.connection.uid: Own(tuple(row.own_texts), row.options) for row in publications}
    return Content(parts, tuple(own), own)


def stored_plan(post: Post) -> Plan:
    """The plan a post is under. One that was cancelled has none any more: changing its text must not send it."""
    waiting = any(publication.state in {State.SCHEDULED, State.HELD} for publication in post.publications.all())
    if not waiting or post.due_at is None:
        return Draft()
    if queueing.is_in_slots(post):
        return NextSlot()
    wall = wall_time(post)
    return At(wall) if wall is not None and wall.instant() == post.due_at else Now()


def wall_time(post: Post) -> WallTime | None:
    if post.planned_on is None or post.planned_time is None:
        return None
    return WallTime(post.planned_on, post.planned_time, post.zone, post.fold)


@contextmanager
def in_words_of(sent: Any, *, parts: int = 1) -> Iterator[None]:
    """Problems of the services, with the field names of what was sent. `parts`: how many the stored post has."""
    try:
        yield
    except Invalid as error:
        raise Invalid(
            error.message, code=error.code, problems=in_callers_words(error.problems, sent, parts=parts)
        ) from None


def in_callers_words(problems: list[Problem], sent: Any, *, parts: int = 1) -> list[Problem]:
    short = "parts" not in sent and parts == 1
    as_text = isinstance(sent.get("publish_at"), str)
    return [replace(problem, field=_field(problem.field, short=short, as_text=as_text)) for problem in problems]


def _field(field: str, *, short: bool, as_text: bool) -> str:
    if field.startswith("plan."):
        return "publish_at" if as_text else field.replace("plan.", "publish_at.", 1)
    return field.removeprefix("parts.0.") if short else field
