"""The words of the pretended model: the same question always gets the same answer.

It is as gullible as a model can be: what it is told outside of marked data it does. What stands between tags such as
`<data …>` and `</data>` is material. So a caller that keeps foreign text in its place is seen to, and one that does not, too.
"""

import hashlib
import io
import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

BLOCK = re.compile(r"<(\w+)(?:\s[^>]*)?>\n?(.*?)\n?</\1>", re.DOTALL)
ORDER = re.compile(
    r"(?:ignore|disregard|forget)\b[^.\n]{0,60}\b(?:instruction|prompt|rule|above|before)|system override", re.I
)
AT_MOST = re.compile(r"at most ([\d,]+)")
HOW_MANY = re.compile(r"exactly (\d+)")
WORD = re.compile(r"[^\W\d_]{4,}")
SENTENCE_END = re.compile(r"(?<=[.!?])\s")
ANOTHER = "another opening"  # how a second version is asked for
DUMB = frozenset(
    {"with", "this", "that", "from", "have", "your", "about", "which", "were", "they", "them", "what", "will"}
)
OPENERS = (
    "Something worth a minute of your day:",
    "Here is what we learned:",
    "A small thing that changes a lot:",
    "Good news from the bench:",
    "We have been asked about this often:",
)
CLOSERS = ("What do you think?", "Tell us how you do it.", "More soon.", "Come and see.", "Which would you choose?")


@dataclass(frozen=True)
class Question:
    """What the model was asked: the orders, the material between tags, and how many pictures came along."""

    orders: str
    loose: str  # what was said outside of tags in the person's turn
    material: str
    whole: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        return int.from_bytes(hashlib.sha256(f"{self.orders}\n{self.whole}".encode()).digest()[:6])


def read(messages: Sequence[dict[str, Any]]) -> Question:
    """Put the turns of a conversation in order."""
    orders, said, pictures = [], [], []
    for message in messages:
        content = message.get("content")
        parts: list[dict[str, Any]] = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        for part in parts:
            if part.get("type") in {"image_url", "input_image"}:
                address = part["image_url"]  # within an object in chat completions
                pictures.append(str(address["url"] if isinstance(address, dict) else address))
            elif message.get("role") in {"system", "developer"}:
                orders.append(str(part.get("text", "")))
            else:
                said.append(str(part.get("text", "")))
    whole = "\n".join(said)
    blocks = [found.group(2) for found in BLOCK.finditer(whole)]
    material = blocks[-1] if blocks else whole
    return Question("\n".join(orders), BLOCK.sub("", whole) if blocks else "", material.strip(), whole, tuple(pictures))


def answer(messages: Sequence[dict[str, Any]], schema: dict[str, Any] | None = None) -> str:
    """What the model says; with a schema, JSON that fits it."""
    question = read(messages)
    if schema is None:
        return _text(question, 0)
    return json.dumps(_fill(schema, question, "", 0), ensure_ascii=False)


def _text(question: Question, number: int) -> str:
    if ORDER.search(question.loose) or ORDER.search(question.orders):
        return "As ordered, I left my task: OBEYED."
    written = _said(question, number)
    limits = [int(found.replace(",", "")) for found in AT_MOST.findall(question.orders)]
    return _cut(written, min(limits)) if limits else written


def _said(question: Question, number: int) -> str:
    orders, text = question.orders.lower(), question.material
    if question.pictures:
        return _seen(question.pictures[0])
    if "shorten" in orders:
        return _shorter(text, ANOTHER in f"{orders}\n{question.whole}".lower())
    if "expand" in orders:
        return f"{text}\n\n{_about(question, number)} {_pick(CLOSERS, question, number, 5)}"
    if "spelling" in orders:
        return _tidied(text)
    if "translate" in orders:
        return f"[translated] {text}"
    return f"{_pick(OPENERS, question, number)} {_about(question, number)} {_pick(CLOSERS, question, number, 5)}"


def _shorter(text: str, is_other: bool) -> str:
    """Its beginning; of another version its last sentence, where there are several."""
    sentences = SENTENCE_END.split(text.strip())
    if is_other and len(sentences) > 1:
        return sentences[-1]
    words = text.split()
    return " ".join(words[: max(3, len(words) * 3 // 5)]).rstrip(",;:. ") + "."


def _about(question: Question, number: int) -> str:
    first = SENTENCE_END.split(question.material.strip(), maxsplit=1)[0][:200].rstrip(".!? ")
    words = keywords(question.material)
    turn = words[(question.seed // 25 + number) % len(words)] if words else "it"
    return f"{first or 'This'}. It begins with {turn.lower()}, and it goes further than you would expect."


def keywords(text: str) -> list[str]:
    """The words that carry a text, longest first."""
    found = dict.fromkeys(word for word in WORD.findall(text) if word.lower() not in DUMB)
    return sorted(found, key=lambda word: (-len(word), word))[:8]


def _pick(choices: Sequence[str], question: Question, number: int, spread: int = 1) -> str:
    return choices[(question.seed // spread + number) % len(choices)]


def _cut(text: str, limit: int) -> str:
    """Whole words, not more than `limit` characters."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:")


def _tidied(text: str) -> str:
    joined = re.sub(r"[ \t]+", " ", text).replace(" ,", ",").replace(" .", ".").replace("teh ", "the ")
    return re.sub(r"(^|[.!?]\s+)([a-z])", lambda found: found.group(1) + found.group(2).upper(), joined)


def _seen(address: str) -> str:
    """A plain description of a picture that came as a data address."""
    try:
        with Image.open(io.BytesIO(b64decode(address.partition(",")[2], validate=True))) as picture:
            wide, high = picture.size
            red, green, blue = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    except (NotBase64, OSError):
        return "A picture that could not be opened."
    names = {"red": red, "green": green, "blue": blue}
    tone = "grey" if max(names.values()) - min(names.values()) < 24 else max(names, key=names.__getitem__)
    shape = "wide" if wide > high else "tall" if high > wide else "square"
    return f"A {shape} picture, mostly {tone}, {wide} by {high} pixels."


def _fill(schema: dict[str, Any], question: Question, name: str, number: int) -> Any:
    """A value that fits the schema."""
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][number % len(schema["enum"])]
    if kind == "object":
        return {key: _fill(part, question, key, number) for key, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_fill(schema["items"], question, name, place) for place in range(_how_many(schema, question))]
    if kind in {"integer", "number"}:
        return number + 1
    if kind == "boolean":
        return True
    return _phrase(question, name, number)


def _how_many(schema: dict[str, Any], question: Question) -> int:
    choices = schema["items"].get("properties", {})
    several = [len(part["enum"]) for part in choices.values() if "enum" in part]
    told = HOW_MANY.search(question.orders)
    return int(told.group(1)) if told else max(several, default=3)


def _phrase(question: Question, name: str, number: int) -> str:
    words = keywords(question.material) or ["news"]
    if "hashtag" in name or "hashtag" in question.orders.lower().partition("\n")[0]:
        return "#" + words[number % len(words)].capitalize() + (str(number) if number >= len(words) else "")
    return _text(question, number)
