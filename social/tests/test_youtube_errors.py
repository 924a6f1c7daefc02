"""What YouTube's refusals do: each reason by itself, and every fault that there may be at the call that publishes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import AppBlocked, Job, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import youtube_errors
from social.platforms.youtube_quota import note_upload, resets_at, uploads_today
from social.tests.making import Files
from social.tests.youtube_making import YOUTUBE, channel, content, film, job, naps, only_video

__all__ = ["naps"]
UPLOADS = (
    "Quota exceeded for quota metric 'Video Uploads' and limit 'Video Uploads per day' of service"
    " 'youtube.googleapis.com' for consumer 'project_number:1'."
)


def answer(status: int, *reasons: str, message: str = "No.", detail: str = "", **headers: str) -> http.Response:
    error: dict[str, Any] = {"code": status, "message": message}
    if reasons:
        error["errors"] = [{"domain": "youtube.video", "reason": reason, "message": message} for reason in reasons]
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}]
    return http.Response(status, headers, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("response", "error", "code"),
    [
        (answer(403, "quotaExceeded"), AppBlocked, "app_limit"),
        (answer(403, "dailyLimitExceeded"), AppBlocked, "app_limit"),
        (answer(429, "rateLimitExceeded", message=UPLOADS), AppBlocked, "upload_quota"),
        (answer(429, message=UPLOADS), AppBlocked, "upload_quota"),
        (answer(400, "uploadLimitExceeded"), RateLimited, "channel_limit"),
        (answer(401, "authError"), NeedsReauth, "unauthorized"),
        (answer(401), NeedsReauth, "unauthorized"),
        (answer(401, "youtubeSignupRequired"), Refused, "no_channel"),
        (answer(403, "insufficientPermissions"), NeedsReauth, "needs_reauth"),
        (answer(403, detail="ACCESS_TOKEN_SCOPE_INSUFFICIENT"), NeedsReauth, "needs_reauth"),
        (answer(403, "accessNotConfigured"), AppBlocked, "app_forbidden"),
        (answer(403, detail="SERVICE_DISABLED"), AppBlocked, "app_forbidden"),
        (answer(403, "rateLimitExceeded"), RateLimited, "rate_limited"),
        (answer(403, "userRateLimitExceeded"), RateLimited, "rate_limited"),
        (answer(429, "uploadRateLimitExceeded"), RateLimited, "rate_limited"),
        (answer(429), RateLimited, "rate_limited"),
        (answer(400, "invalidTitle"), Refused, "refused"),
        (answer(400, "somethingNobodyHasHeardOf"), Refused, "refused"),
        (answer(403, "forbidden"), Refused, "refused"),
        (answer(403), Refused, "refused"),
        (answer(403, "forbiddenPrivacySetting"), Refused, "privacy_refused"),
        (answer(403, "authenticatedUserAccountSuspended"), Refused, "account_suspended"),
        (answer(404, "videoNotFound"), Refused, "not_found"),
        (answer(404), Refused, "not_found"),
        (answer(403, "commentsDisabled"), Refused, "comments_off"),
    ],
)
@pytest.mark.parametrize("read", [youtube_errors.of_commit, youtube_errors.of_repeatable])
def test_each_reason(read: Any, response: http.Response, error: type[PlatformError], code: str) -> None:
    found = read(response)
    assert (type(found), found.code) == (error, code)
    assert found.sentence
    assert found.next_step


@pytest.mark.parametrize(
    "response",
    [
        answer(500, "backendError"),
        answer(503, "backendError"),
        answer(403, "backendError"),
        answer(409, "conflict"),
        answer(408, "timeout"),
        http.Response(502, {}, b"<html>"),
        http.Response(403, {}, b"<html>"),
        http.Response(200, {}, b'{"kind": "youtube#video"}'),
        http.Response(302, {}, b""),
    ],
)
def test_what_is_no_documented_refusal_is_unknown(response: http.Response) -> None:
    assert type(youtube_errors.of_commit(response)) is Unknown
    assert type(youtube_errors.of_repeatable(response)) is NotSent


def test_the_platforms_own_words_are_told() -> None:
    error = youtube_errors.of_commit(answer(400, "invalidTags", message="The request specifies invalid keywords."))
    assert error.sentence == "YouTube refused it: The request specifies invalid keywords."


def test_retry_after_is_honoured() -> None:
    error = youtube_errors.of_repeatable(answer(429, "rateLimitExceeded", **{"retry-after": "40"}))
    assert isinstance(error, RateLimited)
    assert timedelta(seconds=35) < error.until - datetime.now(UTC) <= timedelta(seconds=40)


def test_a_channels_own_limit_waits_a_day() -> None:
    error = youtube_errors.of_repeatable(answer(400, "uploadLimitExceeded"))
    assert isinstance(error, RateLimited)
    assert timedelta(hours=23) < error.until - datetime.now(UTC) <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-28T15:00:00+00:00", "2026-11-29T08:00:00+00:00"),
        ("2026-11-28T07:59:59+00:00", "2026-11-28T08:00:00+00:00"),
        ("2026-07-01T06:59:00+00:00", "2026-07-01T07:00:00+00:00"),
        ("2026-07-01T07:00:00+00:00", "2026-07-02T07:00:00+00:00"),
        ("2026-03-08T09:30:00+00:00", "2026-03-09T07:00:00+00:00"),  # the day on which clocks go forward
    ],
)
def test_the_quota_starts_again_at_midnight_in_california(now: str, midnight: str) -> None:
    assert resets_at(datetime.fromisoformat(now)) == datetime.fromisoformat(midnight)


def test_uploads_of_the_day_are_counted_for_the_whole_installation() -> None:
    before = uploads_today()
    note_upload()
    assert uploads_today() == before + 1


def test_counting_that_does_not_work_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("social.platforms.youtube_quota.cache.incr", lambda _name: 1 / 0)
    note_upload()


# -- over the wire, at the call that publishes -------------------------------------------------------


def ready(sandbox: Running) -> Job:
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    YOUTUBE.prepare(one)
    return one


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("refuse", {"status": 400, "reason": "invalidTitle"}, Refused),
        ("refuse", {"status": 403, "reason": "forbidden"}, Refused),
        ("refuse", {"status": 403, "reason": "forbiddenPrivacySetting"}, Refused),
        ("refuse", {"status": 401, "reason": "youtubeSignupRequired"}, Refused),
        ("refuse", {"status": 403, "reason": "insufficientPermissions"}, NeedsReauth),
        ("refuse", {"status": 403, "reason": "forbidden", "detail": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}, NeedsReauth),
        ("rate_limit", {}, RateLimited),
        ("credits_depleted", {}, AppBlocked),
        ("unauthorized", {}, NeedsReauth),
        ("token_revoked", {}, NeedsReauth),
        ("suspended", {}, Refused),
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
def test_every_fault_of_the_call_that_publishes(
    sandbox: Running, kind: str, params: dict[str, Any], error: type[Exception]
) -> None:
    one = ready(sandbox)
    sandbox.control.add_fault(platform="youtube", operation="create_post", kind=kind, params=params)
    with pytest.raises(error) as raised:
        YOUTUBE.commit(one, 1)
    assert type(raised.value) is error
    has_effect = kind in ("accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id")
    assert only_video(sandbox)["privacy"] == ("public" if has_effect else "private")


@pytest.mark.parametrize("kind", ["hang", "accept_then_hang"])
def test_no_answer_is_unknown(sandbox: Running, settings: Any, kind: str) -> None:
    one = ready(sandbox)
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 0.4
    sandbox.control.add_fault(platform="youtube", operation="create_post", kind=kind)
    with pytest.raises(Unknown):
        YOUTUBE.commit(one, 1)


def test_what_never_left_was_not_sent(sandbox: Running, settings: Any) -> None:
    one = ready(sandbox)
    settings.YOUTUBE_API_URL = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        YOUTUBE.commit(one, 1)


def test_an_answer_that_does_not_say_who_sees_it_is_no_proof(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    one = ready(sandbox)
    silent = http.Response(200, {}, b'{"id": "dQw4w9WgXcQ", "snippet": {}}')
    monkeypatch.setattr(http, "request", lambda *_args, **_details: silent)
    with pytest.raises(Unknown):
        YOUTUBE.commit(one, 1)


def test_the_quota_of_all_other_calls_blocks_the_application(sandbox: Running) -> None:
    one = ready(sandbox)
    sandbox.control.settings(youtube_units_per_day=1)
    with pytest.raises(AppBlocked) as blocked:
        YOUTUBE.commit(one, 1)
    assert blocked.value.until == resets_at()
