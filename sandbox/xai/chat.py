"""Chat completions: one answer, or its words one after the other as server-sent events."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sandbox.calls import Reply, Stream

PRICES = {"grok-4.3": (1.25, 2.5), "grok-4.5": (2.0, 6.0), "grok-4.6": (3.0, 9.0)}  # dollars for a million tokens
TICKS_A_DOLLAR = 10_000_000_000
PICTURE_TOKENS = 1500
DATA = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+")
PIECE = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Written:
    """What the model has to say, and how it stopped."""

    text: str
    finish: str = "stop"
    refusal: str | None = None
    tells_ticks: bool = True
    error: dict[str, str] | None = None  # comes instead of the end of a stream


def tokens_of(text: str) -> int:
    """About as many as a tokenizer would find: four letters each."""
    return max(1, -(-len(text) // 4))


def usage_of(asked: dict[str, Any], written: Written, sent: str) -> dict[str, Any]:
    said = json.dumps(asked["messages"], ensure_ascii=False)
    words, pictures = DATA.subn("", said)
    prompt, completion = tokens_of(words) + pictures * PICTURE_TOKENS, tokens_of(sent)
    into, out = PRICES.get(asked["model"], PRICES["grok-4.3"])
    told: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"text_tokens": prompt, "cached_tokens": 0, "image_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    if written.tells_ticks:
        told["cost_in_usd_ticks"] = int((prompt * into + completion * out) * TICKS_A_DOLLAR / 1_000_000)
    return told


def _frame(asked: dict[str, Any], number: int, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": int(time.time()), "model": asked["model"]}


def whole(asked: dict[str, Any], written: Written, number: int) -> Reply:
    message = {"role": "assistant", "content": written.text or None, "refusal": written.refusal}
    choice = {"index": 0, "message": message, "finish_reason": written.finish}
    body = {
        **_frame(asked, number, "chat.completion"),
        "choices": [choice],
        "usage": usage_of(asked, written, written.text),
    }
    return Reply(200, body, {"x-request-id": f"box-{number}"}, effect={"tokens": body["usage"]["total_tokens"]})


def streamed(asked: dict[str, Any], written: Written, number: int, stream: Stream) -> Reply:
    """The same in pieces. `stream` says how they come."""
    pieces = tuple(piece for event in _events(asked, written, number) for piece in _split(event))
    told = {"tokens": usage_of(asked, written, written.text)["total_tokens"]}
    media = "text/event-stream; charset=utf-8"
    return Reply(200, None, {"x-request-id": f"box-{number}"}, media, told, replace(stream, pieces=pieces))


def _events(asked: dict[str, Any], written: Written, number: int) -> Iterator[bytes]:
    frame = _frame(asked, number, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return _sse({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield b": the box keeps the line open\n\n" + event({"role": "assistant", "content": ""})
    for piece in PIECE.findall(written.text):
        yield event({"content": piece})
    if written.error is not None:
        yield _sse(written.error)
        return
    if written.refusal is not None:
        yield event({"refusal": written.refusal})
    yield event({}, written.finish)
    yield _sse({**frame, "choices": [], "usage": usage_of(asked, written, written.text)})
    yield b"data: [DONE]\n\n"


def _sse(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _split(event: bytes) -> Iterator[bytes]:
    """A letter of several bytes is torn apart, as networks do."""
    place = next((at for at, byte in enumerate(event) if byte >= 0x80), None)
    if place is None:
        yield event
    else:
        yield event[: place + 1]
        yield event[place + 1 :]
