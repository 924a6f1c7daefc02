"""Any service that speaks chat completions will do, and is told nothing that only xAI knows."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django import Settings

from ai import client
from ai.tests.asking import ASK, hear
from multivio.settings.ai import spoken_at
from tests.serving import QuietHandler, Server


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
        settings.XAI_BASE_URL, settings.XAI_API_KEY, settings.XAI_API = server.url, "", spoken_at(server.url)
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


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("https://api.x.ai/v1", "responses"),
        ("https://eu-west-1.api.x.ai/v1", "responses"),
        ("http://ollama:11434/v1", "chat"),
        ("https://llm.example/x.ai/v1", "chat"),
        ("https://notx.ai/v1", "chat"),
    ],
)
def test_xai_is_asked_in_its_own_way_and_everybody_else_in_theirs(url: str, dialect: str) -> None:
    assert spoken_at(url) == dialect


def test_the_sandbox_is_asked_as_xai_is(settings: Settings) -> None:
    assert spoken_at(settings.XAI_BASE_URL) == settings.XAI_API == "responses"
