"""What TikTok's refusals do over the wire: every fault it may have, at the calls that publish; and the table of codes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import (
    AppBlocked,
    Job,
    NeedsReauth,
    NotSent,
    Platform,
    PlatformError,
    Processing,
    RateLimited,
    Refused,
    Unknown,
)
from social.platforms import tiktok_errors
from social.tests.making import Files
from social.tests.tiktok_making import (
    TIKTOK,
    ServedFiles,
    clip,
    content,
    creator,
    job,
    naps,
    only_post,
    photo,
    publish,
    served,
)

__all__ = ["naps", "served"]


def answer(status: int, code: str | None, message: str = "Because.") -> http.Response:
    body = b"<html>" if code is None else json.dumps({"data": {}, "error": {"code": code, "message": message}}).encode()
    return http.Response(status, {}, body)


# -- the call that publishes photos -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("unauthorized", {}, NeedsReauth),
        ("token_revoked", {}, NeedsReauth),
        ("refuse", {"code": "scope_not_authorized"}, NeedsReauth),
        ("refuse", {"code": "scope_permission_missed"}, AppBlocked),
        ("rate_limit", {}, RateLimited),
        ("credits_depleted", {}, RateLimited),
        ("refuse", {"code": "spam_risk_too_many_posts"}, RateLimited),
        ("refuse", {"code": "spam_risk_too_many_posts", "status": 200}, RateLimited),
        ("refuse", {"code": "spam_risk_too_many_pending_share", "status": 403}, RateLimited),
        ("suspended", {}, Refused),
        ("refuse", {"code": "url_ownership_unverified"}, Refused),
        ("refuse", {"code": "privacy_level_option_mismatch"}, Refused),
        ("refuse", {"code": "unaudited_client_can_only_post_to_private_accounts"}, Refused),
        ("refuse", {"code": "invalid_params"}, Refused),
        ("refuse", {"code": "something_new", "status": 400}, Refused),
        ("refuse", {"code": "something_new", "status": 401}, Refused),
        ("refuse", {"code": "something_new", "status": 200}, Unknown),
        ("refuse", {"code": "invalid_params", "status": 409}, Unknown),
        ("refuse", {"code": "internal_error", "status": 400}, Unknown),
        ("refuse", {"code": "ok", "status": 400}, Unknown),
        ("reject_503_documented", {}, Unknown),
        ("reject_5xx", {"status": 500}, Unknown),
        ("html_502", {}, Unknown),
        ("reset", {}, Unknown),
        ("accept_then_reset", {}, Unknown),
        ("accept_then_5xx", {}, Unknown),
        ("garbage_200", {}, Unknown),
        ("missing_id", {}, Unknown),
        ("late_delivery", {"seconds": 3600}, Unknown),
    ],
)
def test_every_fault_of_the_call_that_publishes_photos(
    sandbox: Running, served: ServedFiles, kind: str, params: dict[str, Any], error: type[Exception]
) -> None:
    one = job(creator(sandbox), content("What will it say?", photo(served)), served)
    TIKTOK.prepare(one)
    sandbox.control.add_fault(platform="tiktok", operation="create_photo", kind=kind, params=params)
    with pytest.raises(error) as raised:
        TIKTOK.commit(one, 1)
    assert type(raised.value) is error


def test_a_refusal_that_names_a_task_is_a_refusal_all_the_same(
    sandbox: Running, served: ServedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"data": {"publish_id": "p_pub_url~v2-1.1"}, "error": {"code": "spam_risk_user_banned_from_posting"}}
    one = job(creator(sandbox), content("", photo(served)), served)
    monkeypatch.setattr(http, "request", lambda *_args, **_details: http.Response(200, {}, json.dumps(body).encode()))
    with pytest.raises(Refused, match="banned"):
        TIKTOK.commit(one, 1)


@pytest.mark.parametrize(("kind", "error"), [("hang", Unknown), ("accept_then_hang", Unknown)])
def test_no_answer_is_unknown(
    sandbox: Running, served: ServedFiles, settings: Any, kind: str, error: type[Exception]
) -> None:
    one = job(creator(sandbox), content("Hello?", photo(served)), served)
    TIKTOK.prepare(one)
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 0.5
    sandbox.control.add_fault(platform="tiktok", operation="create_photo", kind=kind)
    with pytest.raises(error):
        TIKTOK.commit(one, 1)


def test_what_never_left_was_not_sent(sandbox: Running, served: ServedFiles, settings: Any) -> None:
    one = job(creator(sandbox), content("Nobody there", photo(served)), served)
    TIKTOK.prepare(one)
    settings.TIKTOK_API_URL = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        TIKTOK.commit(one, 1)


# -- the last chunk of a video ------------------------------------------------------------------------------


def film(sandbox: Running) -> Job:
    files = Files()
    return job(creator(sandbox), content("A film", clip(files)), files)


@pytest.mark.parametrize("kind", ["reject_5xx", "html_502", "reset", "late_delivery", "hang", "accept_then_reset"])
def test_a_last_chunk_without_a_clear_answer_is_unknown(sandbox: Running, settings: Any, kind: str) -> None:
    one = film(sandbox)
    TIKTOK.prepare(one)
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 0.5
    sandbox.control.add_fault(platform="tiktok", operation="last_chunk", kind=kind, params={"seconds": 3600})
    with pytest.raises(Unknown) as raised:
        TIKTOK.commit(one, 1)
    assert type(raised.value) is Unknown


@pytest.mark.parametrize("kind", ["accept_then_5xx", "garbage_200", "slow"])
def test_a_last_chunk_that_was_taken_is_published_whatever_the_answer(sandbox: Running, kind: str) -> None:
    """The task itself says what became of it."""
    sandbox.control.settings(video_processing_seconds=0.0, tiktok_moderation_seconds=0.0)
    one = film(sandbox)
    TIKTOK.prepare(one)
    sandbox.control.add_fault(platform="tiktok", operation="last_chunk", kind=kind, params={"seconds": 0.1})
    assert TIKTOK.commit(one, 1).remote_id == only_post(sandbox)["id"]


def test_a_host_that_cannot_be_reached_was_sent_nothing(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    one = film(sandbox)
    TIKTOK.prepare(one)
    original = http.request

    def no_upload_host(method: str, url: str, **details: Any) -> http.Response:
        if method == "PUT":
            raise http.NotSentError("no connection")
        return original(method, url, **details)

    with monkeypatch.context() as patch:
        patch.setattr(http, "request", no_upload_host)
        with pytest.raises(NotSent):
            TIKTOK.commit(one, 1)
    publish(one)
    assert len(sandbox.control.posts("tiktok")) == 1


def test_a_database_that_forgets_after_the_last_byte_is_unknown(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = film(sandbox)
    TIKTOK.prepare(one)
    original, kept = one.stash.put, []

    def put(name: str, value: Any, *, lives_seconds: int) -> None:
        kept.append(name)
        if len(kept) > 1:
            raise NotSent("Another worker has taken this over.", code="lease_lost")
        original(name, value, lives_seconds=lives_seconds)

    monkeypatch.setattr(one.stash, "put", put)
    with pytest.raises(Unknown):
        TIKTOK.commit(one, 1)
    assert len(sandbox.control.posts("tiktok")) == 1


def test_who_lost_the_lease_sends_no_last_byte(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    one = film(sandbox)
    TIKTOK.prepare(one)

    def put(name: str, value: Any, *, lives_seconds: int) -> None:
        raise NotSent("Another worker has taken this over.", code="lease_lost")

    monkeypatch.setattr(one.stash, "put", put)
    with pytest.raises(NotSent):
        TIKTOK.commit(one, 1)
    assert sandbox.control.posts("tiktok") == []


@pytest.mark.parametrize(
    ("reason", "error"),
    [("duration_check_failed", Refused), ("spam_risk_too_many_posts", RateLimited), ("auth_removed", NeedsReauth)],
)
def test_a_failure_within_the_call_is_told_at_once(sandbox: Running, reason: str, error: type[Exception]) -> None:
    sandbox.control.settings(tiktok_fail_reason=reason)
    one = film(sandbox)
    TIKTOK.prepare(one)
    with pytest.raises(error):
        TIKTOK.commit(one, 1)
    sandbox.control.settings(tiktok_fail_reason="")
    publish(one)  # it was told once, and is not told again


def test_looks_that_fail_leave_it_to_later_ones(sandbox: Running) -> None:
    one = film(sandbox)
    TIKTOK.prepare(one)
    sandbox.control.add_fault(platform="tiktok", operation="status", kind="reject_5xx", times=-1)
    with pytest.raises(Processing):
        TIKTOK.commit(one, 1)


# -- what TikTok itself refuses -------------------------------------------------------------------------------


def test_an_app_without_an_audit_is_told_plainly(sandbox: Running) -> None:
    sandbox.control.settings(tiktok_unaudited=True)
    with pytest.raises(Refused, match="has not audited our application") as refused:
        TIKTOK.prepare(film(sandbox))
    assert "audit" in refused.value.next_step


def test_it_may_post_privately_for_five_people_a_day(sandbox: Running) -> None:
    sandbox.control.settings(tiktok_unaudited=True)
    files = Files()
    media = clip(files)
    for number in range(5):
        sandbox.control.add_account(f"person{number}", platform="tiktok")
        sandbox.control.call("POST", "tiktok/creator", {"username": f"person{number}", "is_private": True})
        publish(job(creator(sandbox, f"person{number}"), content("", media, privacy_level="SELF_ONLY"), files))
    maja = job(creator(sandbox, "maja.lindqvist"), content("", media, privacy_level="SELF_ONLY"), files)
    with pytest.raises(RateLimited, match="five until it is audited") as limited:
        TIKTOK.prepare(maja)
    assert limited.value.until - datetime.now(UTC) > timedelta(hours=23)
    sandbox.control.advance(86_400)
    publish(Job(creator(sandbox, "maja.lindqvist"), maja.variant, maja.stash, (), files))


def test_the_posts_of_a_day_are_counted_for_each_creator(sandbox: Running) -> None:
    sandbox.control.settings(tiktok_daily_posts=1)
    publish(film(sandbox))
    with pytest.raises(RateLimited, match="no more posts from this account") as limited:
        TIKTOK.prepare(film(sandbox))
    assert limited.value.code == "posts_a_day"


def test_a_domain_that_is_not_verified_is_for_whoever_runs_this(sandbox: Running, served: ServedFiles) -> None:
    sandbox.control.settings(tiktok_verified_prefixes="http://127.0.0.1:1/elsewhere/")
    one = job(creator(sandbox), content("", photo(served)), served)
    TIKTOK.prepare(one)
    with pytest.raises(Refused) as refused:
        TIKTOK.commit(one, 1)
    assert refused.value.code == "domain"
    assert "MEDIA_PUBLIC_URL" in refused.value.next_step


# -- the table ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*tiktok_errors.CODES, "something_new"])
def test_every_code_has_a_sentence_and_a_step(code: str) -> None:
    status = 500 if code == "internal_error" else 403
    for error in (
        tiktok_errors.of_repeatable(answer(status, code)),
        tiktok_errors.of_commit(answer(status, code)),
        tiktok_errors.of_failure(code),
    ):
        assert isinstance(error, PlatformError)
        assert error.sentence.endswith(".")
        assert error.next_step
        assert code == "invalid_publish_id" or "_" not in error.sentence or code in error.sentence


@pytest.mark.parametrize("code", ["something_new", "expired_session", "token_weird", "unauthorized"])
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_unknown_code_is_never_a_dead_log_in(code: str, status: int) -> None:
    assert type(tiktok_errors.of_repeatable(answer(status, code))) is Refused
    assert type(tiktok_errors.of_commit(answer(status, code))) is Refused


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 500, 502])
def test_an_answer_that_is_not_tiktoks_says_nothing(status: int) -> None:
    assert type(tiktok_errors.of_commit(answer(status, None))) is Unknown
    assert type(tiktok_errors.of_repeatable(answer(status, None))) is NotSent


def test_429_is_believed_without_words() -> None:
    assert type(tiktok_errors.of_commit(answer(429, None))) is RateLimited
    assert type(tiktok_errors.of_repeatable(answer(429, None))) is RateLimited


def test_a_minutes_limit_waits_a_minute_and_a_bit() -> None:
    limited = tiktok_errors.of_repeatable(answer(429, "rate_limit_exceeded"))
    assert isinstance(limited, RateLimited)
    assert timedelta(seconds=59) < limited.until - datetime.now(UTC) < timedelta(seconds=81)


def test_success_is_the_code_and_not_the_status() -> None:
    assert tiktok_errors.is_success(answer(200, "ok"))
    assert not tiktok_errors.is_success(answer(200, "spam_risk_too_many_posts"))
    assert not tiktok_errors.is_success(answer(200, None))
    assert not tiktok_errors.is_success(answer(500, "ok"))


def test_no_address_ever_holds_a_token(sandbox: Running, served: ServedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        asked.append(url)
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    one = job(creator(sandbox), content("Secret", photo(served)), served)
    publish(one)
    publish(film(sandbox))
    assert asked
    assert not any(one.account.access_token in url for url in asked)
    assert isinstance(TIKTOK, Platform)
