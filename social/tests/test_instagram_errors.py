"""What Instagram's refusals become, at the call that publishes and before it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.tests.hosting import Host
from social.tests.instagram_making import (
    INSTAGRAM,
    account,
    clip,
    containers,
    content,
    host,
    job,
    naps,
    only_post,
    photo,
    publish,
)

__all__ = ["host", "naps"]

# code, subcode, class, code of ours
AT_PUBLISHING: list[tuple[int, int, type[PlatformError], str]] = [
    (-2, 2207003, NotSent, "unfetchable"),
    (-2, 2207020, NotSent, "upload_expired"),
    (-1, 2207001, Unknown, "no_answer"),
    (-1, 2207032, Unknown, "no_answer"),
    (1, 0, Unknown, "no_answer"),
    (2, 0, Unknown, "no_answer"),
    (4, 0, AppBlocked, "app_limit"),
    (4, 2207051, RateLimited, "blocked"),
    (9, 2207042, RateLimited, "daily_limit"),
    (10, 0, NeedsReauth, "needs_reauth"),
    (20, 1772107, Unknown, "no_answer"),
    (24, 2207008, NotSent, "not_ready"),
    (25, 2207050, NeedsReauth, "restricted"),
    (100, 0, Refused, "refused"),
    (100, 2207023, Refused, "refused"),
    (100, 2207028, Refused, "refused"),
    (190, 0, NeedsReauth, "unauthorized"),
    (190, 460, NeedsReauth, "needs_reauth"),
    (200, 0, NeedsReauth, "needs_reauth"),
    (352, 2207026, Refused, "media_refused"),
    (368, 0, RateLimited, "blocked"),
    (9007, 2207027, NotSent, "not_ready"),
    (36003, 2207009, Refused, "wrong_shape"),
    (36004, 2207010, Refused, "too_long"),
    (80002, 0, RateLimited, "rate_limited"),
    (99999, 0, Refused, "refused"),
    (0, 2207085, Unknown, "no_answer"),
]


def refuse(sandbox: Running, operation: str, code: int, subcode: int, **others: Any) -> None:
    params = {"code": code, "subcode": subcode, "message": f"(#{code}) Something", **others}
    sandbox.control.add_fault(platform="instagram", operation=operation, kind="refuse", params=params)


@pytest.mark.parametrize(("code", "subcode", "kind", "ours"), AT_PUBLISHING)
def test_a_refusal_of_the_publishing_call(
    sandbox: Running, host: Host, code: int, subcode: int, kind: type[PlatformError], ours: str
) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", code, subcode)
    with pytest.raises(PlatformError) as caught:
        INSTAGRAM.commit(one, 1)
    assert type(caught.value) is kind
    assert caught.value.code == ours
    assert caught.value.sentence.endswith(".")
    assert sandbox.control.posts("instagram") == []


def test_suspected_spam_waits_a_day_for_this_account_alone(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 4, 2207051)
    with pytest.raises(RateLimited, match="spam") as caught:
        INSTAGRAM.commit(one, 1)
    assert caught.value.until > datetime.now(UTC) + timedelta(hours=23)


def test_not_being_professional_any_more_asks_to_reconnect(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 10, 0, message="The user is not an Instagram Business")
    with pytest.raises(NeedsReauth, match="professional"):
        INSTAGRAM.commit(one, 1)


def test_a_container_that_is_not_ready_is_published_by_the_next_try(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 9007, 2207027)
    with pytest.raises(NotSent):
        INSTAGRAM.commit(one, 1)
    publish(one)
    assert len(containers(sandbox)) == 1


def test_after_a_clear_no_a_new_container_is_made(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 100, 0)
    with pytest.raises(Refused):
        INSTAGRAM.commit(one, 1)
    publish(one)
    assert len(containers(sandbox)) == 2


def test_a_refusal_whose_container_cannot_be_read_stands(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 36004, 2207010)
    sandbox.control.add_fault(platform="instagram", operation="container", kind="reject_5xx")
    with pytest.raises(Refused, match="caption is too long"):
        INSTAGRAM.commit(one, 1)


@pytest.mark.parametrize("kind", ["accept_then_hang", "reset", "html_502"])
def test_silence_is_unknown(sandbox: Running, host: Host, settings: Any, kind: str) -> None:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 10
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    sandbox.control.add_fault(platform="instagram", operation="create_post", kind=kind)
    with pytest.raises(Unknown):
        INSTAGRAM.commit(one, 1)


# -- before anything is public -----------------------------------------------------------------------


def test_trouble_with_a_container_is_tried_again(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    refuse(sandbox, "create_container", -1, 2207032)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    publish(one)


def test_an_account_that_is_not_there_any_more_asks_to_reconnect(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    refuse(sandbox, "create_container", 100, 33, message="Unsupported request")
    with pytest.raises(NeedsReauth):
        INSTAGRAM.prepare(one)


def test_a_file_that_cannot_be_fetched_is_tried_thrice(sandbox: Running, host: Host) -> None:
    media = photo(host)
    host.broken.add(media.uid)
    one = job(account(sandbox), content("Lamps", media), host)
    for _ in range(2):
        with pytest.raises(NotSent, match="could not fetch"):
            INSTAGRAM.prepare(one)
    with pytest.raises(Refused, match="could not fetch"):
        INSTAGRAM.prepare(one)
    host.broken.clear()
    publish(one)


def test_a_video_that_cannot_be_fetched_fails_later(sandbox: Running, host: Host) -> None:
    media = clip(host)
    host.broken.add(media.uid)
    one = job(account(sandbox), content("A film", media), host)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    host.broken.clear()
    publish(one)
    assert [row["status"] for row in containers(sandbox)] == ["ERROR", "PUBLISHED"]


@pytest.mark.parametrize("subcode", [2207076, 2207077, 2207082, 2207053, 2299999])
def test_a_container_that_fails_for_no_reason_is_made_twice_more(sandbox: Running, host: Host, subcode: int) -> None:
    sandbox.control.settings(instagram_container_fails=subcode)
    one = job(account(sandbox), content("A film", clip(host)), host)
    for _ in range(2):
        with pytest.raises(NotSent):
            INSTAGRAM.prepare(one)
    with pytest.raises(Refused):
        INSTAGRAM.prepare(one)
    assert len(containers(sandbox)) == 3
    sandbox.control.settings(instagram_container_fails=0)
    publish(one)
    only_post(sandbox)


@pytest.mark.parametrize(
    ("subcode", "code"), [(2207026, "media_refused"), (2207057, "cover_outside"), (2207009, "wrong_shape")]
)
def test_a_container_that_fails_for_what_is_in_it_is_final(
    sandbox: Running, host: Host, subcode: int, code: str
) -> None:
    sandbox.control.settings(instagram_container_fails=subcode)
    one = job(account(sandbox), content("A film", clip(host)), host)
    with pytest.raises(Refused) as caught:
        INSTAGRAM.prepare(one)
    assert caught.value.code == code
    assert str(subcode) in caught.value.detail


def test_a_child_that_fails_keeps_the_carousel_from_being_made(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(video_fails=True)
    one = job(account(sandbox), content("Two", photo(host), clip(host)), host)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    sandbox.control.settings(video_fails=False)
    publish(one)
    assert [row["kind"] for row in containers(sandbox)] == ["CHILD", "CHILD", "CHILD", "CAROUSEL"]


def test_a_broken_session_is_told_from_a_passing_one(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    sandbox.control.add_fault(platform="instagram", operation="create_container", kind="token_revoked")
    with pytest.raises(NeedsReauth, match="password"):
        INSTAGRAM.prepare(one)


def test_no_token_is_in_what_is_kept_of_an_error(sandbox: Running, host: Host) -> None:
    who = account(sandbox)
    one = job(who, content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 190, 0, message=f"Malformed access token {who.access_token}")
    with pytest.raises(NeedsReauth) as caught:
        INSTAGRAM.commit(one, 1)
    assert who.access_token not in caught.value.detail + caught.value.sentence


def test_a_container_that_is_gone_is_made_anew(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    refuse(sandbox, "create_post", 24, 2207006)
    refuse(sandbox, "container", 100, 33)
    with pytest.raises(NotSent, match="no longer holds"):
        INSTAGRAM.commit(one, 1)
    publish(one)
    assert len(containers(sandbox)) == 2


def test_one_that_expired_before_anybody_looked_is_made_anew_at_once(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    sandbox.control.advance(25 * 3600)
    publish(one)
    assert [row["status"] for row in containers(sandbox)] == ["EXPIRED", "PUBLISHED"]
