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
    looks: int = 3  # after so many looks at an unknown outcome two more follow


X = "x"
KINDS: dict[str, Kind] = {
    X: Kind(
        commits=("create_post",),
        reads=("timeline", "media_upload", "media_initialize", "media_append", "media_finalize"),
        media={"": 85, "picture": 9, "gif": 6},
        parts=(1, 1, 1, 1, 1, 1, 2, 3),
    ),
    "facebook": Kind(
        looks=4,
        commits=("create_post",),
        reads=("timeline", "photo", "node"),
        media={"": 80, "picture": 20},
    ),
    "instagram": Kind(
        looks=4,
        commits=("create_post",),
        reads=("timeline", "node", "container", "quota"),
        media={"picture": 100},
        has_text=False,
    ),
    "linkedin": Kind(
        looks=3,
        commits=("create_post",),
        reads=("image_action", "image_status"),
        media={"": 85, "picture": 15},
    ),
    "youtube": Kind(
        looks=6,
        commits=("create_post",),
        reads=("upload_start", "upload_chunk", "video", "timeline"),
        media={"film": 100},
        options={"made_for_kids": "no", "privacy": "unlisted", "title": "Chaos"},
    ),
    "tiktok": Kind(
        looks=12,
        commits=("last_chunk",),
        reads=("creator_info", "init_video", "status"),
        media={"film": 100},
        has_text=False,
        options={"privacy_level": "SELF_ONLY"},
    ),
    "threads": Kind(
        looks=5,
        commits=("create_post",),
        reads=("container", "timeline", "node", "quota"),
        media={"": 85, "picture": 15},
        parts=(1, 1, 1, 1, 1, 2),
        has_text=False,
    ),
}


def others() -> tuple[str, ...]:
    """Every platform but X, which has a plan and a checker of its own."""
    return tuple(slug for slug in KINDS if slug != X)
