"""Asking the model: what is tried again, what is said when it does not work, and that any service of the kind will do."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django import Settings

from ai import client, errors, streaming, tries
from ai.tests.cast import in_loop
from ai.wire import Ask, Hearing
from sandbox.testing import Running
from tests.serving import QuietHandler, Server

ASK = Ask(
    (
        {"role": "system", "content": "Shorten it."},
        {"role": "user", "content": "<data>Ten small lamps für Køge 🪔</data>"},
    ),
    max_tokens=200,
    user="somebody",
)


def hear(ask: Ask = ASK, *, enough: int = 10_000) -> Hearing:
    """Listen to a stream, but for no more than `enough` pieces."""
    heard = Hearing()

    async def listen() -> None:
        number = 0
        pieces = streaming.stream(ask, heard)
        async for _words in pieces:
            number += 1
            if number == enough:
                break
        await pieces.aclose()

    in_loop(listen)
    return heard


def asked(sandbox: Running) -> list[str]:
    return [body["model"] for body in sandbox.control.grok_was_asked()]


class AskingTests:
    def test_an_answer_comes_with_what_it_took_and_nothing_is_stored_there(self, sandbox: Running) -> None:
        answer = client.complete(ASK)
        assert (answer.text, answer.model) == ("Ten small lamps.", "grok-4.3")
        assert answer.usage
        assert answer.usage.ticks
        (body,) = sandbox.control.grok_was_asked()
        assert (body["store"], body["max_tokens"], body["user"]) == (False, 200, "somebody")
        assert "tools" not in body

    def test_a_stream_says_the_same(self, sandbox: Running) -> None:
        sandbox.control.grok_says("Ærlig talt 🪔 — ein Lämpchen\u2028für Køge.")
        heard = hear()
        assert heard.answer().text == "Ærlig talt 🪔 — ein Lämpchen\u2028für Køge."
        assert heard.usage

    def test_the_models_come_from_the_service(self, sandbox: Running) -> None:
        assert "grok-4.6" in client.listed_models()

    def test_without_a_key_nothing_is_asked(self, settings: Settings) -> None:
        settings.AI_ENABLED = False
        with pytest.raises(errors.Off, match="not set up here"):
            client.complete(ASK)


class TryingAgainTests:
    @pytest.mark.parametrize("listen", [client.complete, hear])
    @pytest.mark.parametrize("fault", [{"kind": "rate_limit", "params": {"seconds": 0}}, {"kind": "reject_5xx"}])
    def test_what_cannot_have_cost_anything_is_asked_again(self, sandbox: Running, fault: Any, listen: Any) -> None:
        sandbox.control.add_fault(platform="xai", operation="chat", **fault)
        listen(ASK)
        assert asked(sandbox) == ["grok-4.3"]  # the first was refused before it was read

    def test_a_long_retry_after_is_not_waited_for_but_told(self, sandbox: Running) -> None:
        sandbox.control.add_fault(platform="xai", operation="chat", kind="rate_limit", times=-1, params={"seconds": 40})
        with pytest.raises(errors.Busy) as told:
            client.complete(ASK)
        assert told.value.retry_after == 40

    def test_a_model_that_is_gone_has_a_stand_in(self, sandbox: Running, settings: Settings) -> None:
        settings.XAI_MODEL_TEXT = "grok-3"
        assert client.complete(ASK).model == "grok-4.5"
        assert hear().model == "grok-4.5"

    def test_silence_is_not_paid_twice(self, sandbox: Running) -> None:
        sandbox.control.add_fault(platform="xai", operation="chat", kind="accept_then_hang")
        with pytest.raises(errors.Silent):
            client.complete(ASK)
        assert len(asked(sandbox)) == 1

    def test_a_service_that_is_down_is_left_alone_for_a_while(
        self, sandbox: Running, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.XAI_BASE_URL = "http://127.0.0.1:9"
        with pytest.raises(errors.Unavailable):
            client.complete(ASK)
        with pytest.raises(errors.Unavailable) as told:
            client.complete(ASK)
        assert told.value.retry_after == int(tries.OPEN_SECONDS)
        settings.XAI_BASE_URL = f"{sandbox.url}/xai/v1"
        tries.breaker.open_until = time.monotonic()  # the pause is over
        client.complete(ASK)
        assert tries.breaker.failures == 0


SAID = [
    ({"kind": "refuse", "params": {"status": 400, "message": "Incorrect API key provided: x."}}, errors.Misconfigured),
    ({"kind": "refuse", "params": {"status": 400, "form": "nested", "message": "too long"}}, errors.BadQuestion),
    (
        {"kind": "refuse", "params": {"status": 422, "form": "text", "message": "Failed to deserialize"}},
        errors.BadQuestion,
    ),
    ({"kind": "refuse"}, errors.Refused),
    ({"kind": "unauthorized"}, errors.Misconfigured),
    ({"kind": "credits_depleted"}, errors.AccountEmpty),
    ({"kind": "garbage_200"}, errors.Garbled),
    ({"kind": "reset"}, errors.Unavailable),
    ({"kind": "reject_5xx", "times": -1}, errors.Unavailable),
    ({"kind": "html_502", "times": -1}, errors.Unavailable),
]


@pytest.mark.parametrize(("fault", "kind"), SAID)
def test_every_trouble_is_one_sentence_with_a_next_step(
    sandbox: Running, fault: Any, kind: type[errors.AiError]
) -> None:
    sandbox.control.add_fault(platform="xai", operation="chat", **fault)
    with pytest.raises(kind) as told:
        client.complete(ASK)
    assert told.value.message == kind.sentence
    assert len(kind.sentence.split()) > 5


class BrokenStreamTests:
    @pytest.mark.parametrize("kind", ["cut_stream", "silent_stream"])
    def test_what_came_is_kept_when_it_breaks_off(self, sandbox: Running, kind: str) -> None:
        sandbox.control.add_fault(platform="xai", operation="chat", kind=kind, params={"after": 3})
        heard = Hearing()

        async def listen() -> None:
            async for _words in streaming.stream(ASK, heard):
                pass

        with pytest.raises(errors.BrokenOff):
            in_loop(listen)
        assert heard.text == "Ten small "

    def test_an_error_after_the_beginning_is_one(self, sandbox: Running) -> None:
        sandbox.control.grok_says("Half of", error={"code": "internal", "error": "something broke"})
        with pytest.raises(errors.BrokenOff):
            hear()

    def test_a_stream_that_ends_without_saying_so_is_broken(self, sandbox: Running) -> None:
        heard = Hearing()
        heard.line('data: {"choices":[{"delta":{"content":"Half"}}]}')
        with pytest.raises(errors.BrokenOff):
            heard.answer()

    def test_a_refusal_in_the_stream_is_said(self, sandbox: Running) -> None:
        sandbox.control.grok_says("", refusal="I cannot help with that.")
        with pytest.raises(errors.Refused):
            hear()

    def test_who_stops_reading_closes_the_line(self, sandbox: Running) -> None:
        sandbox.control.grok_says("word " * 400)
        sandbox.control.settings(xai_word_ms=5)
        assert hear(enough=3).text == "word word word "
        sandbox.control.settings(xai_word_ms=0)
        for _ in range(100):
            sent = sandbox.control.call("GET", "xai/streams")["streams"][0]["sent"]
            if sent is not None:
                break
        assert sent is not None
        assert sent < 100


class Other(QuietHandler):
    """Another service of the kind, as LiteLLM and Ollama answer: no ticks, no [DONE], no models of ours."""

    asked: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({**body, "key": self.headers.get("Authorization")})
        if body.get("stream"):
            events: list[dict[str, Any]] = [{"choices": [{"delta": {"content": part}}]} for part in ("Hallo ", "Welt")]
            events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
            self._send("text/event-stream", "".join(f"data: {json.dumps(event)}\r\n\r\n" for event in events))
        else:
            message = {"role": "assistant", "content": "Hallo Welt"}
            usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
            self._send(
                "application/json", json.dumps({"model": "llama3", "choices": [{"message": message}], "usage": usage})
            )

    def _send(self, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def other(settings: Settings) -> Iterator[list[dict[str, Any]]]:
    handler: type[BaseHTTPRequestHandler] = Other
    Other.asked.clear()
    with Server(handler) as server:
        settings.XAI_BASE_URL, settings.XAI_API_KEY = server.url, ""
        settings.XAI_MODEL_TEXT, settings.XAI_EFFORT = "llama3", ""
        yield Other.asked


def test_any_service_that_speaks_the_same_will_do(other: list[dict[str, Any]]) -> None:
    answer = client.complete(ASK)
    assert (answer.text, answer.usage and answer.usage.ticks, answer.usage and answer.usage.out) == (
        "Hallo Welt",
        None,
        2,
    )
    assert hear().answer().text == "Hallo Welt"
    assert [body["model"] for body in other] == ["llama3", "llama3"]
    assert all(body["key"] is None and "reasoning_effort" not in body for body in other)
