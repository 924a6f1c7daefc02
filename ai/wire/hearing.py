"""What a stream has said so far, whatever the dialect."""

import json
from dataclasses import dataclass

from ai import errors
from ai.errors import AiError
from ai.wire.answers import JSON, Answer, Usage, clean

DONE = "[DONE]"


@dataclass
class Hearing:
    """A dialect adds one event after the other. `finish` says why it stopped; `is_over` that nothing more will come."""

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

    def add(self, words: str) -> str:
        new = clean(words)
        self.text += new
        return new

    def fail(self, error: AiError) -> None:
        self.error, self.is_over = error, True

    def answer(self) -> Answer:
        """The whole, at the end. Raises what the stream ended with instead."""
        if self.refused or isinstance(self.error, errors.Refused):
            raise errors.Refused
        if self.error is not None:
            raise self.error if not self.text else errors.BrokenOff(detail=self.error.code)
        if not self.finish:
            raise errors.BrokenOff
        if not self.text.strip():
            raise errors.Garbled(detail="an empty stream")
        return Answer(self.text, self.model, self.finish, self.usage, self.request_id)


def event_of(line: str) -> JSON:
    """The event in one line of server-sent events; empty where there is none in it, as in comments. Raises Garbled."""
    data = line.removeprefix("data:").strip()
    if not data or not line.startswith("data:"):
        return {}
    if data == DONE:
        return {"type": DONE}
    try:
        event = json.loads(data)
    except ValueError:
        raise errors.Garbled(detail="an event that is no JSON") from None
    return event if isinstance(event, dict) else {}
