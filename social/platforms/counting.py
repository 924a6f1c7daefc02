"""How platforms count text. Each counter has a name under which capabilities, API and browser know it."""

from collections.abc import Callable

from twitter_text import parse_tweet
from twitter_text.has_invalid_characters import has_invalid_characters as _has_invalid_characters
from twitter_text.regexp.emoji import emoji as _emoji

from social.platforms import linkedin_text


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


def utf16(text: str) -> int:
    """UTF-16 code units, as JavaScript and Java count: most emoji are two (TikTok)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Bytes of UTF-8, as YouTube counts descriptions: an accented letter is two, an emoji four or more."""
    return len(text.encode("utf-8", "surrogatepass"))


def threads(text: str) -> int:
    """Length as Threads counts: an emoji is as many as it has bytes in UTF-8, everything else one for each code point
    (https://developers.facebook.com/docs/threads/overview#limitations)."""
    if text.isascii():
        return len(text)
    bare = _emoji.sub("", text)
    whole = len(text.encode("utf-8", "surrogatepass")) - len(bare.encode("utf-8", "surrogatepass"))
    return whole + sum(len(letter.encode()) if letter in _PICTURES else 1 for letter in bare)


# Emoji that are newer than the package's tables, and what joins or colours them.
_PICTURES = frozenset(map(chr, (*range(0x1F000, 0x1FB00), 0x200D, 0xFE0F, 0x20E3, *range(0xE0020, 0xE0080))))


COUNTERS: dict[str, Callable[[str], int]] = {
    "x-weighted": x_weighted,
    "characters": characters,
    "linkedin-little": linkedin_text.length,
    "utf16": utf16,
    "utf8-bytes": utf8_bytes,
    "threads": threads,
}


def count(text: str, *, counter: str) -> int:
    """The length of `text` by the counter with this name; raises KeyError for one that does not exist."""
    return COUNTERS[counter](text)
