"""Posts and threads on X, over real HTTP: what is public, and how every kind of answer is understood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, Proof, RateLimited, Refused, Unknown
from social.tests.making import account, job, signing_account, variant

X = platforms.get("x")


def published(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.control.posts()


def test_a_post_becomes_public_and_is_proven_by_its_id(sandbox: Running) -> None:
    proof = X.commit(job(account(sandbox), variant("Hello from the workshop")), 1)
    (post,) = published(sandbox)
    assert (post["text"], post["username"]) == ("Hello from the workshop", "norrestudio")
    assert proof.remote_id == post["id"]
    assert proof.remote_url == post["url"]


def test_it_publishes_with_oauth_1_0a_as_well(sandbox: Running) -> None:
    proof = X.commit(job(signing_account(sandbox), variant("Signed, not borne: ümläut & 100 %")), 1)
    assert [post["id"] for post in published(sandbox)] == [proof.remote_id]


def test_a_thread_replies_to_its_own_parts_in_order(sandbox: Running) -> None:
    content, who = variant("One", "Two", "Three"), account(sandbox)
    proofs: tuple[Proof, ...] = ()
    for number in range(1, X.commits(content) + 1):
        proofs += (X.commit(job(who, content, committed=proofs), number),)
    posts = published(sandbox)
    assert [post["text"] for post in posts] == ["One", "Two", "Three"]
    assert [post["in_reply_to"] for post in posts] == [None, posts[0]["id"], posts[1]["id"]]


def test_a_reply_to_a_part_that_is_not_visible_yet_is_tried_again(sandbox: Running) -> None:
    content, who = variant("One", "Two"), account(sandbox)
    first = X.commit(job(who, content), 1)
    sandbox.control.settings(reply_delay_seconds=60.0)
    with pytest.raises(NotSent) as caught:
        X.commit(job(who, content, committed=(first,)), 2)
    assert caught.value.code == "parent_not_visible"
    sandbox.control.advance(120)
    assert X.commit(job(who, content, committed=(first,)), 2).remote_id


def test_premium_accounts_publish_long_texts(sandbox: Running) -> None:
    X.commit(job(account(sandbox, "tomas_eriksen"), variant("lamp " * 100)), 1)
    assert len(published(sandbox)) == 1


@pytest.mark.parametrize(
    ("kind", "params", "error", "code"),
    [
        ("accept_then_reset", {}, Unknown, "no_answer"),
        ("accept_then_5xx", {"status": 503}, Unknown, "no_answer"),
        ("accept_then_5xx", {"status": 502, "html": True}, Unknown, "no_answer"),
        ("garbage_200", {}, Unknown, "no_answer"),
        ("missing_id", {}, Unknown, "no_answer"),
        ("missing_id", {"effect": False}, Unknown, "no_answer"),
        ("reset", {}, Unknown, "no_answer"),
        ("reject_5xx", {"status": 500}, Unknown, "no_answer"),
        ("reject_503_documented", {}, Unknown, "no_answer"),
        ("html_502", {}, Unknown, "no_answer"),
        ("unauthorized", {}, NeedsReauth, "unauthorized"),
        ("token_revoked", {}, NeedsReauth, "unauthorized"),
        ("credits_depleted", {}, AppBlocked, "no_credits"),
        ("suspended", {}, Refused, "account_suspended"),
        ("rate_limit", {"seconds": 300}, RateLimited, "rate_limited"),
    ],
)
def test_every_kind_of_failure_is_understood(
    sandbox: Running, kind: str, params: dict[str, Any], error: type[PlatformError], code: str
) -> None:
    who = account(sandbox)
    sandbox.control.add_fault(operation="create_post", kind=kind, params=params)
    with pytest.raises(PlatformError) as caught:
        X.commit(job(who, variant("Will it?")), 1)
    assert (type(caught.value), caught.value.code) == (error, code)
    assert caught.value.sentence
    assert who.access_token not in caught.value.detail


def test_silence_is_an_unknown_outcome(sandbox: Running, settings: Any) -> None:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 0.3
    sandbox.control.add_fault(operation="create_post", kind="accept_then_hang")
    with pytest.raises(Unknown):
        X.commit(job(account(sandbox), variant("Silence")), 1)
    assert len(published(sandbox)) == 1


def test_a_refused_connection_was_not_sent(sandbox: Running, settings: Any) -> None:
    who = account(sandbox)
    settings.X_API_URL = "http://127.0.0.1:1"
    with pytest.raises(NotSent):
        X.commit(job(who, variant("Nobody listens")), 1)


def test_a_rate_limit_ends_when_x_says(sandbox: Running) -> None:
    sandbox.control.add_fault(operation="create_post", kind="rate_limit", params={"seconds": 300})
    with pytest.raises(RateLimited) as caught:
        X.commit(job(account(sandbox), variant("Too fast")), 1)
    assert timedelta(seconds=280) < caught.value.until - datetime.now(UTC) < timedelta(seconds=320)


def test_the_hundredth_post_in_a_quarter_of_an_hour_is_the_last(sandbox: Running) -> None:
    who = account(sandbox)
    for number in range(100):
        X.commit(job(who, variant(f"Number {number}")), 1)
    with pytest.raises(RateLimited):
        X.commit(job(who, variant("Number 100")), 1)


def test_a_duplicate_is_refused_by_name(sandbox: Running) -> None:
    who = account(sandbox)
    X.commit(job(who, variant("Twice")), 1)
    with pytest.raises(Refused) as caught:
        X.commit(job(who, variant("Twice")), 1)
    assert (caught.value.code, caught.value.http_status) == ("duplicate", 403)


def test_too_long_a_text_is_refused_without_asking_to_reconnect(sandbox: Running) -> None:
    with pytest.raises(Refused) as caught:
        X.commit(job(account(sandbox), variant("x" * 281)), 1)
    assert caught.value.code == "not_permitted"


def test_two_cashtags_are_refused_with_x_s_own_words(sandbox: Running) -> None:
    with pytest.raises(Refused, match="limited to one cashtag"):
        X.commit(job(account(sandbox), variant("$AAPL and $MSFT")), 1)


def test_a_missing_scope_asks_to_reconnect(sandbox: Running) -> None:
    who = account(sandbox, scopes=["tweet.read", "users.read"])
    with pytest.raises(NeedsReauth) as caught:
        X.commit(job(who, variant("May I?")), 1)
    assert caught.value.code == "needs_reauth"


def test_a_reading_application_asks_to_reconnect(sandbox: Running) -> None:
    who = signing_account(sandbox)
    (app,) = (one for one in _apps(sandbox) if one["client_id"] == "sandbox-x-client")
    sandbox.control.add_app(**{**app, "permissions": "read"})
    try:
        with pytest.raises(NeedsReauth):
            X.commit(job(who, variant("May I?")), 1)
    finally:
        sandbox.control.add_app(**app)


def test_deleting_takes_the_post_away_and_does_not_mind_a_second_time(sandbox: Running) -> None:
    who = account(sandbox)
    proof = X.commit(job(who, variant("Soon gone")), 1)
    X.delete(who, proof.remote_id)
    assert published(sandbox) == []
    X.delete(who, proof.remote_id)


def test_somebody_else_s_post_cannot_be_deleted(sandbox: Running) -> None:
    proof = X.commit(job(account(sandbox), variant("Mine")), 1)
    with pytest.raises(Refused):
        X.delete(account(sandbox, "alma_lamps"), proof.remote_id)
    assert len(published(sandbox)) == 1


def _apps(sandbox: Running) -> list[dict[str, Any]]:
    return list(sandbox.control._call("GET", "apps")["apps"])
