"""Grok in the box answers `POST /responses` as the official client expects it, event by event, and goes wrong as the real one
does."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import requests
from openai.types.responses import Response
from pydantic import BaseModel

from sandbox.testing import Control, Running

SAID = "Ten small lamps für."
ASKED: Any = [
    {"role": "system", "content": "Shorten it."},
    {"role": "user", "content": [{"type": "input_text", "text": "<data>Ten small lamps für Køge 🪔 today</data>"}]},
]
DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


class Hooks(BaseModel):
    hooks: list[str]


@pytest.fixture
def client(running: Running, control: Control) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.url}/xai/v1", api_key="sandbox-xai-key", max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, **others: Any) -> Any:
    told = {"model": "grok-4.3", "input": ASKED, "store": False, "max_output_tokens": 200, **others}
    return client.responses.create(**told)


def raw(running: Running, **others: Any) -> requests.Response:
    body = {"model": "grok-4.3", "input": ASKED, "store": False, "max_output_tokens": 200, **others}
    return requests.post(
        f"{running.url}/xai/v1/responses", json=body, headers={"Authorization": "Bearer sandbox-xai-key"}, timeout=5
    )


class OfficialClientTests:
    def test_an_answer_and_its_usage(self, client: openai.OpenAI) -> None:
        answer: Response = ask(client)
        assert (answer.output_text, answer.status, answer.error) == (SAID, "completed", None)
        assert answer.usage
        assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
        assert answer.usage.cost_in_usd_ticks > 0  # type: ignore[attr-defined]

    def test_who_thinks_says_so_first_and_is_paid_for_it(self, client: openai.OpenAI) -> None:
        answer: Response = ask(client, reasoning={"effort": "low"})
        assert [item.type for item in answer.output] == ["reasoning", "message"]
        assert answer.output_text == SAID
        assert answer.usage
        assert answer.usage.output_tokens_details.reasoning_tokens == 20
        assert answer.usage.output_tokens > 20

    def test_a_stream_has_its_events_in_order_and_numbered(self, client: openai.OpenAI) -> None:
        events = list(ask(client, stream=True, reasoning={"effort": "low"}))
        assert [event.sequence_number for event in events] == list(range(len(events)))
        kinds = [event.type.removeprefix("response.") for event in events]
        words = kinds.count("output_text.delta")
        assert kinds == [
            "created", "in_progress", "output_item.added", "reasoning_summary_text.delta", "reasoning_summary_text.done",
            "output_item.done", "box.mood", "output_item.added", "content_part.added", *["output_text.delta"] * words,
            "output_text.done", "content_part.done", "output_item.done", "completed",
        ]  # fmt: skip
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == SAID
        assert events[-1].response.output_text == SAID
        assert events[-1].response.usage.total_tokens > 0
        assert {event.output_index for event in events if event.type.startswith("response.output_text")} == {1}

    def test_the_clients_own_reader_of_streams_understands_it(self, client: openai.OpenAI) -> None:
        with client.responses.stream(model="grok-4.3", input=ASKED) as stream:
            assert stream.get_final_response().output_text == SAID

    def test_a_schema_is_kept_to(self, client: openai.OpenAI) -> None:
        answer = client.responses.parse(model="grok-4.3", input=ASKED, text_format=Hooks)
        assert answer.output_parsed
        assert len(answer.output_parsed.hooks) == 3

    def test_a_text_alone_will_do_and_a_picture_is_seen(self, client: openai.OpenAI) -> None:
        assert "lamp" in ask(client, input="A lamp.").output_text
        picture = {"type": "input_image", "image_url": DOT, "detail": "high"}
        seen = ask(client, input=[{"role": "user", "content": [picture]}]).output_text
        assert seen == "A square picture, mostly red, 1 by 1 pixels."

    def test_a_refusal_is_a_part_of_its_own(self, client: openai.OpenAI, control: Control) -> None:
        control.grok_says("", "", refusal="I cannot help with that.")
        assert [part.type for part in ask(client).output[0].content] == ["refusal"]
        kinds = [event.type for event in ask(client, stream=True)]
        assert kinds[-6:] == [
            "response.content_part.added", "response.refusal.delta", "response.refusal.done",
            "response.content_part.done", "response.output_item.done", "response.completed",
        ]  # fmt: skip

    def test_what_grew_too_long_is_incomplete(self, client: openai.OpenAI, control: Control) -> None:
        control.grok_says("Half of", "Half of", finish="length")
        whole, last = ask(client), list(ask(client, stream=True))[-1]
        assert (last.type, last.response.status) == ("response.incomplete", "incomplete")
        for answer in (whole, last.response):
            assert (answer.incomplete_details.reason, answer.output_text) == ("max_output_tokens", "Half of")

    def test_one_may_fail_after_it_began(self, client: openai.OpenAI, control: Control) -> None:
        failure = {"code": "server_error", "message": "Something broke."}
        control.grok_says("Half of", "Half of", failure=failure)
        whole, last = ask(client), list(ask(client, stream=True))[-1]
        assert last.type == "response.failed"
        for answer in (whole, last.response):
            assert (answer.status, answer.error.code, answer.usage) == ("failed", "server_error", None)

    def test_or_break_with_an_error(self, client: openai.OpenAI, control: Control) -> None:
        control.grok_says("Half of", error={"code": "internal", "message": "Something broke."})
        last = list(ask(client, stream=True))[-1]
        assert (last.type, last.code, last.message) == ("error", "internal", "Something broke.")

    def test_or_end_without_saying_so(self, client: openai.OpenAI, control: Control) -> None:
        control.grok_says("Half of", ends=False)
        assert list(ask(client, stream=True))[-1].type == "response.output_text.delta"


class LineTests:
    """What goes over the line, without a client that is kind about it."""

    def test_there_are_comments_names_and_a_last_line_if_wanted(self, running: Running, control: Control) -> None:
        text = raw(running, stream=True).content.decode()
        assert text.startswith(": ")
        assert "event: response.completed\n" in text
        assert "[DONE]" not in text
        control.settings(xai_done_responses=True)
        assert raw(running, stream=True).content.endswith(b"data: [DONE]\n\n")

    def test_letters_are_torn_apart(self, running: Running, control: Control) -> None:
        control.settings(xai_word_ms=5)
        control.grok_says("für 🪔")
        headers = {"Authorization": "Bearer sandbox-xai-key"}
        body = {"model": "grok-4.3", "input": "x", "stream": True}
        broken = 0
        with requests.post(f"{running.url}/xai/v1/responses", json=body, headers=headers, stream=True, timeout=5) as it:
            for block in it.iter_content(None):
                try:
                    block.decode()
                except UnicodeDecodeError:
                    broken += 1
        assert broken >= 2


class RefusalTests:
    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ({"kind": "rate_limit"}, openai.RateLimitError),
            ({"kind": "credits_depleted"}, openai.PermissionDeniedError),
            ({"kind": "refuse"}, openai.PermissionDeniedError),
            ({"kind": "unauthorized"}, openai.AuthenticationError),
            ({"kind": "refuse", "params": {"status": 422, "form": "text"}}, openai.UnprocessableEntityError),
            ({"kind": "reject_5xx", "params": {"status": 500}}, openai.InternalServerError),
            ({"kind": "reset"}, openai.APIConnectionError),
        ],
    )
    def test_a_fault_is_what_the_client_takes_it_for(
        self, client: openai.OpenAI, control: Control, fault: dict[str, Any], kind: type[Exception]
    ) -> None:
        control.add_fault(platform="xai", operation="responses", **fault)
        with pytest.raises(kind):
            ask(client)
        assert ask(client).output_text

    @pytest.mark.parametrize("silent", [False, True])
    def test_too_many_may_say_when_to_come_back(self, running: Running, control: Control, silent: bool) -> None:
        control.add_fault(platform="xai", operation="responses", kind="rate_limit", params={"silent": silent})
        answer = raw(running)
        assert (answer.status_code, "retry-after" in answer.headers) == (429, not silent)
        assert answer.headers["x-request-id"].startswith("box-")

    def test_a_stream_can_be_torn_off(self, client: openai.OpenAI, control: Control) -> None:
        control.add_fault(platform="xai", operation="responses", kind="cut_stream", params={"after": 4})
        with pytest.raises(Exception, match=r"(?i)closed|reset|error"):
            list(ask(client, stream=True))
        assert control.call("GET", "xai/streams")["streams"][0]["sent"] == 4

    @pytest.mark.parametrize(
        ("others", "status", "sentence"),
        [
            ({"model": "grok-3"}, 404, "does not exist"),
            ({"presence_penalty": 0.5}, 400, "presence_penalty"),
            ({"frequency_penalty": 0.5}, 400, "frequency_penalty"),
            ({"stop": ["x"]}, 400, "stop"),
            ({"reasoning": {"effort": "xhigh"}}, 400, "effort"),
            ({"model": "grok-4.5", "reasoning": {"effort": "none"}}, 400, "effort"),
            ({"reasoning": "none"}, 422, "deserialize"),
            ({"input": []}, 400, "input"),
            ({"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, 422, "deserialize"),
            ({"text": {"format": {"type": "json_schema", "schema": {}}}}, 422, "deserialize"),
        ],
    )
    def test_what_it_does_not_take_is_said(
        self, running: Running, control: Control, others: dict[str, Any], status: int, sentence: str
    ) -> None:
        answer = raw(running, **others)
        assert answer.status_code == status
        assert sentence in answer.text
        if status == 422:
            assert answer.headers["content-type"].startswith("text/plain")
        else:
            assert set(answer.json()) == {"code", "error"}

    def test_a_wrong_key_is_a_bad_argument_and_a_missing_one_is_not(self, running: Running, control: Control) -> None:
        url = f"{running.url}/xai/v1/responses"
        wrong = requests.post(url, json={}, headers={"Authorization": "Bearer nonsense"}, timeout=5)
        assert (wrong.status_code, wrong.json()["code"]) == (400, "Client specified an invalid argument")
        assert requests.post(url, json={}, timeout=5).status_code == 401
        control.add_fault(
            platform="xai",
            operation="responses",
            kind="refuse",
            params={"status": 400, "code": "invalid-argument", "message": "Incorrect API key provided: sa***ey."},
        )
        assert (raw(running).status_code, control.faults()[0]["times"]) == (400, 0)

    def test_what_should_not_be_sent_so_is_noted(self, running: Running, control: Control) -> None:
        assert raw(running).ok
        assert control.grok_noted() == []
        careless = {"store": None, "max_output_tokens": None, "max_tokens": 5, "input": "My key is sandbox-xai-key."}
        assert raw(running, **careless).ok
        assert control.grok_noted() == [
            "max_tokens is not known",
            "store is not false",
            "max_output_tokens is missing",
            "the key is in the question",
        ]


def test_a_schema_and_words_of_ones_own_come_together(client: openai.OpenAI, control: Control) -> None:
    control.grok_says('{"hooks": ["One."]}', "nonsense")
    form = {"type": "json_schema", "name": "hooks", "schema": Hooks.model_json_schema(), "strict": True}
    said = [ask(client, text={"format": form}).output_text for _ in range(2)]
    assert (json.loads(said[0]), said[1]) == ({"hooks": ["One."]}, "nonsense")
