"""What comes back: plain text, or JSON by a schema where the result has parts. Read here again, since a schema is a wish."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from ai import errors
from ai.wire import JSON

LONGEST_TEXT = 20_000
TEXT: JSON = {"type": "string"}


def _list_of(name: str, item: JSON) -> JSON:
    return _object({name: {"type": "array", "items": item}})


def _object(properties: JSON) -> JSON:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def schema(shape: str, platforms: tuple[str, ...] = ()) -> JSON | None:
    """The JSON schema of a shape; None for plain text."""
    match shape:
        case "parts" | "list":
            return _list_of("items", _object({"text": TEXT}))
        case "hashtags":
            return _list_of("hashtags", _object({"text": TEXT}))
        case "variants":
            return _list_of("items", _object({"platform": {"type": "string", "enum": list(platforms)}, "text": TEXT}))
        case "ideas":
            return _list_of("items", _object({"day": {"type": "integer"}, "text": TEXT}))
    return None


@dataclass(frozen=True)
class Item:
    """One of several: a part of a thread, a version for a platform, an idea for a day."""

    text: str
    platform: str = ""
    day: int = 0

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"text": self.text}
        if self.platform:
            told["platform"] = self.platform
        if self.day:
            told["day"] = self.day
        return told


@dataclass(frozen=True)
class Result:
    """What the model wrote. `text` can always be read; `items` are there where it has parts."""

    text: str
    items: tuple[Item, ...] = field(default=())


def read(shape: str, said: str, platforms: tuple[str, ...] = ()) -> Result:
    """The model's words as a result. Raises Garbled when they are not what was asked for."""
    if schema(shape, platforms or ("x",)) is None:
        return Result(_plain(said))
    try:
        data = json.loads(_unfenced(said))
        rows = data["hashtags" if shape == "hashtags" else "items"]
        items = tuple(_item(row) for row in rows)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise errors.Garbled(detail="no such shape") from None
    if shape == "variants":
        items = _one_each(items, platforms)
    if shape == "hashtags":
        items = tuple(replace(item, text=_hashtag(item.text)) for item in items)
    items = tuple(item for item in items if item.text)
    if not items:
        raise errors.Garbled(detail="nothing in it")
    return Result((" " if shape == "hashtags" else "\n\n").join(item.text for item in items), items)


def _item(row: Any) -> Item:
    if isinstance(row, str):
        return Item(_plain(row))
    day = row.get("day", 0)
    return Item(
        _plain(row["text"]), _plain(str(row.get("platform", ""))), day if isinstance(day, int) and 1 <= day <= 7 else 0
    )


def _one_each(items: tuple[Item, ...], platforms: tuple[str, ...]) -> tuple[Item, ...]:
    """One for each platform that was asked for, in that order. Raises KeyError's Garbled where one is missing."""
    found = {item.platform: item for item in reversed(items)}
    if any(platform not in found for platform in platforms):
        raise errors.Garbled(detail="a platform is missing")
    return tuple(found[platform] for platform in platforms)


def _unfenced(said: str) -> str:
    """Some models put a fence of Markdown around their JSON."""
    stripped = said.strip()
    if stripped.startswith("```"):
        stripped = stripped.partition("\n")[2].rpartition("```")[0]
    return stripped


def _plain(text: Any) -> str:
    """Text that can be stored and typed: no control characters, no half letters."""
    if not isinstance(text, str):
        raise TypeError("not a text")
    kept = "".join(letter for letter in text if letter in "\n\t" or (letter.isprintable() or ord(letter) > 0xA0))
    return kept.encode("utf-8", "ignore").decode()[:LONGEST_TEXT].strip()


def _hashtag(text: str) -> str:
    word = "".join(letter for letter in text if letter.isalnum() or letter == "_")
    return f"#{word}" if word else ""
