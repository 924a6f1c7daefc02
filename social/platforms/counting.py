"""How platforms count text. Each counter has a name under which capabilities, API and browser know it."""

from collections.abc import Callable

from twitter_text import parse_tweet
from twitter_text.has_invalid_characters import has_invalid_characters as _has_invalid_characters


def x_weighted(text: str) -> int:
    """Length as X counts: links 23, emoji 2, most letters 1, the rest 2 (https://docs.x.com/fundamentals/counting-characters)."""
    # No link, no emoji, nothing to normalise: the exact way costs a millisecond of regular expressions.
    if text.isascii() and "." not in text and "\r" not in text:
        return len(text)
    return int(parse_tweet(text).weightedLength)


def has_invalid_characters(text: str) -> bool:
    """Whether it holds characters that X refuses: U+FFFE, U+FEFF, U+FFFF."""
    return bool(_has_invalid_characters(text))


def characters(text: str) -> int:
    """Unicode code points, as most platforms count: an emoji may be several."""
    return len(text)


COUNTERS: dict[str, Callable[[str], int]] = {"x-weighted": x_weighted, "characters": characters}


def utf16(text: str) -> int:
    """UTF-16 units, as Java and JavaScript measure: an emoji is two or more. Never less than characters()."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


COUNTERS["utf16"] = utf16


def count(text: str, *, counter: str) -> int:
    """The length of `text` by the counter with this name; raises KeyError for one that does not exist."""
    return COUNTERS[counter](text)
