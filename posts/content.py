"""What somebody wants to publish, as a value, and the variant that each platform gets of it."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from multivio.errors import Invalid, Problem
from posts.labels import marked
from posts.models import Media, Post
from social import platforms
from social.contract import MediaKind, Part, Variant, VariantMedia
from social.models import Connection

MAX_PARTS = 25
MAX_TEXT = 25_000
MAX_OPTIONS = 20_000


@dataclass(frozen=True)
class PartContent:
    text: str = ""
    media: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True)
class Own:
    """What one connection gets of its own: words instead of the post's (empty: the post's), and what was chosen for it."""

    texts: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """The parts of a post (several make a thread), the connections it is for, and what single ones get of their own, as
    somebody sent them."""

    parts: tuple[PartContent, ...] = (PartContent(),)
    connections: tuple[uuid.UUID, ...] = ()
    own: Mapping[uuid.UUID, Own] = field(default_factory=dict)

    @property
    def media(self) -> set[uuid.UUID]:
        return {uid for part in self.parts for uid in part.media}


@dataclass(frozen=True)
class Resolved:
    """Content whose media and connections were found in the workspace."""

    parts: tuple[tuple[str, tuple[Media, ...]], ...]
    connections: tuple[Connection, ...] = field(default=())
    own: Mapping[int, Own] = field(default_factory=dict)  # by the connection's key

    def own_of(self, connection: Connection) -> Own:
        return self.own.get(connection.pk, Own())

    def variant(self, connection: Connection) -> Variant:
        """What this connection gets."""
        own = self.own_of(connection)
        media = {number: [as_variant_media(item) for item in found] for number, (_, found) in enumerate(self.parts)}
        return variant_of([text for text, _ in self.parts], media, own.texts, own.options)

    @property
    def is_empty(self) -> bool:
        return not any(text.strip() or media for text, media in self.parts)


def variant_of(
    texts: Sequence[str],
    media: Mapping[int, Sequence[VariantMedia]],
    own_texts: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> Variant:
    """The variant of a connection. Own words in fewer parts than the post has carry all of its media: those of the parts
    that are left out go to the last one."""
    said = own_texts or texts
    gathered: list[list[VariantMedia]] = [[] for _ in said]
    for number in sorted(media):
        gathered[min(number, len(said) - 1)] += media[number]
    parts = tuple(Part(text=text, media=tuple(dict.fromkeys(own))) for text, own in zip(said, gathered, strict=True))
    return Variant(parts=parts, options=dict(options or {}))


def as_variant_media(media: Media) -> VariantMedia:
    return VariantMedia(
        uid=str(media.uid),
        kind=MediaKind(media.kind),
        mime=media.mime,
        size=media.size,
        width=media.width,
        height=media.height,
        sha256=media.sha256,
        alt_text=media.alt_text,
        duration_ms=media.duration_ms,
        frames=media.frames,
        storage_name=media.storage_name,
    )


def resolve(content: Content, *, workspace_id: int) -> Resolved:
    """Look up media and connections. Raises Invalid that names each id which is not in the workspace."""
    media = {item.uid: item for item in Media.objects.in_workspace(workspace_id).filter(uid__in=content.media)}
    known = Connection.objects.in_workspace(workspace_id).filter(uid__in=content.connections).select_related("grant")
    connections = {item.uid: item for item in known}
    found = [
        Problem(f"parts.{number}.media.{place}", "unknown_media", "There is no such media in this workspace.")
        for number, part in enumerate(content.parts)
        for place, uid in enumerate(part.media)
        if uid not in media
    ]
    found += [
        Problem(f"connections.{place}", "unknown_connection", "There is no such connection in this workspace.")
        for place, uid in enumerate(content.connections)
        if uid not in connections
    ]
    found += _shape_problems(content)
    found += _own_problems(content)
    if found:
        raise Invalid.because(found)
    chosen = tuple(connections[uid] for uid in dict.fromkeys(content.connections))
    own = {connections[uid].pk: own for uid, own in content.own.items() if uid in connections}
    return Resolved(
        parts=tuple((part.text, tuple(media[uid] for uid in part.media)) for part in content.parts),
        connections=chosen,
        own=marked(own, chosen, media.values()),
    )


def _own_problems(content: Content) -> list[Problem]:
    """What cannot be stored of a connection's own words and options, whatever the platform would say to it."""
    found = []
    for uid, own in content.own.items():
        place = f"variants.{uid}"
        if uid not in content.connections:
            found.append(Problem(place, "not_chosen", "This account is not among those that the post is for."))
        if len(own.texts) > MAX_PARTS or any(len(text) > MAX_TEXT or "\x00" in text for text in own.texts):
            found.append(
                Problem(f"{place}.texts", "too_long", f"At most {MAX_PARTS} parts of {MAX_TEXT:,} ordinary characters.")
            )
        if len(json.dumps(dict(own.options))) > MAX_OPTIONS:
            found.append(Problem(f"{place}.options", "too_long", "This is more than any platform takes."))
    return found


