"""Chat completions: one answer, or its words one after the other as server-sent events."""

import time
from collections.abc import Iterator
from typing import Any

from sandbox.xai import refusals, speaking
from sandbox.xai.speaking import Asked

KNOWN = frozenset({
    "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "stream", "stream_options",
    "response_format", "reasoning_effort", "store", "user", "seed", *speaking.NOT_WITH_REASONING,
})  # fmt: skip
MOST = "max_tokens"


def turns(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What was said so far. Raises Problem."""
    found = body.get("messages")
    if not isinstance(found, list) or not found:
        raise refusals.bad_argument("Field messages is required and must not be empty.")
    return found


def effort(body: dict[str, Any]) -> Any:
    return body.get("reasoning_effort")


def schema(body: dict[str, Any]) -> dict[str, Any] | None:
    form = body.get("response_format") or {}
    return form.get("json_schema", {}).get("schema") if form.get("type") == "json_schema" else None


def _usage(asked: Asked) -> dict[str, Any]:
    """Reasoning comes on top of what was written here."""
    tokens = asked.tokens
    return {
        "prompt_tokens": tokens.into,
        "completion_tokens": tokens.out,
        "total_tokens": tokens.total,
        "prompt_tokens_details": {"text_tokens": tokens.into, "cached_tokens": 0, "image_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
        **tokens.ticks,
    }


def _frame(asked: Asked, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{asked.number}", "object": kind, "created": int(time.time()), "model": asked.model}


def body(asked: Asked) -> dict[str, Any]:
    """A whole answer."""
    written = asked.written
    message = {"role": "assistant", "content": written.text or None, "refusal": written.refusal}
    choice = {"index": 0, "message": message, "finish_reason": written.finish}
    return {**_frame(asked, "chat.completion"), "choices": [choice], "usage": _usage(asked)}


def events(asked: Asked) -> Iterator[bytes]:
    """The same as events."""
    frame, written = _frame(asked, "chat.completion.chunk"), asked.written

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return speaking.sse({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield speaking.COMMENT + event({"role": "assistant", "content": ""})
    for piece in asked.pieces:
        yield event({"content": piece})
    if error := written.error or written.failure:
        yield speaking.sse({"code": error["code"], "error": error.get("error") or error["message"]})
        return
    if not written.ends:
        return
    if written.refusal is not None:
        yield event({"refusal": written.refusal})
    yield event({}, written.finish)
    yield speaking.sse({**frame, "choices": [], "usage": _usage(asked)})
    if asked.tells_done:
        yield b"data: [DONE]\n\n"
