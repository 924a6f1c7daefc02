"""How one talks to the model: OpenAI's chat completions, as xAI, LiteLLM, Ollama and others speak them.

Only shapes are here; sending is in client.py and streaming.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from ai import errors
from ai.errors import AiError

JSON = dict[str, Any]
CREDITS_GONE = ("credits", "spending limit", "monthly limit")
SAFETY = ("safety_check", "usage guidelines", "content moderation", "content_filter", "moderation")


@dataclass(frozen=True)
class Ask:
    """One question. `schema` is a JSON schema that the answer has to fit."""

    messages: tuple[JSON, ...]
    max_tokens: int
    temperature: float = 0.7
    schema: JSON | None = None
    user: str = ""  # a pseudonym of the workspace
    model: str = ""  # empty: the one of the settings

    @property
    def letters(self) -> int:
        """How long the question is, pictures aside."""
        return sum(_letters(message["content"]) for message in self.messages)


def _letters(content: str | list[JSON]) -> int:
    return len(content) if isinstance(content, str) else sum(len(part.get("text", "")) for part in content)


@dataclass(frozen=True)
class Usage:
    """What an answer took. `ticks`: 1e-10 dollars, as the service counts; None where it does not say."""

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


def headers() -> dict[str, str]:
    key = settings.XAI_API_KEY
    return {"Accept": "application/json, text/event-stream", **({"Authorization": f"Bearer {key}"} if key else {})}


def body(ask: Ask, model: str, *, stream: bool) -> JSON:
    """The request. Nothing is to be stored there, no tools are offered, and no more is written than was asked for."""
    sent: JSON = {
        "model": model,
        "messages": list(ask.messages),
        "max_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "store": False,
    }
    if ask.user:
        sent["user"] = ask.user
    if settings.XAI_EFFORT:
        sent["reasoning_effort"] = settings.XAI_EFFORT
    if ask.schema is not None:
        form = {"name": "result", "schema": ask.schema, "strict": True}
        sent["response_format"] = {"type": "json_schema", "json_schema": form}
    if stream:
        sent |= {"stream": True, "stream_options": {"include_usage": True}}
    return sent


def answer_of(data: Any, request_id: str) -> Answer:
    """A whole answer. Raises Refused, Garbled."""
    try:
        choice = data["choices"][0]
        message = choice["message"]
        finish, text = choice.get("finish_reason") or "stop", message.get("content") or ""
    except (KeyError, IndexError, TypeError, AttributeError):
        raise errors.Garbled(detail="no choices") from None
    if message.get("refusal") or finish == "content_filter":
        raise errors.Refused
    if not text.strip():
        raise errors.Garbled(detail="an empty answer")
    return Answer(text, str(data.get("model", "")), finish, usage_of(data.get("usage")), request_id)


def usage_of(told: Any) -> Usage | None:
    if not isinstance(told, Mapping):
        return None
    into, out = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    cached = _count((told.get("prompt_tokens_details") or {}).get("cached_tokens"))
    reasoning = _count((told.get("completion_tokens_details") or {}).get("reasoning_tokens"))
    ticks = told.get("cost_in_usd_ticks")
    return Usage(into, out, cached, reasoning, ticks if isinstance(ticks, int) else None)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


@dataclass
class Hearing:
    """What a stream has said so far. Feed it line by line; `is_over` once it ended as it should."""

    model: str = ""
    request_id: str = ""
    text: str = ""
    finish: str = ""
    refused: bool = False
    usage: Usage | None = None
    is_over: bool = False
    error: AiError | None = None

    def forget(self) -> None:
        """Begin again: a try that said nothing leaves nothing behind."""
        self.__dict__.update(Hearing().__dict__)

    def line(self, line: str) -> str:
        """Take one line of server-sent events; the new words in it."""
        if not line.startswith("data:"):
            return ""
        data = line[5:].strip()
        if data == "[DONE]":
            self.is_over = True
            return ""
        try:
            event = json.loads(data)
        except ValueError:
            raise errors.Garbled(detail="an event that is no JSON") from None
        return self._event(event) if isinstance(event, dict) else ""

    def _event(self, event: JSON) -> str:
        if "error" in event or ("code" in event and "choices" not in event):
            self.error = error_of(500, {}, json.dumps(event).encode())
            return ""
        self.model = self.model or str(event.get("model", ""))
        self.usage = usage_of(event.get("usage")) or self.usage
        choices = event.get("choices") or [{}]
        delta = choices[0].get("delta") or {}
        self.finish = choices[0].get("finish_reason") or self.finish
        self.refused = self.refused or bool(delta.get("refusal")) or self.finish == "content_filter"
        new = str(delta.get("content") or "")
        self.text += new
        return new

    def answer(self) -> Answer:
        """The whole, at the end. Raises what the stream ended with instead."""
        if self.refused:
            raise errors.Refused
        if self.error is not None:
            raise self.error if not self.text else errors.BrokenOff(detail=self.error.code)
        # Some services leave out the last line; whoever said why it stopped has said all.
        if not (self.is_over or self.finish):
            raise errors.BrokenOff
        if not self.text.strip():
            raise errors.Garbled(detail="an empty stream")
        return Answer(self.text, self.model, self.finish or "stop", self.usage, self.request_id)


# -- refusals: xAI says {"code", "error"}, others nest them, gateways send plain text ---------------------------------------


def error_of(status: int, told: Mapping[str, str], content: bytes) -> AiError:
    """What an answer that is no success means."""
    said = _said(content)
    text = said.lower()
    kind = _kind(status, text)
    return kind(retry_after=_seconds(told.get("retry-after", "")), detail=f"{status} {said[:300]}")


def _kind(status: int, text: str) -> type[AiError]:
    if any(sign in text for sign in SAFETY):
        return errors.Refused
    if status == 403 and any(sign in text for sign in CREDITS_GONE):
        return errors.AccountEmpty
    if status in {401, 403} or (status == 400 and "api key" in text):
        return errors.Misconfigured
    if status == 404 or "model not found" in text:
        return errors.NoSuchModel
    if status == 429:
        return errors.Busy
    if status >= 500:
        return errors.Unavailable
    return errors.BadQuestion


def _said(content: bytes) -> str:
    """The words of a refusal in any of its three forms."""
    plain = content[:4000].decode("utf-8", "replace")
    try:
        data = json.loads(content)
    except ValueError:
        return plain
    if not isinstance(data, dict):
        return plain
    inner = data.get("error")
    if isinstance(inner, dict):
        return f"{inner.get('code', '')}: {inner.get('message', '')}"
    return f"{data.get('code', '')}: {inner or data.get('message', '')}"


def _seconds(value: str) -> float:
    try:
        return max(0.0, float(value))
    except ValueError:
        return 0.0
