"""Asking the model, in both dialects: what is tried again, and what is said when it does not work."""

from typing import Any

import pytest
from pytest_django import Settings

from ai import client, errors
from ai.tests.asking import ASK, asked, hear
from ai.tests.cast import most
from ai.wire import Hearing
from sandbox.testing import Running

pytestmark = pytest.mark.usefixtures("dialect")


class AskingTests:
    def test_an_answer_comes_with_what_it_took_and_nothing_is_stored_there(self, sandbox: Running) -> None:
        answer = client.complete(ASK)
        assert (answer.text, answer.model) == ("Ten small lamps.", "grok-4.3")
        assert answer.usage
        assert answer.usage.ticks
        (body,) = sandbox.control.grok_was_asked()
        assert (body["store"], most(body), body["user"]) == (False, 200, "somebody")
        assert "tools" not in body
        assert sandbox.control.grok_noted() == []

    def test_a_stream_says_the_same(self, sandbox: Running) -> None:
        sandbox.control.grok_says("Ærlig talt 🪔 — ein Lämpchen\u2028für Køge.")
        heard = hear()
        assert heard.answer().text == "Ærlig talt 🪔 — ein Lämpchen\u2028für Køge."
        assert heard.usage

    def test_without_a_key_nothing_is_asked(self, settings: Settings) -> None:
        settings.AI_ENABLED = False
        with pytest.raises(errors.Off, match="not set up here"):
            client.complete(ASK)


class TryingAgainTests:
    @pytest.mark.parametrize("listen", [client.complete, hear])
    @pytest.mark.parametrize("fault", [{"kind": "rate_limit", "params": {"seconds": 0}}, {"kind": "reject_5xx"}])
    def test_what_cannot_have_cost_anything_is_asked_again(
        self, sandbox: Running, fault: Any, listen: Any, dialect: str
    ) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, **fault)
        listen(ASK)
        assert asked(sandbox) == ["grok-4.3"]  # the first was refused before it was read

    def test_a_long_retry_after_is_not_waited_for_but_told(self, sandbox: Running, dialect: str) -> None:
        sandbox.control.add_fault(
            platform="xai", operation=dialect, kind="rate_limit", times=-1, params={"seconds": 40}
        )
        with pytest.raises(errors.Busy) as told:
            client.complete(ASK)
        assert told.value.retry_after == 40

    def test_a_model_that_is_gone_has_a_stand_in(self, sandbox: Running, settings: Settings) -> None:
        settings.XAI_MODEL_TEXT = "grok-3"
        assert client.complete(ASK).model == "grok-4.5"
        assert hear().model == "grok-4.5"

    def test_silence_is_not_paid_twice(self, sandbox: Running, dialect: str) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="accept_then_hang")
        with pytest.raises(errors.Silent):
            client.complete(ASK)
        assert len(asked(sandbox)) == 1

    def test_a_stand_in_that_cannot_do_without_thinking_thinks_as_little_as_it_can(
        self, sandbox: Running, settings: Settings
    ) -> None:
        settings.XAI_MODEL_TEXT = "grok-3"
        answer = client.complete(ASK)
        assert answer.usage
        assert (answer.usage.out, answer.usage.reasoning) == (4, 20)
        heard = hear().answer()
        assert (heard.text, heard.usage) == (answer.text, answer.usage)


SAID = [
    ({"kind": "refuse", "params": {"status": 400, "message": "Incorrect API key provided: x."}}, errors.Misconfigured),
    (
        {
            "kind": "refuse",
            "params": {"status": 400, "code": "invalid-argument", "message": "Incorrect API key provided"},
        },
        errors.Misconfigured,
    ),
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
    sandbox: Running, fault: Any, kind: type[errors.AiError], dialect: str
) -> None:
    sandbox.control.add_fault(platform="xai", operation=dialect, **fault)
    with pytest.raises(kind) as told:
        client.complete(ASK)
    assert told.value.message == kind.sentence
    assert len(kind.sentence.split()) > 5


class BrokenStreamTests:
    @pytest.mark.parametrize("kind", ["cut_stream", "silent_stream"])
    def test_what_came_is_kept_when_it_breaks_off(self, sandbox: Running, kind: str, dialect: str) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind=kind, params={"after": 3})
        heard = Hearing()
        with pytest.raises(errors.BrokenOff):
            hear(heard=heard)
        assert heard.text == "Ten small "

    @pytest.mark.parametrize("end", ["error", "failure"])
    def test_an_error_after_the_beginning_is_one(self, sandbox: Running, end: str) -> None:
        sandbox.control.grok_says("Half of", **{end: {"code": "internal", "message": "something broke"}})
        with pytest.raises(errors.BrokenOff):
            hear()

    @pytest.mark.parametrize("end", ["error", "failure"])
    def test_one_instead_of_words_is_not_paid_twice_unless_there_was_too_much(self, sandbox: Running, end: str) -> None:
        sandbox.control.grok_says("", **{end: {"code": "server_error", "message": "something broke"}})
        with pytest.raises(errors.Unavailable):
            hear()
        assert len(asked(sandbox)) == 1
        sandbox.control.grok_says("", **{end: {"code": "rate_limit_exceeded", "message": "too fast"}})
        assert hear().text == "Ten small lamps."

    @pytest.mark.parametrize("end", ["error", "failure"])
    def test_a_no_that_comes_late_leaves_nothing(self, sandbox: Running, end: str) -> None:
        sandbox.control.grok_says("Half of", **{end: {"code": "x", "message": "Failed check: SAFETY_CHECK_TYPE_CSAM"}})
        heard = Hearing()
        with pytest.raises(errors.Refused):
            hear(heard=heard)
        assert heard.text == ""

    def test_a_stream_that_ends_without_saying_so_is_broken(self, sandbox: Running) -> None:
        sandbox.control.grok_says("Half of", ends=False)
        heard = Hearing()
        with pytest.raises(errors.BrokenOff):
            hear(heard=heard)
        assert heard.text == "Half of"

    @pytest.mark.parametrize("is_told", [True, False])
    def test_its_last_line_may_be_there_or_not(self, sandbox: Running, dialect: str, is_told: bool) -> None:
        sandbox.control.settings(**{f"xai_done_{dialect}": is_told})
        assert hear().answer().text == "Ten small lamps."

    def test_one_that_grew_too_long_says_so(self, sandbox: Running) -> None:
        sandbox.control.grok_says("Half of", "Half of", finish="length")
        assert (client.complete(ASK).is_cut, hear().answer().is_cut) == (True, True)

    def test_what_the_filter_stopped_is_a_refusal(self, sandbox: Running) -> None:
        sandbox.control.grok_says("Half of", "Half of", finish="content_filter")
        for listen in (client.complete, hear):
            with pytest.raises(errors.Refused):
                listen(ASK)

    def test_a_refusal_in_the_stream_is_said(self, sandbox: Running) -> None:
        sandbox.control.grok_says("", "", refusal="I cannot help with that.")
        for listen in (client.complete, hear):
            with pytest.raises(errors.Refused):
                listen(ASK)

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
