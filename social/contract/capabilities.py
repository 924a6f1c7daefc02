"""What a platform takes: the single source for validator, counters, prompts, API and docs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from social.contract.numbers import Metric
from social.contract.values import MediaKind


@dataclass(frozen=True)
class TextRule:
    """How much text a part may hold, and how the platform counts it (`counter` names a function of counting.py)."""

    counter: str
    limit: int
    url_weight: int | None = None
    required_without_media: bool = True


@dataclass(frozen=True)
class MediaRule:
    """What a part may carry of one kind."""

    kind: MediaKind
    most: int
    mimes: tuple[str, ...]
    max_bytes: int
    max_width: int = 0  # 0: no limit
    max_height: int = 0
    min_seconds: float = 0
    max_seconds: float = 0
    max_frames: int = 0
    max_pixels: int = 0  # width × height × frames
    ratio: tuple[float, float] = (0, 0)  # narrowest, widest; width ÷ height


class OptionKind(StrEnum):
    SWITCH = "switch"  # bool
    CHOICE = "choice"  # one of `choices`
    TEXT = "text"  # str of at most `limit` characters
    LINK = "link"  # an absolute http(s) address
    LIST = "list"  # list of str, at most `most`, each at most `limit` characters
    NUMBER = "number"  # int of at least `least` and at most `limit`


@dataclass(frozen=True)
class Option:
    """Something that a person may choose for one platform beside words and media: composer, API and docs show it from here."""

    key: str
    kind: OptionKind
    label: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value, label
    default: Any = None  # what counts when nothing is chosen; None: nothing does
    required: bool = False  # has to be chosen on purpose, a default would be a lie (TikTok's audience)
    limit: int = 0
    least: int = 0
    most: int = 0
    apart: bool = False  # of a list: its entries are sentences of their own, which may hold commas


@dataclass(frozen=True)
class Capabilities:
    """What a platform accepts, as data."""

    text: TextRule
    media: tuple[MediaRule, ...]
    mixes_kinds: bool = False
    thread: bool = False
    max_parts: int = 1
    alt_text_limit: int = 0  # 0: takes no alt text
    first_comment: bool = False
    deletes: bool = False
    why_no_delete: str = ""  # in plain words, and where it can be done instead; empty where it deletes
    metrics: tuple[Metric, ...] = ()  # the numbers that it gives of a post, at best
    why_no_metrics: str = ""
    reads_back: bool = False  # can settle() look at the account's own posts
    options: tuple[Option, ...] = ()
    needs_media: bool = False  # words alone are not a post there
    shapes: tuple[str, ...] = ()  # of pictures, width:height, that it shows whole; what is drawn for it


@dataclass(frozen=True)
class Need:
    """Something a person has to have or do before an account there can be connected."""

    title: str
    text: str