def _shape_problems(content: Content) -> list[Problem]:
    found = []
    if not content.parts:
        found.append(Problem("parts", "empty", "Write something or add a picture."))
    if len(content.parts) > MAX_PARTS:
        found.append(
            Problem(
                "parts", "too_many_parts", f"A thread has at most {MAX_PARTS} parts; this has {len(content.parts)}."
            )
        )
    for number, part in enumerate(content.parts):
        if len(part.text) > MAX_TEXT:
            found.append(
                Problem(
                    f"parts.{number}.text",
                    "too_long",
                    f"No platform takes more than {MAX_TEXT:,} characters in one part.",
                )
            )
        if "\x00" in part.text:
            found.append(
                Problem(f"parts.{number}.text", "bad_character", "The text contains a character that cannot be stored.")
            )
        if len(set(part.media)) < len(part.media):
            found.append(Problem(f"parts.{number}.media", "twice", "The same picture or video is attached twice."))
    return found


def of_post(post: Post) -> Resolved:
    """A stored post as resolved content. Prefetch `attached__media` and `publications` for a constant number of queries."""
    attached: dict[int, list[Media]] = {}
    for item in sorted(post.attached.all(), key=lambda item: (item.part, item.position)):
        attached.setdefault(item.part, []).append(item.media)
    return Resolved(
        parts=tuple((text, tuple(attached.get(number, ()))) for number, text in enumerate(post.texts)),
        own={row.connection_id: Own(tuple(row.own_texts), row.options) for row in post.publications.all()},
    )


def problems_for(resolved: Resolved, connection: Connection) -> list[Problem]:
    """What stands in the way on one connection: the platform's own rules and the connection's state."""
    platform = platforms.get(connection.platform)
    found = [
        _in_its_place(problem, resolved, connection)
        for problem in platform.problems(resolved.variant(connection), connection.traits)
    ]
    if connection.disconnected_at is not None:
        found.append(
            Problem("connections", "disconnected", f"{connection} is disconnected. Connect it again or leave it out.")
        )
    elif not connection.is_usable:
        found.append(Problem("connections", "broken_connection", f"{connection} needs to be reconnected first."))
    elif connection.rests:
        found.append(
            Problem("connections", "resting_connection", f"{connection}: {connection.resting_reason} Leave it out.")
        )
    return [replace(problem, connection=str(connection.uid)) for problem in found]


def _in_its_place(problem: Problem, resolved: Resolved, connection: Connection) -> Problem:
    """A problem of a connection's own words or options is about those, not about the post's."""
    is_own = problem.field.startswith("options.") or (
        resolved.own_of(connection).texts and problem.field.endswith(".text")
    )
    return replace(problem, field=f"variants.{connection.uid}.{problem.field}") if is_own else problem


def problems(resolved: Resolved, connections: Iterable[Connection]) -> list[Problem]:
    """Everything that is wrong, for every connection: the one function behind composer, API, validation and publisher."""
    found: list[Problem] = []
    for connection in connections:
        found += problems_for(resolved, connection)
    return found


def errors(found: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in found if problem.severity == "error"]


def digest(variant: Variant) -> str:
    """SHA-256 over what readers will see: texts, media bytes and alt texts, options."""
    shape = {
        "parts": [[part.text, [[item.sha256, item.alt_text] for item in part.media]] for part in variant.parts],
        "options": dict(variant.options),
    }
    return hashlib.sha256(json.dumps(shape, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
