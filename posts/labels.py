"""Pictures made by AI are marked where platforms take a mark, unless somebody said otherwise for that account."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from posts.models import Media
from social import platforms
from social.models import Connection

if TYPE_CHECKING:
    from posts.content import Own

MARKS = ("ai_generated", "synthetic_media")  # what the platforms that take one call the option


def marked(own: Mapping[int, "Own"], connections: Iterable[Connection], media: Iterable[Media]) -> dict[int, "Own"]:
    """What each account gets of its own, with the mark chosen for posts that carry a picture of ours."""
    from posts.content import Own  # noqa: PLC0415 - it asks us

    found = dict(own)
    if not any(item.made_by_ai for item in media):
        return found
    for connection in connections:
        declared = {
            option.key for option in platforms.get(connection.platform).capabilities_for(connection.traits).options
        }
        kept = found.get(connection.pk, Own())
        for mark in MARKS:
            if mark in declared and mark not in kept.options:
                kept = replace(kept, options={**kept.options, mark: True})
        if kept != Own():
            found[connection.pk] = kept
    return found
