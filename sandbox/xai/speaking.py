"""What both ways of asking share: what is said, what it costs, and events in pieces that tear letters apart."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sandbox.calls import Problem, Reply, Stream
from sandbox.xai import refusals

PRICES = {"grok-4.3": (1.25, 2.5), "grok-4.5": (2.0, 6.0), "grok-4.6": (3.0, 9.0)}  # dollars for a million tokens
# How hard each can be told to think, and how many tokens that takes. Only the first can do without.
EFFORTS = {"none": 0, "low": 20, "medium": 60, "high": 200, "xhigh": 500}
KNOWN_EFFORTS = {
    "grok-4.3": ("none", "low", "medium", "high"),
    "grok-4.5": ("low", "medium", "high"),
    "grok-4.6": ("low", "medium", "high", "xhigh"),
}
NOT_WITH_REASONING = ("presence_penalty", "frequency_penalty", "stop")
TICKS_A_DOLLAR = 10_000_000_000
PICTURE_TOKENS = 1500
DATA = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+")
PIECE = re.compile(r"\S+\s*|\s+")
COMMENT = b": the box keeps the line open\n\n"


@dataclass(frozen=True)
class Written:
    """What the model has to say, and how it stopped: stop, length or content_filter."""

    text: str
    finish: str = "stop"
    refusal: str | None = None
    tells_ticks: bool = True
    error: dict[str, str] | None = None  # comes instead of the end of a stream
    failure: dict[str, str] | None = None  # {code, message}: a response that has failed; in a chat, an error
    ends: bool = True  # False: the stream stops without saying so


@dataclass(frozen=True)
class Asked:
    """A question that was let in."""

    body: dict[str, Any]
    turns: list[dict[str, Any]]
    written: Written
    number: int
    effort: str = ""
    tells_done: bool = True

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def tokens(self) -> "Tokens":
        return Tokens.of(self)

    @property
    def pieces(self) -> list[str]:
        """The text, word by word."""
        return PIECE.findall(self.written.text)


@dataclass(frozen=True)
class Tokens:
    into: int
    out: int
    reasoning: int
    ticks: dict[str, int] = field(default_factory=dict)  # empty: not told

    @classmethod
    def of(cls, asked: Asked) -> "Tokens":
        words, pictures = DATA.subn("", json.dumps(asked.turns, ensure_ascii=False))
        into = tokens_of(words) + pictures * PICTURE_TOKENS
        out, reasoning = tokens_of(asked.written.text), EFFORTS.get(asked.effort, 0)
        to_read, to_write = PRICES[asked.model]
        ticks = int((into * to_read + (out + reasoning) * to_write) * TICKS_A_DOLLAR / 1_000_000)
        return cls(into, out, reasoning, {"cost_in_usd_ticks": ticks} if asked.written.tells_ticks else {})

    @property
    def total(self) -> int:
        return self.into + self.out + self.reasoning


class Way(Protocol):
    """One of the two ways of asking, as its module knows it."""

    KNOWN: frozenset[str]  # the fields of a question
    MOST: str  # the one that says how much may be written

    def turns(self, body: dict[str, Any]) -> list[dict[str, Any]]: ...

    def effort(self, body: dict[str, Any]) -> Any: ...

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None: ...

    def body(self, asked: Asked) -> dict[str, Any]: ...

    def events(self, asked: Asked) -> Iterator[bytes]: ...


def tokens_of(text: str) -> int:
    """About as many as a tokenizer would find: four letters each."""
    return max(1, -(-len(text) // 4))


def require_possible(body: dict[str, Any], effort: Any) -> None:
    """Refuse what models that reason do not take."""
    for name in NOT_WITH_REASONING:
        if body.get(name) is not None:
            raise refusals.bad_argument(f"Model {body['model']} does not support parameter {name}.")
    if effort and effort not in KNOWN_EFFORTS[body["model"]]:
        raise refusals.bad_argument(f"Model {body['model']} does not support reasoning effort {effort}.")


def undeserialisable(why: str) -> Problem:
    """A body of another form than the endpoint's: said as plain text."""
    return Problem(refusals.as_text(422, f"Failed to deserialize the JSON body into the target type: {why}"))


def whole(asked: Asked, body: dict[str, Any]) -> Reply:
    return Reply(200, body, _headers(asked), effect={"tokens": asked.tokens.total})


def streamed(asked: Asked, events: Iterable[bytes], stream: Stream) -> Reply:
    """The events, torn apart. `stream` says how they come."""
    pieces = tuple(piece for event in events for piece in _split(event))
    media = "text/event-stream; charset=utf-8"
    told = {"tokens": asked.tokens.total}
    return Reply(200, None, _headers(asked), media, told, replace(stream, pieces=pieces))


def _headers(asked: Asked) -> dict[str, str]:
    return {"x-request-id": f"box-{asked.number}"}


def sse(body: dict[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _split(event: bytes) -> Iterator[bytes]:
    """A letter of several bytes is torn apart, as networks do."""
    place = next((at for at, byte in enumerate(event) if byte >= 0x80), None)
    if place is None:
        yield event
    else:
        yield event[: place + 1]
        yield event[place + 1 :]
