"""xAI's own dialect, as it was recorded from the service: answers of several items, usage, and streams with all their ends."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from ai import client, errors
from ai.tests.asking import ASK, hear
from ai.wire import Ask, Hearing, chat, responses
from tests.serving import QuietHandler, Server

THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Let me think."}]}
USAGE = {
    "input_tokens": 32,
    "input_tokens_details": {"cached_tokens": 6},
    "output_tokens": 110,
    "output_tokens_details": {"reasoning_tokens": 100},
    "total_tokens": 142,
    "num_server_side_tools_used": 0,
    "cost_in_usd_ticks": 3_120_000,
}


def message(*texts: str, **part: Any) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [*parts, *([part] if part else [])],
    }


def response(*output: dict[str, Any], **others: Any) -> dict[str, Any]:
    told = {"id": "resp_1", "object": "response", "model": "grok-4.3", "status": "completed", "error": None}
    return {**told, "incomplete_details": None, "output": list(output), "usage": USAGE, **others}


class WholeTests:
    def test_its_words_are_those_of_every_message_wherever_they_stand(self) -> None:
        told = response(THOUGHT, message("Hallo ", "Welt"), {"type": "custom_tool_call"}, message("!"))
        answer = responses.answer_of(told, "req-1")
        assert (answer.text, answer.model, answer.finish, answer.request_id) == (
            "Hallo Welt!",
            "grok-4.3",
            "stop",
            "req-1",
        )

    def test_what_cannot_be_stored_is_left_out(self) -> None:
        assert responses.answer_of(response(message("a\x00b\ud83dc")), "").text == "abc"
        said = {"choices": [{"message": {"content": "a\x00b\ud83dc"}}]}
        assert chat.answer_of(said, "").text == "abc"

    def test_reasoning_is_counted_once(self) -> None:
        usage = responses.answer_of(response(message("Hi")), "").usage
        assert usage
        assert (usage.into, usage.cached, usage.out, usage.reasoning, usage.ticks) == (32, 6, 10, 100, 3_120_000)

    @pytest.mark.parametrize("usage", [None, {}, {**USAGE, "cost_in_usd_ticks": None}, {"input_tokens_details": []}])
    def test_what_it_cost_may_be_left_out(self, usage: Any) -> None:
        found = responses.answer_of(response(message("Hi"), usage=usage), "").usage
        assert found is None or found.ticks is None

    @pytest.mark.parametrize(
        ("told", "kind"),
        [
            (response(message(type="refusal", refusal="No.")), errors.Refused),
            (
                response(message("Half"), status="incomplete", incomplete_details={"reason": "content_filter"}),
                errors.Refused,
            ),
            (response(status="failed", error={"code": "server_error", "message": "oops"}), errors.Lost),
            (response(status="failed", error={"code": "rate_limit_exceeded", "message": "slow"}), errors.Busy),
            (response(status="failed", error=None), errors.Lost),
            (response(THOUGHT), errors.Garbled),
            (response(message(" ")), errors.Garbled),
            ({"choices": []}, errors.Garbled),
            ({**response(), "output": "text"}, errors.Garbled),
            ([], errors.Garbled),
        ],
    )
    def test_what_is_no_answer_is_none(self, told: Any, kind: type[errors.AiError]) -> None:
        with pytest.raises(kind):
            responses.answer_of(told, "")

    @pytest.mark.parametrize("details", [{"reason": "max_output_tokens"}, None])
    def test_one_that_grew_too_long_is_cut(self, details: Any) -> None:
        told = response(message("Half"), status="incomplete", incomplete_details=details)
        assert responses.answer_of(told, "").is_cut


class AskTests:
    def test_a_picture_goes_along_in_its_form(self) -> None:
        turn = {"role": "user", "content": [{"picture": "data:image/png;base64,AA=="}, {"text": "What is it?"}]}
        sent = responses.body(Ask((turn,), max_tokens=50, schema={"type": "object"}), "grok-4.3", stream=True)
        assert sent["input"][0]["content"] == [
            {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "high"},
            {"type": "input_text", "text": "What is it?"},
        ]
        assert (sent["store"], sent["max_output_tokens"], sent["stream"]) == (False, 50, True)
        form = {"type": "json_schema", "name": "result", "schema": {"type": "object"}, "strict": True}
        assert sent["text"] == {"format": form}

    def test_effort_is_sent_where_it_is_known(self, settings: Settings) -> None:
        assert responses.body(ASK, "grok-4.3", stream=False)["reasoning"] == {"effort": "none"}
        assert responses.body(ASK, "grok-4.5", stream=False)["reasoning"] == {"effort": "low"}
        settings.XAI_EFFORT = ""
        assert "reasoning" not in responses.body(ASK, "grok-4.3", stream=False)


def event(kind: str, **values: Any) -> str:
    return f"event: {kind}\r\ndata: {json.dumps({'type': kind, **values}, ensure_ascii=False)}\r\n\r\n"


BEGIN = (
    ": waiting\r\n\r\n"
    + event("response.created", response=response(status="in_progress", usage=None))
    + event("response.output_item.added", output_index=0, item=THOUGHT)
    + event("response.reasoning_summary_text.delta", delta="Let me think.")
    + event("response.quite_new", delta="nothing for us")
)
HALF = event("response.output_text.delta", output_index=1, delta="Grüße 🪔")
DONE = "data: [DONE]\r\n\r\n"


class Recorded(QuietHandler):
    """Says what was recorded, letter by letter."""

    said = ""
    calls = 0

    def do_POST(self) -> None:
        type(self).calls += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("x-request-id", "req-7")
        self.end_headers()
        for byte in self.said.encode():
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


@pytest.fixture
def recorded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Recorded]]:
    monkeypatch.setattr(Recorded, "calls", 0)
    with Server(Recorded) as server:
        settings.XAI_BASE_URL, settings.XAI_API = server.url, "responses"
        yield Recorded


class StreamTests:
    @pytest.mark.parametrize("last", ["", DONE])
    def test_it_is_over_when_it_says_so(self, recorded: type[Recorded], last: str) -> None:
        recorded.said = BEGIN + HALF + event("response.completed", response=response(message("Grüße 🪔"))) + last
        answer = hear().answer()
        assert (answer.text, answer.finish, answer.request_id) == ("Grüße 🪔", "stop", "req-7")
        assert answer.usage
        assert answer.usage.ticks == 3_120_000

    def test_one_that_only_tells_the_whole_is_heard_too(self, recorded: type[Recorded]) -> None:
        recorded.said = event("response.completed", response=response(message("All at once.")))
        assert hear().answer().text == "All at once."

    def test_one_that_grew_too_long_is_cut(self, recorded: type[Recorded]) -> None:
        end = response(message("Grüße 🪔"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
        recorded.said = BEGIN + HALF + event("response.incomplete", response=end)
        assert hear().answer().is_cut

    @pytest.mark.parametrize(
        "end",
        [
            "",
            DONE,
            event("response.output_text.done", text="Grüße 🪔"),
            event("error", code="internal", message="oops"),
            'data: {"code":"internal","error":"oops"}\r\n\r\n',
            event(
                "response.failed", response=response(status="failed", error={"code": "server_error", "message": "x"})
            ),
        ],
    )
    def test_every_other_end_is_a_break_and_what_came_is_kept(self, recorded: type[Recorded], end: str) -> None:
        recorded.said = BEGIN + HALF + end
        heard = Hearing()
        with pytest.raises(errors.BrokenOff) as told:
            hear(heard=heard)
        assert (heard.text, told.value.request_id, recorded.calls) == ("Grüße 🪔", "req-7", 1)

    @pytest.mark.parametrize(
        "end",
        [
            event("response.refusal.delta", delta="No."),
            event("response.completed", response=response(message("Grüße", type="refusal", refusal="No."))),
            event(
                "response.failed",
                response=response(status="failed", error={"code": "x", "message": "Failed check: SAFETY_CHECK"}),
            ),
        ],
    )
    def test_a_refusal_leaves_nothing(self, recorded: type[Recorded], end: str) -> None:
        recorded.said = BEGIN + HALF + end
        heard = Hearing()
        with pytest.raises(errors.Refused):
            hear(heard=heard)
        assert heard.text == ""


def test_a_service_that_speaks_the_other_dialect_is_not_understood(
    recorded: type[Recorded],
) -> None:
    recorded.said = json.dumps({"choices": [{"message": {"content": "Hi"}}]})
    with pytest.raises(errors.Garbled) as told:
        client.complete(ASK)
    assert "XAI_API" in told.value.detail
