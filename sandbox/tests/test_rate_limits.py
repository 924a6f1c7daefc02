import time

from sandbox.testing import Control
from sandbox.tests.conftest import Caller


def remaining(caller: Caller) -> int:
    return int(caller.get("/2/users/me").headers["x-rate-limit-remaining"])


class TestRateLimits:
    def test_every_answer_tells_the_limit_of_its_endpoint_and_account(self, norre: Caller, tomas: Caller) -> None:
        assert [remaining(norre), remaining(norre), remaining(tomas)] == [74, 73, 74]
        headers = norre.say("hello").headers
        assert headers["x-rate-limit-limit"] == "100"
        assert headers["x-user-limit-24hour-remaining"] == "2399"
        assert headers["x-app-limit-24hour-remaining"] == "9999"
        assert tomas.say("hello").headers["x-app-limit-24hour-remaining"] == "9998"

    def test_refusals_count_and_tell_as_well(self, norre: Caller) -> None:
        assert norre.say("").headers["x-rate-limit-remaining"] == "99"
        assert norre.say("fine").headers["x-rate-limit-remaining"] == "98"

    def test_above_the_limit_it_answers_429_until_the_window_ends(self, norre: Caller, control: Control) -> None:
        for _ in range(75):
            assert norre.get("/2/users/me").status_code == 200
        answer = norre.get("/2/users/me")
        assert answer.status_code == 429
        assert answer.json() == {
            "title": "Too Many Requests",
            "detail": "Too Many Requests",
            "type": "about:blank",
            "status": 429,
        }
        assert answer.headers["x-rate-limit-remaining"] == "0"
        assert 890 <= int(answer.headers["x-rate-limit-reset"]) - time.time() <= 902
        control.advance(901)
        assert norre.get("/2/users/me").status_code == 200

    def test_resets_are_told_in_the_callers_own_time(self, norre: Caller, control: Control) -> None:
        control.advance(5000)
        reset = int(norre.get("/2/users/me").headers["x-rate-limit-reset"])
        assert 890 <= reset - time.time() <= 902

    def test_limits_can_be_switched_off_for_load(self, norre: Caller, control: Control) -> None:
        control.settings(rate_limits=False)
        assert {norre.get("/2/users/me").status_code for _ in range(80)} == {200}
