"""One question, asked of the model with or without waiting."""

from ai import streaming
from ai.tests.cast import in_loop
from ai.wire import Ask, Hearing
from sandbox.testing import Running

ASK = Ask(
    (
        {"role": "system", "content": "Shorten it."},
        {"role": "user", "content": "<data>Ten small lamps für Køge 🪔</data>"},
    ),
    max_tokens=200,
    user="somebody",
)


def hear(ask: Ask = ASK, *, enough: int = 10_000, heard: Hearing | None = None) -> Hearing:
    """Listen to a stream, but for no more than `enough` pieces."""
    told = heard or Hearing()

    async def listen() -> None:
        number = 0
        pieces = streaming.stream(ask, told)
        async for _words in pieces:
            number += 1
            if number == enough:
                break
        await pieces.aclose()

    in_loop(listen)
    return told


def asked(sandbox: Running) -> list[str]:
    """The models that were asked, in turn."""
    return [body["model"] for body in sandbox.control.grok_was_asked()]
