"""What is wrong with what the model wrote: the same limits as for people, and what must not appear out of nothing."""

import re
from collections.abc import Iterator

from ai.models import BrandVoice
from ai.orders import Order
from ai.shapes import Item, Result
from multivio.errors import Problem
from social import platforms
from social.platforms import sentences
from social.platforms.counting import count

MENTION = re.compile(r"(?<![\w/@.])@(\w[\w.]{0,80}\w|\w)")
LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
CUT = "It was too long and stopped in the middle. Ask for something shorter, or for a part of it."


def problems(order: Order, result: Result, voice: BrandVoice | None, *, is_cut: bool = False) -> list[Problem]:
    """All of it, with a place such as `items.1.text`. Errors are worth a repair, warnings only a look."""
    found = [Problem("text", "cut", CUT)] if is_cut else []
    if order.task.shape == "hashtags":
        return found
    rows = [(f"items.{number}.text", item) for number, item in enumerate(result.items)] or [("text", Item(result.text))]
    for path, item in rows:
        found += _length(order, path, item)
        found += _invented(order, voice, path, item.text)
        found += _avoided(voice, path, item.text)
    return found


def _length(order: Order, path: str, item: Item) -> Iterator[Problem]:
    slug = item.platform or order.platform
    if not slug:
        return
    capabilities = order.capabilities(slug)
    length = count(item.text, counter=capabilities.text.counter)
    if length > capabilities.text.limit:
        name = platforms.get(slug).name
        yield Problem(path, "too_long", sentences.too_long(name, length, capabilities.text.limit))


def _invented(order: Order, voice: BrandVoice | None, path: str, text: str) -> Iterator[Problem]:
    """Mentions and links that nobody here wrote: harmless until published, so they are shown, not repaired. What a page says
    is not known by that; of it, its own address is."""
    known = " ".join((order.text, *order.wishes.values(), voice.rules if voice else "")).lower()
    for name in dict.fromkeys(MENTION.findall(text)):
        if f"@{name.lower()}" not in known:
            yield Problem(path, "new_mention", f"@{name} is not in your text. Check whether it is meant.", "warning")
    for link in dict.fromkeys(LINK.findall(text)):
        if link.lower().rstrip("/.,") not in f"{known} {order.link.lower()}":
            yield Problem(path, "new_link", f"{link[:80]} is not in your text. Check where it leads.", "warning")


def _avoided(voice: BrandVoice | None, path: str, text: str) -> Iterator[Problem]:
    for word in voice.words_to_avoid if voice else ():
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE):
            yield Problem(path, "word_to_avoid", f"It says “{word}”, which the brand voice avoids.")
