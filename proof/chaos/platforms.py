"""What chaos has to know of each platform: which content it takes, which calls make it public, and which only read or upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """`media` are drawn from, with weights ("" is none); `commits` and `reads` name operations of the sandbox."""

    commits: tuple[str, ...]
    reads: tuple[str, ...]
    media: Mapping[str, int]
    parts: tuple[int, ...] = (1,)
    has_text: bool = True  # the committing call carries the words, so a fault can be meant for one post
    options: Mapping[str, Any] = field(default_factory=dict)


X = "x"
KINDS: dict[str, Kind] = {
    X: Kind(
        commits=("create_post",),
        reads=("timeline", "media_upload", "media_initialize", "media_append", "media_finalize"),
        media={"": 85, "picture": 9, "gif": 6},
        parts=(1, 1, 1, 1, 1, 1, 2, 3),
    ),
    "facebook": Kind(
        commits=("create_post",),
        reads=("timeline", "photo", "node"),
        media={"": 80, "picture": 20},
    ),
}


def others() -> tuple[str, ...]:
    """Every platform but X, which has a plan and a checker of its own."""
    return tuple(slug for slug in KINDS if slug != X)
