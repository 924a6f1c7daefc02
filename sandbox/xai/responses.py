"""`POST /responses`: a response of several items, or all that happens on the way to it as numbered events."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.xai import refusals, speaking
from sandbox.xai.speaking import Asked

KNOWN = frozenset({
    "model", "input", "max_output_tokens", "temperature", "top_p", "stream", "reasoning", "text", "store", "user",
    "prompt_cache_key", *speaking.NOT_WITH_REASONING,
})  # fmt: skip
MOST = "max_output_tokens"
PARTS = {"input_text": "text", "input_image": "image_url", "output_text": "text"}
THOUGHT = "Somebody asks, and I think about it."


def turns(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What was said so far; a text alone is somebody's. Raises Problem."""
    found = body.get("input")
    if isinstance(found, str) and found:
        return [{"role": "user", "content": found}]
    if not isinstance(found, list) or not found:
        raise refusals.bad_argument("Field input is required and must not be empty.")
    for number, turn in enumerate(found):
        if not isinstance(turn, dict) or not _is_content(turn.get("content")):
            raise speaking.undeserialisable(f"input[{number}]: data did not match any variant of ModelInput")
    return found


def _is_content(content: Any) -> bool:
    """The parts of chat completions (text, image_url) are none here."""
    if isinstance(content, str):
        return True
    parts = content if isinstance(content, list) else [None]
    return all(
        isinstance(part, dict) and isinstance(part.get(PARTS.get(part.get("type", ""), "")), str) for part in parts
    )


def effort(body: dict[str, Any]) -> Any:
    found = body.get("reasoning") or {}
    if not isinstance(found, dict):
        raise speaking.undeserialisable("reasoning: invalid type")
    return found.get("effort")


def schema(body: dict[str, Any]) -> dict[str, Any] | None:
    form = (body.get("text") or {}).get("format") or {}
    if not isinstance(form, dict):
        raise speaking.undeserialisable("text.format: invalid type")
    if form.get("type") != "json_schema":
        return None
    if not isinstance(form.get("name"), str) or not isinstance(form.get("schema"), dict):
        raise speaking.undeserialisable("text.format: missing field `name` or `schema`")
    found: dict[str, Any] = form["schema"]
    return found


def body(asked: Asked) -> dict[str, Any]:
    """A whole answer."""
    return _Telling(asked).response(_status(asked), _items(asked))


def _status(asked: Asked) -> str:
    if asked.written.failure or asked.written.error:
        return "failed"
    return "completed" if asked.written.finish == "stop" else "incomplete"


def _items(asked: Asked) -> list[dict[str, Any]]:
    thought = [_thought(asked)] if asked.tokens.reasoning else []
    return [*thought, _message(asked, "completed" if _status(asked) == "completed" else "incomplete")]


def _thought(asked: Asked) -> dict[str, Any]:
    summary = [{"type": "summary_text", "text": THOUGHT}]
    return {"id": f"rs_{asked.number}", "type": "reasoning", "summary": summary, "status": "completed"}


def _message(asked: Asked, status: str) -> dict[str, Any]:
    parts = [*([_text(asked.written.text)] if asked.written.text else []), *_refusals(asked)]
    return {"id": f"msg_{asked.number}", "type": "message", "role": "assistant", "status": status, "content": parts}


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _refusals(asked: Asked) -> list[dict[str, Any]]:
    said = asked.written.refusal
    return [] if said is None else [{"type": "refusal", "refusal": said}]


def _usage(asked: Asked) -> dict[str, Any]:
    """Reasoning is counted within what was written here."""
    tokens = asked.tokens
    return {
        "input_tokens": tokens.into,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": tokens.out + tokens.reasoning,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.total,
        "num_server_side_tools_used": 0,
        **tokens.ticks,
    }


