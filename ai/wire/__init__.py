"""How one talks to the model, in two dialects: xAI's own (responses.py), and OpenAI's chat completions (chat.py), as LiteLLM,
Ollama and others speak them. XAI_API says which; outside of this package nobody knows.

Only shapes are here; sending is in client.py and streaming.py.
"""

from typing import Protocol

from django.conf import settings

from ai.wire import chat, responses
from ai.wire.answers import JSON, Answer, Ask, Usage
from ai.wire.hearing import Hearing, event_of
from ai.wire.refusals import error_of

__all__ = ["JSON", "Answer", "Ask", "Dialect", "Hearing", "Usage", "dialect", "error_of", "event_of", "headers"]


class Dialect(Protocol):
    """What a module here has to know."""

    PATH: str

    def body(self, ask: Ask, model: str, *, stream: bool) -> JSON:
        """The request."""

    def answer_of(self, data: JSON, request_id: str) -> Answer:
        """A whole answer. Raises AiError."""

    def take(self, heard: Hearing, event: JSON) -> str:
        """Add an event of a stream to what was heard; the new words in it."""


_DIALECTS: dict[str, Dialect] = {"responses": responses, "chat": chat}


def dialect() -> Dialect:
    """The one that is set up."""
    return _DIALECTS[settings.XAI_API]


def headers() -> dict[str, str]:
    key = settings.XAI_API_KEY
    return {"Accept": "application/json, text/event-stream", **({"Authorization": f"Bearer {key}"} if key else {})}
