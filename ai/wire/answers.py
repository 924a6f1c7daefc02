"""Questions, answers and what they took, whatever the dialect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

JSON = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """One question. A turn is `{"role", "content"}`, its content a text or parts: `{"text"}`, `{"picture"}` (an address that
    holds the picture itself). `schema` is a JSON schema that the answer has to fit."""

    messages: tuple[JSON, ...]
    max_tokens: int
    temperature: float = 0.7
    schema: JSON | None = None
    user: str = ""  # a pseudonym of the workspace
    model: str = ""  # empty: the one of the settings

    @property
    def size(self) -> int:
        """How many bytes of text there are, pictures aside."""
        return sum(_size(message["content"]) for message in self.messages)

    @property
    def pictures(self) -> int:
        contents = (message["content"] for message in self.messages)
        return sum("picture" in part for content in contents if isinstance(content, list) for part in content)


def _size(content: str | list[JSON]) -> int:
    texts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


@dataclass(frozen=True)
class Usage:
    """What an answer took. `out` is without the reasoning. `ticks`: 1e-10 dollars, as the service counts; None where it does
    not say."""

    into: int = 0
    out: int = 0
    cached: int = 0
    reasoning: int = 0
    ticks: int | None = None


@dataclass(frozen=True)
class Answer:
    text: str
    model: str
    finish: str = "stop"
    usage: Usage | None = None
    request_id: str = ""

    @property
    def is_cut(self) -> bool:
        """It stopped because it had grown too long."""
        return self.finish == "length"


def clean(words: str) -> str:
    """Half letters and zeros can neither be sent on nor stored."""
    return words.encode("utf-8", "ignore").decode().replace("\x00", "")


def effort(model: str) -> str:
    """How hard it is to think; empty: not said. Newer models cannot do without, so only the one that the setting was made for is
    told `none`, and stand-ins the least that all of them know."""
    told: str = settings.XAI_EFFORT
    return "low" if told == "none" and model != settings.XAI_MODEL_TEXT else told


def usage_of(told: Any, into: str, out: str) -> Usage | None:
    """What a service says an answer took, with what the dialect calls the two directions. None where it does not say."""
    if not isinstance(told, Mapping):
        return None
    read, written = _count(told, f"{into}_tokens"), _count(told, f"{out}_tokens")
    reasoning = _count(told.get(f"{out}_tokens_details"), "reasoning_tokens")
    # Reasoning is mostly counted within what was written; where it comes on top (some of xAI's models), the total shows it.
    if _count(told, "total_tokens") != read + written + reasoning:
        written = max(0, written - reasoning)
    cached = _count(told.get(f"{into}_tokens_details"), "cached_tokens")
    ticks = told.get("cost_in_usd_ticks")
    return Usage(read, written, cached, reasoning, ticks if isinstance(ticks, int) and ticks >= 0 else None)


def _count(told: Any, name: str) -> int:
    value = told.get(name) if isinstance(told, Mapping) else None
    return value if isinstance(value, int) and value > 0 else 0
