"""What somebody wants to publish, as a value, and the variant that each platform gets of it."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from multivio.errors import Invalid, Problem
from posts.models import Media, Post
from social import platforms
from social.contract import MediaKind, Part, Variant, VariantMedia
from social.models import Connection

MAX_PARTS = 25
MAX_TEXT = 25_000


@dataclass(frozen=True)
class PartContent:
    text: str = ""
    media: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True)
class Content:
    """The parts of a post (several make a thread) and the connections it is for, as somebody sent them."""

    parts: tuple[PartContent, ...] = (PartContent(),)
    connections: tuple[uuid.UUID, ...] = ()

    @property
    def media(self) -> set[uuid.UUID]:
        return {uid for part in self.parts for uid in part.media}


@dataclass(frozen=True)
class Resolved:
    """Content whose media and connections were found in the workspace."""

    parts: tuple[tuple[str, tuple[Media, ...]], ...]
    connections: tuple[Connection, ...] = field(default=())

    def variant(self) -> Variant:
        return Variant(
            parts=tuple(
                Part(text=text, media=tuple(as_variant_media(item) for item in media)) for text, media in self.parts
            )
        )

    @property
    def is_empty(self) -> bool:
        return not any(text.strip() or media for text, media in self.parts)


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
    if found:
        raise Invalid.because(found)
    return Resolved(
        parts=tuple((part.text, tuple(media[uid] for uid in part.media)) for part in content.parts),
        connections=tuple(connections[uid] for uid in dict.fromkeys(content.connections)),
    )


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
    """A stored post as resolved content. Prefetch `attached__media` for a constant number of queries."""
    attached: dict[int, list[Media]] = {}
    for item in sorted(post.attached.all(), key=lambda item: (item.part, item.position)):
        attached.setdefault(item.part, []).append(item.media)
    return Resolved(parts=tuple((text, tuple(attached.get(number, ()))) for number, text in enumerate(post.texts)))


def problems_for(resolved: Resolved, connection: Connection) -> list[Problem]:
    """What stands in the way on one connection: the platform's own rules and the connection's state."""
    platform = platforms.get(connection.platform)
    found = list(platform.problems(resolved.variant(), connection.traits))
    if connection.disconnected_at is not None:
        found.append(
            Problem("connections", "disconnected", f"{connection} is disconnected. Connect it again or leave it out.")
        )
    elif not connection.is_usable:
        found.append(Problem("connections", "broken_connection", f"{connection} needs to be reconnected first."))
    return [replace(problem, connection=str(connection.uid)) for problem in found]


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
