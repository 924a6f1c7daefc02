"""How X counts, wraps and cuts text (https://docs.x.com/fundamentals/counting-characters)."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from twitter_text import extract_urls_with_indices, parse_tweet

SHORT = 280
LONG = 25_000
CUT = 250
URL_LENGTH = 23
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# What an emoji or CJK character weighs. Every link needs a dot of its own, which bounds their number.
HEAVIEST = 2

HASHTAG = re.compile(r"(?<![\w&])[#\uff03](\w*[^\W\d_]\w*)")
MENTION = re.compile(r"(?<![\w@/])@(\w{1,15})(?![\w@])", re.ASCII)
CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?!\w)")
LEADING_MENTIONS = re.compile(r"(?:@\w{1,15}\s+)+", re.ASCII)


def weighted_length(text: str) -> int:
    """Length as X counts it: URLs 23, emoji 2, most letters 1, CJK 2; after NFC."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii() and "." not in text and "\r" not in text:
        return len(text)
    return int(parse_tweet(text).weightedLength)


def at_most(text: str) -> int:
    """A cheap upper bound of the weighted length: the exact one costs a millisecond of regular expressions."""
    text = unicodedata.normalize("NFC", text)
    return len(text) * (1 if text.isascii() else HEAVIEST) + URL_LENGTH * text.count(".")


def find_urls(text: str) -> list[tuple[int, int, str]]:
    """(start, end, url) of each link that X would wrap."""
    if "." not in text:
        return []
    return [(*found["indices"], found["url"]) for found in extract_urls_with_indices(text)]


def cashtags(text: str) -> list[str]:
    return [match[1] for match in CASHTAG.finditer(text)]


def mentions(text: str) -> list[str]:
    return [match[1] for match in MENTION.finditer(text)]


def without_leading_mentions(text: str) -> str:
    """Replies begin with the names of those replied to; these do not count."""
    match = LEADING_MENTIONS.match(text)
    return text[match.end() :] if match else text


def short_link(post_id: int, index: int) -> str:
    # The same link on every read, as X's are, without keeping them anywhere.
    number = int.from_bytes(hashlib.sha256(f"{post_id}/{index}".encode()).digest()[:8])
    code = ""
    for _ in range(10):
        number, digit = divmod(number, 62)
        code += BASE62[digit]
    return f"https://t.co/{code}"


def display_url(url: str) -> str:
    shown = re.sub(r"^https?://(www\.)?", "", url)
    return shown if len(shown) <= 26 else shown[:26] + "…"


@dataclass(frozen=True)
class Rendered:
    """Text as the API returns it: escaped, links wrapped, with entities that point into it (code points)."""

    text: str
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class _Builder:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.urls: list[dict[str, Any]] = []

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def link(self, short: str, **details: Any) -> None:
        self.urls.append({"start": self.length, "end": self.length + len(short), "url": short, **details})
        self.add(short)


def render(text: str, post_id: int, *, tail: dict[str, Any] | None = None) -> Rendered:
    """`tail` describes a link that X adds at the end: to the media, or to the whole of a cut text."""
    builder = _Builder()
    position = 0
    # Offsets count in the escaped text: that is what the caller holds.
    for index, (start, end, url) in enumerate(find_urls(text)):
        builder.add(escape(text[position:start], quote=False))
        expanded = url if "://" in url else f"http://{url}"
        builder.link(short_link(post_id, index), expanded_url=expanded, display_url=display_url(expanded))
        position = end
    builder.add(escape(text[position:], quote=False))
    if tail is not None:
        builder.add(" " if builder.length and builder.parts[-1] != "… " else "")
        builder.link(short_link(post_id, -1), **tail)
    rendered = "".join(builder.parts)
    entities = {"urls": builder.urls, **dict(_tags(rendered, builder.urls))}
    return Rendered(rendered, {name: found for name, found in entities.items() if found})


def _tags(text: str, urls: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    inside = [(url["start"], url["end"]) for url in urls]
    for name, key, mark, pattern in (
        ("hashtags", "tag", "#", HASHTAG),
        ("mentions", "username", "@", MENTION),
        ("cashtags", "tag", "$", CASHTAG),
    ):
        if mark in text or (mark == "#" and "\uff03" in text):
            matches = (match for match in pattern.finditer(text) if not any(a <= match.start() < b for a, b in inside))
            yield name, [{"start": match.start(), "end": match.end(), key: match[1]} for match in matches]


def cut(text: str) -> str:
    """The beginning of a long post, never through the middle of a link."""
    end = CUT
    while weighted_length(text[:end]) > CUT:
        end -= max(1, (weighted_length(text[:end]) - CUT) // HEAVIEST)
    for start, stop, _ in find_urls(text):
        if start < end < stop:
            end = start
    return text[:end].rstrip() + "…"
