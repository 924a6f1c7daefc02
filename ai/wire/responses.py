"""xAI's own dialect: `POST /responses`, where all that is new there appears first."""

from collections.abc import Iterator
from typing import Any

from ai import errors
from ai.wire import answers, refusals
from ai.wire.answers import JSON, Answer, Ask, Usage
from ai.wire.hearing import Hearing

PATH = "/responses"
REFUSED = "content_filter"


def body(ask: Ask, model: str, *, stream: bool) -> JSON:
    """The request. Answers are kept there for 30 days unless one says no; no tools are offered, and no more is written than was
    asked for."""
    sent: JSON = {
        "model": model,
        "input": [{**turn, "content": _content(turn["content"])} for turn in ask.messages],
        "max_output_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "store": False,
    }
    if ask.user:
        sent["user"] = ask.user
    if effort := answers.effort(model):
        sent["reasoning"] = {"effort": effort}
    if ask.schema is not None:
        sent["text"] = {"format": {"type": "json_schema", "name": "result", "schema": ask.schema, "strict": True}}
    if stream:
        sent["stream"] = True
    return sent


def _content(content: str | list[JSON]) -> str | list[JSON]:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: JSON) -> JSON:
    if "picture" in part:
        return {"type": "input_image", "image_url": part["picture"], "detail": "high"}
    return {"type": "input_text", "text": part["text"]}


def answer_of(data: Any, request_id: str) -> Answer:
    """A whole answer. Raises Refused, Garbled, or what the service failed with."""
    if not isinstance(data, dict) or not isinstance(data.get("output"), list | None):
        raise errors.Garbled(detail="no response")
    if data.get("status") == "failed" or data.get("error"):
        raise refusals.error_within(data)
    if "output" not in data:
        raise errors.Garbled(detail="no output: does the service speak what XAI_API says?")
    text, finish = answers.clean(_text(data)), _finish(data)
    if finish == REFUSED:
        raise errors.Refused
    if not text.strip():
        raise errors.Garbled(detail="an empty answer")
    return Answer(text, str(data.get("model", "")), finish, _usage(data.get("usage")), request_id)


def _usage(told: Any) -> Usage | None:
    return answers.usage_of(told, "input", "output")


def _parts(response: JSON) -> Iterator[JSON]:
    """Of all messages: reasoning may stand before them, and there may be several."""
    for item in response.get("output") or []:
        if isinstance(item, dict) and item.get("type") == "message":
            yield from (part for part in item.get("content") or [] if isinstance(part, dict))


def _text(response: JSON) -> str:
    return "".join(str(part.get("text") or "") for part in _parts(response) if part.get("type") == "output_text")


def _finish(response: JSON) -> str:
    """Why it stopped, in the words of Answer."""
    if any(part.get("type") == "refusal" for part in _parts(response)):
        return REFUSED
    if response.get("status") != "incomplete":
        return "stop"
    reason = (response.get("incomplete_details") or {}).get("reason")
    return REFUSED if reason == REFUSED else "length"


def take(heard: Hearing, event: JSON) -> str:
    """Add an event of a stream to what was heard; the new words in it. What an event is stands in its `type`; there are many,
    and more to come, of which few matter. [DONE] is none of them: whoever did not say how it ended broke off."""
    kind = str(event.get("type", ""))
    response = event.get("response")
    if isinstance(response, dict):
        heard.model = heard.model or str(response.get("model", ""))
    match kind:
        case "response.output_text.delta":
            return heard.add(str(event.get("delta") or ""))
        case "response.refusal.delta" | "response.refusal.done":
            heard.refused = True
        case "response.completed" | "response.incomplete" | "response.failed":
            return _end(heard, response if isinstance(response, dict) else {}, kind.removeprefix("response."))
        case "error":
            heard.fail(refusals.error_within(event))
        case "" if "error" in event:
            heard.fail(refusals.error_within(event))
    return ""


def _end(heard: Hearing, response: JSON, status: str) -> str:
    heard.usage = _usage(response.get("usage")) or heard.usage
    if status == "failed":
        heard.fail(refusals.error_within(response))
        return ""
    heard.finish, heard.is_over = _finish({**response, "status": status}), True
    heard.refused = heard.refused or heard.finish == REFUSED
    # Where no pieces came, as from services that only pretend to stream, the end has it all.
    return "" if heard.text else heard.add(_text(response))
