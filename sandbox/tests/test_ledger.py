import hashlib
import json
import threading
import time
from collections.abc import Callable
from itertools import pairwise

from sandbox.testing import Control
from sandbox.tests.conftest import Caller


class TestLedger:
    def test_it_witnesses_a_request_with_its_effect(self, norre: Caller, control: Control) -> None:
        before = time.time()
        body = json.dumps({"text": "seen ✓"})
        answer = norre.post("/2/tweets", data=body, headers={"content-type": "application/json"})
        row = control.ledger(operation="create_post")[0]
        assert before <= row["at_first_byte"] <= row["at"] <= time.time()
        assert row["at"] != int(row["at"])
        assert row["request_sha256"] == hashlib.sha256(body.encode()).hexdigest()
        assert row["effect"] == {
            "post_id": answer.json()["data"]["id"],
            "text_sha256": hashlib.sha256("seen ✓".encode()).hexdigest(),
            "in_reply_to": None,
            "media_ids": [],
        }
        known = {name: row[name] for name in ("platform", "method", "path", "username", "client_id", "status", "fault")}
        assert known == {
            "platform": "x",
            "method": "POST",
            "path": "/x/api/2/tweets",
            "username": "norrestudio",
            "client_id": "sandbox-x-client",
            "status": 201,
            "fault": None,
        }

    def test_requests_on_a_kept_connection_begin_one_after_the_other(self, norre: Caller, control: Control) -> None:
        for number in range(5):
            norre.say(f"one after the other {number}")
        rows = control.ledger(operation="create_post")
        assert all(before["at"] < after["at_first_byte"] for before, after in pairwise(rows))

    def test_it_witnesses_refusals_without_effect(self, norre: Caller, control: Control) -> None:
        norre.say("")
        Caller(control.url, {"user_id": "1", "access_token": "no"}).say("hello")
        rows = control.ledger(operation="create_post")
        assert [(row["status"], row["username"], row["effect"]) for row in rows] == [
            (400, "norrestudio", None),
            (401, None, None),
        ]

    def test_it_names_exchange_and_refresh_apart(self, norre: Caller, control: Control) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": norre.tokens["refresh_token"]}
        norre.session.post(f"{norre.api}/2/oauth2/token", data=form, timeout=10, auth=("sandbox-x-client", "no"))
        norre.session.post(
            f"{norre.api}/2/oauth2/token", data=form, timeout=10, auth=("sandbox-x-client", "sandbox-x-secret")
        )
        rows = control.ledger(operation="token_refresh")
        assert [(row["status"], row["username"]) for row in rows] == [(401, None), (200, "norrestudio")]

    def test_it_is_read_in_pieces(self, norre: Caller, control: Control) -> None:
        for _ in range(3):
            norre.get("/2/users/me")
        first, second = control.ledger(limit=2)
        rest = control.ledger(since_id=second["id"])
        assert [row["operation"] for row in rest] == ["users_me"]
        assert first["id"] < second["id"] < rest[0]["id"]
        control.clear_ledger()
        assert control.ledger() == []
        norre.get("/2/users/me")
        assert control.ledger()[0]["id"] > rest[0]["id"]

    def test_it_counts_create_requests_of_an_account_that_overlap(
        self, norre: Caller, caller: Callable[..., Caller], control: Control
    ) -> None:
        control.settings(api_delay_ms=500)
        callers = [Caller(control.url, norre.tokens) for _ in range(3)] + [caller("alma_lamps")]
        threads = [threading.Thread(target=one.say, args=[f"at once {n}"]) for n, one in enumerate(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = control.ledger(operation="create_post")
        concurrent: dict[str, list[int]] = {row["username"]: [] for row in rows}
        for row in rows:
            concurrent[row["username"]].append(row["concurrent"])
        assert max(concurrent["norrestudio"]) == 2
        assert concurrent["alma_lamps"] == [0]

    def test_requests_one_after_another_do_not_overlap(self, norre: Caller, control: Control) -> None:
        for number in range(3):
            norre.said(f"in turn {number}")
        assert [row["concurrent"] for row in control.ledger(operation="create_post")] == [0, 0, 0]
