"""Numbers of posts on X."""

from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import Account, RateLimited
from social.platforms import x_metrics
from social.platforms.x import X
from social.tests.making import account, job, variant

PLATFORM = X()


def posted(sandbox: Running, text: str = "Count me") -> str:
    return PLATFORM.commit(job(account(sandbox), variant(text)), 1).remote_id


DIALECTS = [("tweet.fields", "old"), ("post.fields", "new"), ("tweet.fields", "new"), ("post.fields", "old")]


@pytest.mark.parametrize(("parameter", "dialect"), DIALECTS)
def test_numbers_come_by_our_names_in_either_vocabulary(
    sandbox: Running, settings: Any, parameter: str, dialect: str
) -> None:
    settings.X_FIELDS_PARAMETER = parameter
    sandbox.control.settings(dialect=dialect)
    remote_id = posted(sandbox)
    sandbox.control.advance(86_400)
    found = PLATFORM.metrics(account(sandbox), [remote_id])[remote_id].values
    assert set(found) == {"impressions", "reactions", "comments", "shares", "saves"}
    assert found["impressions"] > found["reactions"] >= 0


def test_reposts_and_quotes_are_both_shares() -> None:
    counts = {"retweet_count": 2, "quote_count": 3, "like_count": True, "new_count": 9}
    assert x_metrics.numbers(counts) == {"shares": 5}


def test_a_post_that_is_not_there_is_gone(sandbox: Running) -> None:
    kept, gone = posted(sandbox, "Kept"), posted(sandbox, "Gone")
    PLATFORM.delete(account(sandbox), gone)
    found = PLATFORM.metrics(account(sandbox), [kept, gone, "1"])
    assert {remote_id: one.is_gone for remote_id, one in found.items()} == {kept: False, gone: True, "1": True}


def test_a_post_of_which_x_says_something_else_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"value": "1", "type": "https://api.x.com/2/problems/not-authorized-for-resource"}
    monkeypatch.setattr(x_metrics, "_in_either_vocabulary", lambda *_: {"errors": [error]})
    assert PLATFORM.metrics(Account("1", "norre", "token"), ["1"]) == {}


def test_a_hundred_are_asked_for_at_once(sandbox: Running) -> None:
    who = account(sandbox)
    sandbox.control.clear_ledger()
    assert len(PLATFORM.metrics(who, [str(number) for number in range(1, 202)])) == 201
    assert len(sandbox.control.ledger()) == 3


def test_nothing_to_ask_asks_nothing(sandbox: Running) -> None:
    who = account(sandbox)
    sandbox.control.clear_ledger()
    assert PLATFORM.metrics(who, []) == {}
    assert sandbox.control.ledger() == []


def test_too_many_reads_are_told_as_such(sandbox: Running) -> None:
    sandbox.control.add_fault(operation="get_posts", kind="rate_limit")
    with pytest.raises(RateLimited):
        PLATFORM.metrics(account(sandbox), ["1"])
