"""What the refusals of Threads do over the wire: at the call that publishes, and while containers are made."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.tests.hosting import Host, host
from social.tests.threads_making import (
    THREADS,
    Naps,
    clip,
    content,
    job,
    naps,
    operations,
    photo,
    posts,
    profile,
    publish,
)

__all__ = ["host", "naps"]


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("refuse", {"code": 190, "subcode": 460, "status": 401}, NeedsReauth),
        ("refuse", {"code": 190, "subcode": 463, "status": 401}, NeedsReauth),
        ("refuse", {"code": 190, "message": "Error validating access token: over", "status": 400}, NeedsReauth),
        ("refuse", {"code": 10, "status": 403}, NeedsReauth),
        ("refuse", {"code": 200, "status": 403}, NeedsReauth),
        ("rate_limit", {"code": 4}, AppBlocked),
        ("rate_limit", {"code": 17, "minutes": 7}, RateLimited),
        ("rate_limit", {"code": 613, "minutes": 7}, RateLimited),
        ("rate_limit", {"code": 80005, "minutes": 7}, RateLimited),
        ("refuse", {"code": 9, "subcode": 2207042}, RateLimited),
        ("refuse", {"code": 9}, RateLimited),
        ("refuse", {"code": 100, "subcode": 4279013}, RateLimited),
        ("refuse", {"code": 4, "subcode": 2207051}, RateLimited),
        ("suspended", {}, RateLimited),
        ("refuse", {"code": 24, "subcode": 4279009}, NotSent),
        ("refuse", {"code": 24}, NotSent),
        ("refuse", {"code": 9007, "subcode": 2207027}, NotSent),
        ("refuse", {"code": 100}, Refused),
        ("refuse", {"code": 100, "message": "(#100) Param text must be at most 500 characters long."}, Refused),
        ("refuse", {"code": 1, "message": "THREADS_API__LINK_LIMIT_EXCEEDED"}, Refused),
        ("refuse", {"code": 54321, "message": "Nobody has seen this before"}, Refused),
        ("refuse", {"code": 1}, Unknown),
        ("refuse", {"code": 2, "is_transient": True}, Unknown),
        ("unauthorized", {}, NeedsReauth),
        ("token_revoked", {}, NeedsReauth),
        ("credits_depleted", {}, AppBlocked),
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
    one = job(profile(sandbox), content("What will it say?"))
    THREADS.prepare(one)
    sandbox.control.add_fault(platform="threads", operation="create_post", kind=kind, params=params, times=5)
    with pytest.raises(error) as raised:
        THREADS.commit(one, 1)
    assert type(raised.value) is error


@pytest.mark.parametrize("kind", ["hang", "accept_then_hang"])
def test_no_answer_is_unknown(sandbox: Running, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr("social.platforms.threads.LEAST_SECONDS", 0.4)
    one = job(profile(sandbox), content("Hello?"))
    THREADS.prepare(one)
    monkeypatch.setattr("social.platforms.threads._left", lambda _until: 0.0)
    sandbox.control.add_fault(platform="threads", operation="create_post", kind=kind)
    with pytest.raises(Unknown):
        THREADS.commit(one, 1)


def test_what_never_left_was_not_sent(sandbox: Running, settings: Any) -> None:
    one = job(profile(sandbox), content("Nobody there"))
    THREADS.prepare(one)
    settings.THREADS_API_URL = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        THREADS.commit(one, 1)


def test_a_refusal_of_what_is_public_all_the_same_is_unknown(sandbox: Running) -> None:
    """The container's word counts for more than the answer's: it was published by a call whose answer got lost."""
    one = job(profile(sandbox), content("Twice?"))
    THREADS.prepare(one)
    sandbox.control.add_fault(platform="threads", operation="create_post", kind="accept_then_reset")
    with pytest.raises(Unknown):
        THREADS.commit(one, 1)
    with pytest.raises(Unknown):
        THREADS.commit(one, 1)
    assert len(posts(sandbox)) == 1


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"code": 100, "subcode": 4279013}, "blocked", "restricted this account"),
        ({"code": 9}, "quota", "as much as Threads allows"),
        ({"code": 100, "message": "Param text must be at most 500 characters long."}, "too_long", "counts an emoji"),
        ({"code": 1, "user": "THREADS_API__LINK_LIMIT_EXCEEDED"}, "too_many_links", "too many links"),
        ({"code": 100, "message": "(#100) Something else"}, "refused", "Something else"),
    ],
)
def test_every_refusal_has_a_sentence(sandbox: Running, params: dict[str, Any], code: str, words: str) -> None:
    one = job(profile(sandbox), content("Say why"))
    sandbox.control.add_fault(platform="threads", operation="container", kind="refuse", params=params)
    with pytest.raises(PlatformError) as error:
        THREADS.prepare(one)
    assert error.value.code == code
    assert words in error.value.sentence
    assert error.value.next_step


@pytest.mark.parametrize(
    ("params", "code"),
    [
        # Tried once with a renewed token before anybody is asked …
        ({"code": 190, "message": "Error validating access token: nobody knows why"}, "unauthorized"),
        # … unless it is said that the session is over.
        ({"code": 190, "subcode": 460, "message": "Error validating access token: password"}, "needs_reauth"),
        ({"code": 190, "subcode": 459, "message": "Error validating access token: confirm"}, "checkpoint"),
        ({"code": 1, "message": "Error validating access token"}, "needs_reauth"),
    ],
)
def test_a_token_that_is_over_says_whether_renewing_may_help(
    sandbox: Running, params: dict[str, Any], code: str
) -> None:
    one = job(profile(sandbox), content("Who am I?"))
    THREADS.prepare(one)
    fault = {**params, "status": 401}
    sandbox.control.add_fault(platform="threads", operation="create_post", kind="refuse", params=fault)
    with pytest.raises(NeedsReauth) as error:
        THREADS.commit(one, 1)
    assert error.value.code == code


@pytest.mark.parametrize("subcode", [4279013, 2207051])
def test_a_restricted_account_waits_a_day(sandbox: Running, subcode: int) -> None:
    one = job(profile(sandbox), content("Too fast"))
    params = {"code": 100, "subcode": subcode}
    sandbox.control.add_fault(platform="threads", operation="container", kind="refuse", params=params)
    with pytest.raises(RateLimited) as limited:
        THREADS.prepare(one)
    assert limited.value.until > datetime.now(UTC) + timedelta(hours=23)


# -- containers that fail ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("FAILED_PROCESSING_AUDIO", "its sound could not be processed"),
        ("FAILED_PROCESSING_VIDEO", "it could not be processed"),
        ("INVALID_ASPEC_RATIO", "too narrow or too wide"),
        ("INVALID_BIT_RATE", "bit rate"),
        ("INVALID_DURATION", "five minutes"),
        ("INVALID_FRAME_RATE", "frames a second"),
        ("INVALID_AUDIO_CHANNELS", "two channels"),
        ("INVALID_AUDIO_CHANNEL_LAYOUT", "neither mono nor stereo"),
    ],
)
def test_a_file_that_threads_cannot_use_is_refused_with_the_reason(
    sandbox: Running, host: Host, reason: str, words: str
) -> None:
    sandbox.control.settings(threads_container_error=reason)
    with pytest.raises(Refused, match=words) as refused:
        THREADS.prepare(job(profile(sandbox), content("Look", media=(clip(host),)), host))
    assert refused.value.code == "media_refused"


@pytest.mark.parametrize("reason", ["FAILED_DOWNLOADING_VIDEO", "UNKNOWN"])
def test_what_another_try_may_mend_is_tried_three_times(sandbox: Running, host: Host, reason: str) -> None:
    sandbox.control.settings(threads_container_error=reason)
    one = job(profile(sandbox), content("Look", media=(clip(host),)), host)
    for _ in range(2):
        with pytest.raises(NotSent):
            THREADS.prepare(one)
    with pytest.raises(Refused):
        THREADS.prepare(one)
    assert operations(sandbox).count("container") == 3


def test_a_second_try_may_be_the_good_one(sandbox: Running, host: Host) -> None:
    media = clip(host)
    host.broken.add(media.uid)
    one = job(profile(sandbox), content("Look", media=(media,)), host)
    with pytest.raises(NotSent):
        THREADS.prepare(one)
    host.broken.clear()
    publish(one)
    assert len(posts(sandbox)) == 1


def test_a_picture_that_cannot_be_fetched_is_tried_three_times(sandbox: Running, host: Host) -> None:
    media = photo(host)
    host.broken.add(media.uid)
    one = job(profile(sandbox), content("Look", media=(media,)), host)
    for _ in range(2):
        with pytest.raises(NotSent, match="could not fetch"):
            THREADS.prepare(one)
    with pytest.raises(Refused, match="could not fetch"):
        THREADS.prepare(one)


def test_one_bad_piece_keeps_the_carousel_from_being_made(sandbox: Running, host: Host) -> None:
    media = (photo(host), clip(host, b"no video"))
    with pytest.raises(Refused, match="could not be processed"):
        THREADS.prepare(job(profile(sandbox), content("Two", media=media), host))
    assert operations(sandbox).count("container") == 2


@pytest.mark.parametrize("operation", ["container", "container_status"])
def test_trouble_while_preparing_was_never_sent(sandbox: Running, naps: Naps, operation: str) -> None:
    sandbox.control.add_fault(platform="threads", operation=operation, kind="reject_5xx")
    one = job(profile(sandbox), content("Patience"))
    with pytest.raises(NotSent):
        THREADS.prepare(one)
    publish(one)
    assert len(posts(sandbox)) == 1


def test_no_address_ever_holds_a_token(sandbox: Running, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        asked.append(url)
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    who = profile(sandbox)
    publish(job(who, content("Quiet", media=(photo(host),)), host))
    assert asked
    assert not any(who.access_token in url for url in asked)
