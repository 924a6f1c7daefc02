"""The circuit breaker: opens when most calls get no answer, and closes by itself."""

import pytest

from posts.engine.breaker import Breaker
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Driven, Rows, connect, publication_of
from posts.tests.factories import Cast, make_post
from sandbox.testing import Running


def noted(breaker: Breaker, answers: str, *, at: float = 0.0) -> list[float]:
    """Note calls, `+` answered and `-` not, all at one moment."""
    return [breaker.note(answered=answer == "+", now=at) for answer in answers]


class OpeningTests:
    def test_a_few_failures_do_not_open_it(self) -> None:
        assert noted(Breaker(), "-" * 19) == [0.0] * 19

    def test_half_of_twenty_calls_opens_it_for_half_a_minute(self) -> None:
        assert noted(Breaker(), "+-" * 10)[-1] == 30.0

    def test_mostly_answered_calls_keep_it_closed(self) -> None:
        assert sum(noted(Breaker(), "++-" * 30)) == 0

    def test_old_failures_are_forgotten(self) -> None:
        breaker = Breaker()
        noted(breaker, "-" * 19)
        assert noted(breaker, "+" * 20, at=31.0) == [0.0] * 20

    def test_answers_of_calls_that_left_before_it_opened_do_not_count(self) -> None:
        breaker = Breaker()
        noted(breaker, "-" * 20)
        assert noted(breaker, "-" * 50, at=10.0) == [0.0] * 50

    def test_after_the_pause_three_calls_decide_and_each_pause_is_longer(self) -> None:
        breaker = Breaker()
        pauses, now = [noted(breaker, "-" * 20)[-1]], 0.0
        for _ in range(5):
            now += pauses[-1] + 1
            pauses.append(noted(breaker, "---", at=now)[-1])
        assert pauses == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]
        assert sum(noted(breaker, "+++", at=now + 301)) == 0
        assert breaker.opened == 0


@pytest.mark.real_commits
def test_a_platform_that_stops_answering_is_left_alone(
    sandbox: Running, cast: Cast, driven: Driven, owner_sql: Rows
) -> None:
    account = connect(sandbox, cast.workspace)
    driven.engine.publisher.breakers["x"] = Breaker(opened=1)
    sandbox.control.add_fault(operation="create_post", kind="reject_5xx", times=-1)
    posts = [make_post(cast.alice, cast.workspace, account, text=f"number {n}", plan=Now()) for n in range(5)]
    driven.run()
    states = [publication_of(post).state for post in posts]
    assert states == [State.UNKNOWN] * 3 + [State.SCHEDULED] * 2
    assert owner_sql("select platform, reason like 'X does not answer%%' from posts_platformgate") == [("x", True)]
