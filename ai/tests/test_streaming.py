"""Words as they come, over HTTP: events, stopping, breaking off, and that nobody waits for a database connection meanwhile."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.tests.people import make_cast
from ai import narrating, streaming, versions
from ai.api import events
from ai.models import Generation
from ai.tests.cast import AI, TEXT, caller, generations, in_loop, told, turns
from ai.wire import Hearing
from sandbox.testing import Running

pytestmark = pytest.mark.usefixtures("dialect")
BODY = {"task": "shorten", "text": TEXT}


def stream(api: APIClient, **others: Any) -> Any:
    key: dict[str, Any] = {"headers": {"Idempotency-Key": others.pop("key")}} if "key" in others else {}
    return api.post(f"{AI}/stream", {**BODY, **others}, **key)


def words(heard: list[tuple[str, dict[str, Any]]]) -> str:
    return "".join(data["text"] for name, data in heard if name == "words")


class StreamTests:
    def test_it_begins_speaks_and_ends_with_the_whole(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("Små lamper 🪔 for alle.")
        answer = stream(api)
        assert (answer.headers["X-Accel-Buffering"], answer.headers["Content-Type"]) == ("no", "text/event-stream")
        heard = told(answer)
        assert [name for name, _ in heard][0 :: len(heard) - 1] == ["begun", "done"]
        assert words(heard) == "Små lamper 🪔 for alle." == heard[-1][1]["text"]
        (row,) = generations()
        assert (row.state, row.cost_is_estimate) == (Generation.State.DONE, False)
        assert row.first_word_ms is not None

    def test_what_does_not_fit_is_written_again(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("x" * 300, "It fits.")
        heard = told(stream(api, platforms=["x"]))
        assert [name for name, _ in heard] == ["begun", "words", "again", "words", "words", "done"]
        assert (heard[-1][1]["text"], heard[-1][1]["repaired"]) == ("It fits.", True)

    def test_a_result_with_parts_is_told_at_its_end(self, sandbox: Running, api: APIClient) -> None:
        heard = told(stream(api, task="hooks"))
        assert [name for name, _ in heard] == ["begun", "done"]
        assert len(heard[-1][1]["items"]) == 3

    def test_of_two_versions_the_second_is_told_to_be_another(self, sandbox: Running, api: APIClient) -> None:
        choice = str(uuid.uuid4())
        for number in (1, 2):
            told(stream(api, choice=choice, version=number))
        first, second = (turns(body)[1] for body in sandbox.control.grok_was_asked())
        assert (versions.ANOTHER in first, versions.ANOTHER in second) == (False, True)
        assert {str(row.choice) for row in generations()} == {choice}

    def test_who_leaves_stops_it_and_what_came_is_kept_and_paid(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("word " * 300)
        sandbox.control.settings(xai_word_ms=5)
        told(stream(api), enough=4)
        (row,) = generations()
        assert (row.state, row.text, row.credits) == (Generation.State.STOPPED, "word word word ", 1)
        assert row.cost_is_estimate

    def test_one_that_breaks_off_keeps_what_came_and_says_how_to_go_on(
        self, sandbox: Running, api: APIClient, dialect: str
    ) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="cut_stream", params={"after": 3})
        name, data = told(stream(api))[-1]
        assert (name, data["code"], data["result"]["text"]) == ("error", "ai_broken_off", "Alma, our ")
        assert "go on" in data["detail"]
        assert generations()[0].state == Generation.State.BROKEN

    def test_a_refusal_is_said_plainly_and_costs_nothing(self, sandbox: Running, api: APIClient, dialect: str) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="refuse")
        name, data = told(stream(api))[-1]
        assert (name, data["code"]) == ("error", "ai_refused")
        assert generations()[0].credits == 0

    def test_a_silence_shows_signs_of_life(
        self, sandbox: Running, api: APIClient, monkeypatch: pytest.MonkeyPatch, dialect: str
    ) -> None:
        monkeypatch.setattr(events, "SIGN_OF_LIFE_SECONDS", 0.05)
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="slow", params={"seconds": 0.3})
        answer = stream(api)
        blocks = []

        async def listen() -> None:
            async for block in answer.streaming_content:
                blocks.append(block)

        in_loop(listen)
        assert events.SIGN_OF_LIFE in blocks


class KeyTests:
    def test_the_same_key_gives_the_result_once_the_stream_has_ended(self, sandbox: Running, api: APIClient) -> None:
        first = stream(api, key="one")
        assert stream(api, key="one").json()["code"] == "request_in_flight"
        result = told(first)[-1][1]
        again = stream(api, key="one")
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (result, "true")
        assert len(generations()) == 1

    def test_a_stream_that_failed_gives_its_key_back(self, sandbox: Running, api: APIClient, dialect: str) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="refuse")
        told(stream(api, key="one"))
        assert told(stream(api, key="one"))[-1][0] == "done"


class ConnectionTests:
    def test_no_connection_is_held_while_words_come(
        self, sandbox: Running, transactional_db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:

        cast = make_cast()
        answer = stream(caller(cast.alice, cast.workspace))
        held: list[bool] = []
        heard = streaming.stream

        def watched(*arguments: Any) -> Any:
            held.append(connection.connection is not None)
            return heard(*arguments)

        monkeypatch.setattr(streaming, "stream", watched)
        assert told(answer)[-1][0] == "done"
        assert held == [False]
        assert connection.connection is None


def test_events_are_lines_that_every_reader_takes() -> None:

    async def one() -> Any:
        yield narrating.Event("words", {"text": "a\nb\u2028c"})

    async def listen() -> bytes:
        return b"".join([block async for block in events.as_events(one())])

    block = in_loop(listen)
    assert block.count(b"\n") == 3
    assert json.loads(block.decode().split("data: ")[1]) == {"text": "a\nb\u2028c"}


def test_a_repair_that_is_stopped_is_paid_and_what_it_said_is_kept(sandbox: Running, api: APIClient) -> None:
    sandbox.control.grok_says("x" * 300, "word " * 300)
    sandbox.control.settings(xai_word_ms=5)
    assert [name for name, _ in told(stream(api, platforms=["x"]), enough=5)][2] == "again"
    (row,) = generations()
    assert (row.state, row.text) == (Generation.State.STOPPED, "word word ")
    assert row.tokens_out > 300 // 4  # of the first, and what came of the second


@pytest.mark.parametrize("sent", ["a\x00b", "a\ud83db"])
def test_what_cannot_be_stored_is_left_out_of_words(sent: str) -> None:
    assert Hearing().add(sent) == "ab"
