"""Chat completions: OpenAI's first dialect, which everybody else speaks. xAI still does, and calls it legacy."""

from typing import Any

from ai import errors
from ai.wire import answers, refusals
from ai.wire.answers import JSON, Answer, Ask, Usage
from ai.wire.hearing import DONE, Hearing

PATH = "/chat/completions"


def body(ask: Ask, model: str, *, stream: bool) -> JSON:
    """The request. Nothing is to be stored there, no tools are offered, and no more is written than was asked for."""
    sent: JSON = {
        "model": model,
        "messages": [{**turn, "content": _content(turn["content"])} for turn in ask.messages],
        "max_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "store": False,
    }
    if ask.user:
        sent["user"] = ask.user
    if effort := answers.effort(model):
        sent["reasoning_effort"] = effort
    if ask.schema is not None:
        form = {"name": "result", "schema": ask.schema, "strict": True}
        sent["response_format"] = {"type": "json_schema", "json_schema": form}
    if stream:
        sent |= {"stream": True, "stream_options": {"include_usage": True}}
    return sent


def _content(content: str | list[JSON]) -> str | list[JSON]:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: JSON) -> JSON:
    if "picture" in part:
        return {"type": "image_url", "image_url": {"url": part["picture"], "detail": "high"}}
    return {"type": "text", "text": part["text"]}


def answer_of(data: Any, request_id: str) -> Answer:
    """A whole answer. Raises Refused, Garbled."""
    try:
        choice = data["choices"][0]
        message = choice["message"]
        finish, text = choice.get("finish_reason") or "stop", answers.clean(message.get("content") or "")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise errors.Garbled(detail="no choices: does the service speak what XAI_API says?") from None
    if message.get("refusal") or finish == "content_filter":
        raise errors.Refused
    if not text.strip():
        raise errors.Garbled(detail="an empty answer")
    return Answer(text, str(data.get("model", "")), finish, _usage(data.get("usage")), request_id)


def _usage(told: Any) -> Usage | None:
    return answers.usage_of(told, "prompt", "completion")


def take(heard: Hearing, event: JSON) -> str:
    """Add an event of a stream to what was heard; the new words in it."""
    if event.get("type") == DONE:
        # Some services leave this line out, others never say why they stopped: either is an end.
        heard.finish, heard.is_over = heard.finish or "stop", True
        return ""
    if "error" in event or ("code" in event and "choices" not in event):
        heard.fail(refusals.error_within(event))
        return ""
    heard.model = heard.model or str(event.get("model", ""))
    heard.usage = _usage(event.get("usage")) or heard.usage
    choice = (event.get("choices") or [{}])[0]
    delta = choice.get("delta") or {}
    heard.finish = choice.get("finish_reason") or heard.finish
    heard.refused = heard.refused or bool(delta.get("refusal")) or heard.finish == "content_filter"
    return heard.add(str(delta.get("content") or ""))
