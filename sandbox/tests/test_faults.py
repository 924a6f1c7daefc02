import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import Caller


def raw_post(caller: Caller, text: str) -> socket.socket:
    """Send a create request over a bare socket and hand back the socket."""
    address = urlsplit(caller.api)
    body = f'{{"text": "{text}"}}'.encode()
    head = (
        f"POST {address.path}/2/tweets HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {caller.tokens['access_token']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    client = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
    client.sendall(head.encode() + body)
    return client


class TestAfterTheEffect:
    def test_a_reset_is_a_real_tcp_reset_and_the_post_exists(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="accept_then_reset")
        with raw_post(norre, "torn") as client, pytest.raises(ConnectionResetError):
            client.recv(1)
        assert [post["text"] for post in control.posts()] == ["torn"]
        row = control.ledger(operation="create_post")[0]
        assert row["status"] is None
        assert row["fault"] == "accept_then_reset"
        assert row["effect"]["post_id"] == control.posts()[0]["id"]

    def test_a_hang_never_answers_and_the_post_exists(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="accept_then_hang")
        with pytest.raises(requests.ReadTimeout):
            norre.post("/2/tweets", json={"text": "silent"}, timeout=0.3)
        assert [post["text"] for post in control.posts()] == ["silent"]

    def test_a_hang_ends_by_closing_the_connection(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="accept_then_hang", params={"hang_seconds": 0.1})
        with raw_post(norre, "closed") as client:
            assert client.recv(1) == b""

    @pytest.mark.parametrize(("params", "status"), [({}, 503), ({"status": 500}, 500), ({"html": True}, 503)])
    def test_an_error_may_lie(self, norre: Caller, control: Control, params: dict[str, Any], status: int) -> None:
        control.add_fault(operation="create_post", kind="accept_then_5xx", params=params)
        answer = norre.say("lied about")
        assert answer.status_code == status
        assert ("<html>" in answer.text) is bool(params.get("html"))
        assert len(control.posts()) == 1

    def test_garbage_is_200_and_no_json(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="garbage_200")
        answer = norre.say("garbled")
        assert answer.status_code == 200
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
        assert len(control.posts()) == 1

    @pytest.mark.parametrize(("params", "posts"), [({}, 1), ({"effect": False}, 0)])
    def test_the_id_may_be_missing(self, norre: Caller, control: Control, params: dict[str, Any], posts: int) -> None:
        control.add_fault(operation="create_post", kind="missing_id", params=params)
        answer = norre.say("anonymous")
        assert answer.status_code == 201
        assert "id" not in answer.json().get("data", {})
        assert len(control.posts()) == posts

    def test_it_waits_for_a_request_that_is_accepted(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="accept_then_5xx")
        assert norre.say("x" * 281).status_code == 403
        assert norre.say("fine").status_code == 503
        assert norre.say("fine again").status_code == 201


class TestInsteadOfTheEffect:
    @pytest.mark.parametrize(
        ("kind", "params", "status", "title"),
        [
            ("reject_5xx", {"status": 500}, 500, "Internal Error"),
            ("reject_5xx", {}, 503, "Service Unavailable"),
            ("reject_503_documented", {}, 503, "Service Unavailable"),
            ("credits_depleted", {}, 402, "CreditsDepleted"),
            ("unauthorized", {}, 401, "Unauthorized"),
            ("suspended", {}, 403, "Forbidden"),
            ("rate_limit", {"seconds": 60}, 429, "Too Many Requests"),
            ("rate_limit", {"period": "Monthly"}, 429, "UsageCapExceeded"),
        ],
    )
    def test_it_refuses_in_the_platforms_words(
        self, norre: Caller, control: Control, kind: str, params: dict[str, Any], status: int, title: str
    ) -> None:
        control.add_fault(operation="create_post", kind=kind, params=params)
        answer = norre.say("refused")
        assert (answer.status_code, answer.json()["title"]) == (status, title)
        assert control.posts() == []
        assert control.ledger(operation="create_post")[0]["effect"] is None
        assert norre.say("refused").status_code == 201

    def test_a_rate_limit_tells_when_it_ends(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="rate_limit", params={"seconds": 60})
        headers = norre.say("later").headers
        assert headers["x-rate-limit-remaining"] == "0"
        assert 45 <= int(headers["x-rate-limit-reset"]) - time.time() <= 62

    def test_a_page_from_the_edge_is_html(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="html_502", params={"effect": True})
        control.add_fault(operation="create_post", kind="html_502")
        for _ in range(2):
            answer = norre.say("edge")
            assert answer.status_code == 502
            assert answer.headers["content-type"].startswith("text/html")
        assert len(control.posts()) == 1

    def test_a_hang_or_reset_does_nothing(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="reset")
        with raw_post(norre, "torn") as client, pytest.raises(ConnectionResetError):
            client.recv(1)
        control.add_fault(operation="create_post", kind="hang")
        with pytest.raises(requests.ReadTimeout):
            norre.post("/2/tweets", json={"text": "silent"}, timeout=0.2)
        assert control.posts() == []
        assert [row["status"] for row in control.ledger(operation="create_post")] == [None, None]

    def test_a_revoked_token_is_dead_for_good(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="token_revoked")
        assert norre.say("no").status_code == 401
        assert norre.get("/2/users/me").status_code == 401
        other = Caller(control.url, control.tokens("norrestudio"))
        assert other.get("/2/users/me").status_code == 200

    def test_a_refresh_that_finds_the_grant_dead_says_so(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="token_refresh", kind="token_revoked", username="norrestudio")
        form = {"grant_type": "refresh_token", "refresh_token": norre.tokens["refresh_token"]}
        address, auth = f"{norre.api}/2/oauth2/token", ("sandbox-x-client", "sandbox-x-secret")
        answer = requests.post(address, data=form, auth=auth, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert norre.get("/2/users/me").status_code == 401

    def test_a_refresh_may_rotate_and_lose_the_answer(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="token_refresh", kind="accept_then_5xx")
        form = {"grant_type": "refresh_token", "refresh_token": norre.tokens["refresh_token"]}
        address, auth = f"{norre.api}/2/oauth2/token", ("sandbox-x-client", "sandbox-x-secret")
        assert [requests.post(address, data=form, auth=auth, timeout=10).status_code for _ in range(2)] == [503, 400]


class TestTime:
    def test_slow_is_slow_and_otherwise_normal(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="slow", params={"seconds": 0.2})
        started = time.monotonic()
        norre.said("slowly")
        assert time.monotonic() - started >= 0.2
        assert control.ledger(operation="create_post")[0]["fault"] == "slow"

    def test_a_late_delivery_fails_first_and_happens_after(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="late_delivery", params={"seconds": 60})
        with pytest.raises(requests.ConnectionError):
            norre.say("late")
        assert control.posts() == []
        assert control.ledger(operation="create_post")[0]["effect"] is None
        control.advance(61)
        assert [post["text"] for post in control.posts()] == ["late"]
        row = control.ledger(operation="create_post")[0]
        assert row["effect"]["post_id"] == control.posts()[0]["id"]
        assert row["effect_at"] > row["at"]

    def test_a_late_delivery_comes_by_itself(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="late_delivery", params={"seconds": 0.1, "status": 504})
        assert norre.say("soon").status_code == 504
        deadline = time.monotonic() + 5
        while not control.posts() and time.monotonic() < deadline:
            control.clock()
        assert [post["text"] for post in control.posts()] == ["soon"]

    def test_a_late_delivery_survives_a_duplicate_sent_meanwhile(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="late_delivery", params={"seconds": 60})
        with pytest.raises(requests.ConnectionError):
            norre.say("twice")
        norre.said("twice")
        control.advance(61)
        assert len(control.posts()) == 1


class TestAiming:
    def test_it_meets_only_the_account_text_and_operation_named(
        self, norre: Caller, tomas: Caller, control: Control
    ) -> None:
        control.add_fault(operation="create_post", kind="reject_5xx", username="NorreStudio", match_text='"é"')
        assert tomas.say('about "é"').status_code == 201
        assert norre.say("about e").status_code == 201
        assert norre.get("/2/users/me").status_code == 200
        assert norre.say('about "é"').status_code == 503
        assert norre.say('about "é"').status_code == 201

    def test_it_fires_as_often_as_told_or_for_ever(self, norre: Caller, control: Control) -> None:
        fault = control.add_fault(kind="reject_5xx", times=2)
        assert [norre.get("/2/users/me").status_code for _ in range(3)] == [503, 503, 200]
        assert control.faults() == [{**fault, "times": 0, "fired": 2}]
        fault = control.add_fault(kind="reject_5xx", times=-1)
        assert {norre.get("/2/users/me").status_code for _ in range(4)} == {503}
        control.remove_fault(fault["id"])
        assert norre.get("/2/users/me").status_code == 200

    def test_one_firing_is_never_shared_by_two_requests(self, norre: Caller, control: Control) -> None:
        control.add_fault(operation="create_post", kind="reject_5xx", times=3)
        control.settings(api_delay_ms=50)
        statuses: list[int] = []

        def say(number: int) -> None:
            statuses.append(Caller(control.url, norre.tokens).say(f"number {number}").status_code)

        threads = [threading.Thread(target=say, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [201] * 5 + [503] * 3

    @pytest.mark.parametrize(
        "wrong", [{"kind": "boredom"}, {"kind": "hang", "sometimes": True}, {"kind": "hang", "params": []}]
    )
    def test_an_impossible_fault_is_refused(self, control: Control, wrong: dict[str, Any]) -> None:
        with pytest.raises(requests.HTTPError, match="400"):
            control.add_fault(**wrong)
