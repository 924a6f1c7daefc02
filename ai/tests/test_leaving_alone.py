"""A service that is down is left alone for a while, and every failure is logged with the id to name to its support."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from pytest_django import Settings
from rest_framework.test import APIClient

from ai import client, errors, tries
from ai.tests.asking import ASK, hear
from ai.tests.cast import AI, TEXT, generations, told
from sandbox.testing import Running


def draw() -> Any:
    return client.draw("A lamp", ratio="1:1", user="")


def ask() -> Any:
    return client.complete(ASK)


KINDS = [("responses", ask), ("responses", hear), ("images", draw), ("models", client.listed_models)]


class BreakerTests:
    @pytest.mark.parametrize(("operation", "call"), KINDS)
    def test_after_five_failures_nobody_is_kept_waiting_until_one_call_decides(
        self, sandbox: Running, operation: str, call: Callable[[], Any]
    ) -> None:
        sandbox.control.add_fault(platform="xai", operation=operation, kind="accept_then_reset", times=5)
        for _ in range(tries.ENOUGH_FAILURES):
            with pytest.raises(errors.Unavailable):
                call()
        before = len(sandbox.control.ledger(platform="xai"))
        with pytest.raises(errors.Unavailable) as error:
            call()
        assert error.value.retry_after == int(tries.OPEN_SECONDS)
        assert len(sandbox.control.ledger(platform="xai")) == before
        (circuit,) = tries.breaker._circuits.values()
        circuit.open_until = time.monotonic()  # the pause is over
        assert call()
        assert circuit.failures == 0

    def test_what_fails_on_its_own_holds_nothing_else_up(self, sandbox: Running) -> None:
        sandbox.control.add_fault(platform="xai", operation="images", kind="accept_then_reset", times=-1)
        for _ in range(tries.ENOUGH_FAILURES + 1):
            with pytest.raises(errors.Unavailable):
                draw()
        assert ask().text
        assert "grok-4.6" in client.listed_models()
        with pytest.raises(errors.Unavailable) as error:
            draw()
        assert error.value.retry_after  # that the rest is there says nothing of pictures

    def test_a_refusal_is_an_answer(self, sandbox: Running) -> None:
        sandbox.control.add_fault(platform="xai", operation="images", kind="refuse", times=6)
        for _ in range(6):
            with pytest.raises(errors.Refused):
                draw()
        assert draw()


class LogTests:
    @pytest.mark.parametrize(("operation", "call"), KINDS)
    def test_a_failure_names_the_call(self, sandbox: Running, operation: str, call: Callable[[], Any]) -> None:
        sandbox.control.add_fault(platform="xai", operation=operation, kind="unauthorized")
        with structlog.testing.capture_logs() as logged, pytest.raises(errors.AiError) as error:
            call()
        (entry,) = [line for line in logged if line["event"] == "the model did not answer"]
        assert (entry["code"], entry["service_request_id"]) == (error.value.code, error.value.request_id)
        assert entry["service_request_id"].startswith("box-no-")

    def test_the_key_is_in_no_log(self, sandbox: Running, settings: Settings) -> None:
        message = f"Incorrect API key provided: {settings.XAI_API_KEY}."
        for form in ("flat", "nested", "text"):
            params = {"status": 400, "message": message, "form": form}
            sandbox.control.add_fault(platform="xai", operation="responses", kind="refuse", params=params)
        with structlog.testing.capture_logs() as logged:
            for _ in range(3):
                with pytest.raises(errors.Misconfigured):
                    ask()
        assert len(logged) == 3
        assert settings.XAI_API_KEY not in str(logged)


class RecordTests:
    @pytest.mark.parametrize("path", ["transform", "stream"])
    def test_support_finds_the_call_of_a_generation(self, sandbox: Running, api: APIClient, path: str) -> None:
        def named() -> str:
            answer = api.post(f"{AI}/{path}", {"task": "shorten", "text": TEXT})
            if path == "stream":
                told(answer)
            return generations()[-1].request_id

        first = named()
        (row,) = sandbox.control.call("GET", "xai/requests")["requests"]
        assert first == f"box-{row['number']}"
        sandbox.control.add_fault(platform="xai", operation="responses", kind="unauthorized")
        assert named().startswith("box-no-")
