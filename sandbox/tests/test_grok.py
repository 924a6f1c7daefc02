"""Grok in the box speaks chat completions as the official client expects them, and goes wrong as the real one does."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import requests
from PIL import Image

from sandbox.testing import Control, Running

SCHEMA = {
    "type": "object",
    "properties": {"hooks": {"type": "array", "items": {"type": "string"}}},
    "required": ["hooks"],
    "additionalProperties": False,
}
ASKED: Any = [
    {"role": "system", "content": "Shorten it."},
    {"role": "user", "content": "<data>Ten small lamps für Køge 🪔 today</data>"},
]


@pytest.fixture
def client(running: Running, control: Control) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.url}/xai/v1", api_key="sandbox-xai-key", max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, **others: Any) -> Any:
    return client.chat.completions.create(model="grok-4.3", messages=ASKED, **others)


class OfficialClientTests:
    def test_an_answer_and_its_usage(self, client: openai.OpenAI) -> None:
        answer = ask(client)
        assert answer.choices[0].message.content == "Ten small lamps für."
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
        assert answer.usage.cost_in_usd_ticks > 0

    def test_a_stream_says_the_same_with_letters_torn_apart(self, client: openai.OpenAI) -> None:
        events = list(ask(client, stream=True))
        text = "".join(event.choices[0].delta.content or "" for event in events if event.choices)
        assert text == "Ten small lamps für."
        assert events[-1].usage.total_tokens > 0

    def test_a_schema_is_kept_to(self, client: openai.OpenAI) -> None:
        form = {"type": "json_schema", "json_schema": {"name": "hooks", "schema": SCHEMA, "strict": True}}
        said = json.loads(ask(client, response_format=form).choices[0].message.content)
        assert list(said) == ["hooks"]
        assert len(said["hooks"]) == 3

    def test_the_models_are_listed(self, client: openai.OpenAI) -> None:
        assert "grok-4.3" in [model.id for model in client.models.list()]

    def test_a_picture_has_the_shape_that_was_asked_for(self, client: openai.OpenAI) -> None:
        made = client.images.generate(
            model="grok-imagine-image-2.0",
            prompt="a lamp",
            response_format="b64_json",
            extra_body={"aspect_ratio": "16:9"},
        )
        assert made.data
        picture = base64.b64decode(made.data[0].b64_json or "")
        assert Image.open(io.BytesIO(picture)).size == (960, 540)
        with pytest.raises(openai.BadRequestError):
            client.images.generate(model="grok-imagine-image-2.0", prompt="a lamp", size="1024x1024")


class RefusalTests:
    def test_a_wrong_key_is_a_bad_argument_and_a_missing_one_is_not(self, running: Running, control: Control) -> None:
        wrong = requests.get(f"{running.url}/xai/v1/models", headers={"Authorization": "Bearer nonsense"}, timeout=5)
        assert (wrong.status_code, wrong.json()["error"][:22]) == (400, "Incorrect API key prov")
        assert requests.get(f"{running.url}/xai/v1/models", timeout=5).status_code == 401

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ({"kind": "rate_limit"}, openai.RateLimitError),
            ({"kind": "credits_depleted"}, openai.PermissionDeniedError),
            ({"kind": "refuse"}, openai.PermissionDeniedError),
            ({"kind": "reject_5xx", "params": {"status": 500}}, openai.InternalServerError),
            ({"kind": "reset"}, openai.APIConnectionError),
        ],
    )
    def test_a_fault_is_what_the_client_takes_it_for(
        self, client: openai.OpenAI, control: Control, fault: dict[str, Any], kind: type[Exception]
    ) -> None:
        control.add_fault(platform="xai", operation="chat", **fault)
        with pytest.raises(kind):
            ask(client)
        assert ask(client).choices

    def test_what_reasons_takes_no_penalties_and_not_every_effort(self, client: openai.OpenAI) -> None:
        for others in ({"presence_penalty": 0.5}, {"stop": "x"}, {"reasoning_effort": "xhigh"}):
            with pytest.raises(openai.BadRequestError):
                ask(client, **others)

    def test_a_retired_model_is_not_found(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="grok-3", messages=[{"role": "user", "content": "Hello"}])

    def test_a_stream_can_be_torn_off(self, client: openai.OpenAI, control: Control) -> None:
        control.add_fault(platform="xai", operation="chat", kind="cut_stream", params={"after": 4})
        heard = []
        with pytest.raises(Exception, match=r"(?i)closed|reset|error"):
            heard.extend(ask(client, stream=True))
        assert control.call("GET", "xai/streams")["streams"][0]["sent"] == 4

    def test_what_it_says_next_can_be_told(self, client: openai.OpenAI, control: Control) -> None:
        control.grok_says("First.", "Second.")
        assert [ask(client).choices[0].message.content for _ in range(3)] == [
            "First.",
            "Second.",
            "Ten small lamps für.",
        ]