def events(asked: Asked) -> Iterator[bytes]:
    """The same as events, in the order in which they come there, with one among them that nobody knows yet."""
    telling, written = _Telling(asked), asked.written
    begun = telling.response("in_progress", [])
    head = [telling.event("response.created", response=begun), telling.event("response.in_progress", response=begun)]
    if asked.tokens.reasoning:
        head += telling.thought()
    yield speaking.COMMENT + b"".join(head) + telling.event("response.box.mood", mood="calm") + telling.opening()
    for piece in asked.pieces:
        yield telling.part_event("output_text.delta", delta=piece, logprobs=[])
    if written.error:
        message = written.error.get("error") or written.error["message"]
        yield telling.event("error", code=written.error["code"], message=message, param=None)
        return
    if not written.ends:
        return
    if not written.failure:
        yield telling.closing()
    status = _status(asked)
    yield telling.event(f"response.{status}", response=telling.response(status, _items(asked)))
    if asked.tells_done:
        yield b"data: [DONE]\n\n"


@dataclass
class _Telling:
    """Numbers the events of one response."""

    asked: Asked
    created: int = field(default_factory=lambda: int(time.time()))
    number: int = 0

    def event(self, kind: str, **values: Any) -> bytes:
        told = speaking.sse({"type": kind, "sequence_number": self.number, **values}, kind)
        self.number += 1
        return told

    def response(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        """The response as it stands."""
        asked, written = self.asked, self.asked.written
        failure = written.failure or written.error or {}
        reason = "max_output_tokens" if written.finish == "length" else written.finish
        is_over = status in {"completed", "incomplete"}
        error = {"code": failure.get("code"), "message": failure.get("message") or failure.get("error")}
        return {
            "id": f"resp_{asked.number}",
            "object": "response",
            "created_at": self.created,
            "model": asked.model,
            "status": status,
            "incomplete_details": {"reason": reason} if status == "incomplete" else None,
            "error": error if status == "failed" else None,
            "output": [] if status == "failed" else output,
            "usage": _usage(asked) if is_over else None,
            "max_output_tokens": asked.body.get(MOST),
            "reasoning": {"effort": asked.effort or None, "summary": None},
            "store": asked.body.get("store", True),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "text": asked.body.get("text") or {"format": {"type": "text"}},
        }

    @property
    def place(self) -> int:
        """Of the message among the items."""
        return 1 if self.asked.tokens.reasoning else 0

    def part_event(self, kind: str, index: int = 0, **values: Any) -> bytes:
        """One about a part of the message."""
        where = {"item_id": f"msg_{self.asked.number}", "output_index": self.place, "content_index": index}
        return self.event(f"response.{kind}", **where, **values)

    def thought(self) -> list[bytes]:
        item = _thought(self.asked)
        where = {"item_id": item["id"], "output_index": 0, "summary_index": 0}
        begun = {**item, "summary": [], "status": "in_progress"}
        return [
            self.event("response.output_item.added", output_index=0, item=begun),
            self.event("response.reasoning_summary_text.delta", **where, delta=THOUGHT),
            self.event("response.reasoning_summary_text.done", **where, text=THOUGHT),
            self.event("response.output_item.done", output_index=0, item=item),
        ]

    def opening(self) -> bytes:
        item = {**_message(self.asked, "in_progress"), "content": []}
        added = self.event("response.output_item.added", output_index=self.place, item=item)
        return added + (self.part_event("content_part.added", part=_text("")) if self.asked.written.text else b"")

    def closing(self) -> bytes:
        """The end of the message: its text, its refusal, itself."""
        told, item = b"", _message(self.asked, _items(self.asked)[-1]["status"])
        for index, part in enumerate(item["content"]):
            if part["type"] == "output_text":
                told += self.part_event("output_text.done", index, text=part["text"], logprobs=[])
            else:
                told += self.part_event("content_part.added", index, part={**part, "refusal": ""})
                told += self.part_event("refusal.delta", index, delta=part["refusal"])
                told += self.part_event("refusal.done", index, refusal=part["refusal"])
            told += self.part_event("content_part.done", index, part=part)
        return told + self.event("response.output_item.done", output_index=self.place, item=item)
