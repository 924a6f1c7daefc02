"""How Threads measures words, links and topics (https://developers.facebook.com/docs/threads/posts)."""

import re

MOST_TEXT = 500
MOST_TOPIC = 50
LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# A topic ends at a blank or at one of these; digits alone are none.
TOPIC = re.compile(r"(?:^|(?<=\s))#([^\s.&@!?,;:#]{1,50})")
# Pictographs, and what joins or colours them.
EMOJI = (
    (0x1F000, 0x1FAFF),
    (0x2600, 0x27BF),
    (0x2B05, 0x2B07),
    (0x2B1B, 0x2B1C),
    (0x2B50, 0x2B55),
    (0x231A, 0x231B),
    (0x23E9, 0x23FA),
    (0xE0020, 0xE007F),
    (0xFE0F, 0xFE0F),
    (0x200D, 0x200D),
    (0x20E3, 0x20E3),
)


def length(words: str) -> int:
    """Characters; an emoji counts as many as it has bytes in UTF-8."""
    return sum(len(letter.encode()) if _is_emoji(ord(letter)) else 1 for letter in words)


def links(words: str, attached: str = "") -> int:
    """How many different addresses there are."""
    found = {link.rstrip(".,;:!?)") for link in LINK.findall(words)}
    return len(found | ({attached} if attached else set()))


def topic_of(words: str) -> str:
    """The first tag in a text; empty when there is none."""
    return next((found[1] for found in TOPIC.finditer(words) if not found[1].isdigit()), "")


def is_topic(tag: str) -> bool:
    return 1 <= len(tag) <= MOST_TOPIC and not set(tag) & {".", "&"}


def _is_emoji(code: int) -> bool:
    return any(low <= code <= high for low, high in EMOJI)
