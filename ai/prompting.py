"""From an order to the question. What is ours goes into the system message; everything that somebody wrote, pasted or that
was fetched goes into the person's turn, between tags that it cannot close."""

import hashlib
import re
from typing import Any

from django.conf import settings

from ai import catalogue, shapes
from ai.models import BrandVoice
from ai.orders import LENGTHS, Order
from ai.wire import JSON, Ask

TAGS = ("data", "voice", "wishes")
# So much of what is wrong goes into a repair: whoever breaks more rules than that is not helped by more words.
MOST_PROBLEMS, LONGEST_PROBLEM = 10, 200
# Characters that nobody sees (Unicode's Default_Ignorable_Code_Point, and controls): letters may have them between.
UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
NAMES = "|".join(f"[{UNSEEN}]*+".join(tag) for tag in TAGS)
# Every run takes what it takes for good (*+), and none takes another "<", so a text is read once, whatever it was made for.
TAG = re.compile(rf"<[\s/{UNSEEN}]*+(?:{NAMES})\b(?:[^<>]*+>)?+", re.IGNORECASE)
INSTEAD = "[…]"  # not nothing: what stood around a tag would make another


def material(tag: str, text: str) -> str:
    """`text` between tags. Tags of that kind inside of it are replaced, in every spelling."""
    return f"<{tag}>\n{TAG.sub(INSTEAD, text).strip()}\n</{tag}>"


def question(order: Order, voice: BrandVoice | None) -> Ask:
    """What the model is asked."""
    task = order.task
    values = _values(order, voice)
    system = catalogue.words("_base", {**values, "task": catalogue.words(task.slug, values)})
    said = "\n\n".join(_said(order, voice))
    content: str | list[JSON] = said
    if order.picture:
        content = [{"picture": order.picture}, {"text": said}]
    return Ask(
        messages=({"role": "system", "content": system}, {"role": "user", "content": content}),
        max_tokens=task.tokens,
        temperature=task.temperature,
        schema=shapes.schema(task.shape, order.platforms),
        model=order.model,
    )


def _values(order: Order, voice: BrandVoice | None) -> dict[str, Any]:
    """For the templates: only what comes from lists of ours, and numbers. Free words stay in the person's turn."""
    places = order.places()
    return {
        "platforms": places,
        "platform": places[0].name if len(places) == 1 else "",
        "length": LENGTHS.get(order.length, ""),
        "language": "the language that <wishes> names" if order.language else "",
        "hashtags": order.hashtags,
        "count": order.count,
        "link": "in <wishes>" if order.link else "",
        "call_to_action": bool(order.wishes.get("call_to_action")),
        "has_voice": voice is not None,
        "has_wishes": bool(_wishes(order)),
        "is_structured": order.task.is_structured,
    }


def _wishes(order: Order) -> dict[str, str]:
    told = {name: text for name, text in order.wishes.items() if text.strip()}
    if order.language:
        told["language"] = order.language
    if order.link:
        told["address"] = order.link
    return told


def _said(order: Order, voice: BrandVoice | None) -> list[str]:
    blocks = []
    if voice is not None:
        parts = {
            "How we sound": voice.about,
            "Rules": voice.rules,
            "Words to avoid": ", ".join(voice.words_to_avoid),
            "Languages": voice.languages,
            "Samples": voice.samples,
        }
        blocks.append(material("voice", "\n".join(f"{name}: {text}" for name, text in parts.items() if text)))
    wishes = _wishes(order)
    if wishes:
        blocks.append(
            material("wishes", "\n".join(f"{name.replace('_', ' ')}: {text}" for name, text in wishes.items()))
        )
    if order.data:
        blocks.append(material("data", order.data))
    return blocks


def again(ask: Ask, said: str, problems: list[str]) -> Ask:
    """The one repair: its own words, and what does not fit about them."""
    words = catalogue.words("_repair", {"problems": [each[:LONGEST_PROBLEM] for each in problems[:MOST_PROBLEMS]]})
    turns: tuple[JSON, ...] = ({"role": "assistant", "content": said}, {"role": "user", "content": words})
    return Ask((*ask.messages, *turns), ask.max_tokens, ask.temperature, ask.schema, ask.user, ask.model)


def longest_again(ask: Ask) -> Ask:
    """The longest repair that can be needed, its own words left out: they count as tokens."""
    return again(ask, "", ["x" * LONGEST_PROBLEM] * MOST_PROBLEMS)


def pseudonym(workspace_id: int) -> str:
    """What the service is told of who asks: the same for a workspace each time, and nothing else can be read from it."""
    return hashlib.blake2b(
        str(workspace_id).encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16
    ).hexdigest()


def fingerprint(ask: Ask) -> str:
    """Tells whether two questions were the same, without keeping them."""
    return hashlib.sha256(repr(ask.messages).encode()).hexdigest()
