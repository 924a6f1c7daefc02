"""What LinkedIn's refusals become: by class, and never a dead log-in or a refusal on a guess."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio.http import Response
from sandbox.testing import Running
from social.contract import (
    AppBlocked,
    NeedsReauth,
    NotSent,
    PlatformError,
    RateLimited,
    Refused,
    Unknown,
)
from social.platforms import linkedin_errors
from social.tests.linkedin_making import LINKEDIN, content, job, member, naps, only_post, page, photo, publish
from social.tests.making import Files

__all__ = ["naps"]


def fail(sandbox: Running, kind: str, operation: str = "create_post", **params: Any) -> PlatformError:
    sandbox.control.add_fault(platform="linkedin", operation=operation, kind=kind, params=params)
    one = job(page(sandbox), content("Hello"))
    with pytest.raises(PlatformError) as caught:
        LINKEDIN.commit(one, 1)
    return caught.value


TABLE = [
    (401, "INVALID_ACCESS_TOKEN", 65600, NeedsReauth, "unauthorized"),
    (401, "REVOKED_ACCESS_TOKEN", 65601, NeedsReauth, "unauthorized"),
    (401, "EXPIRED_ACCESS_TOKEN", 65602, NeedsReauth, "unauthorized"),
    (403, "ACCESS_DENIED", 100, NeedsReauth, "access_denied"),
    (403, "MEMBER_RESTRICTED", None, Refused, "refused"),
    (400, "VERSION_MISSING", None, AppBlocked, "version_ended"),
    (426, "NONEXISTENT_VERSION", None, AppBlocked, "version_ended"),
    (400, "MISSING_FIELD", None, Refused, "refused"),
    (400, "FIELD_LENGTH_TOO_LONG", None, Refused, "refused"),
    (400, "INVALID_URN_ID", None, Refused, "refused"),
    (400, "MEDIA_ASSET_WAITING_UPLOAD", None, NotSent, "not_ready"),
    (404, "NOT_FOUND", None, Refused, "not_found"),
    (422, "UNPERMITTED_FIELDS", None, Refused, "refused"),
    (418, "SOMETHING_NEW", 777, Refused, "refused"),
    (409, "CONFLICT", None, Unknown, "no_answer"),
    (408, "TIMEOUT", None, Unknown, "no_answer"),
]


@pytest.mark.parametrize(("status", "code", "service", "kind", "ours"), TABLE, ids=[f"{r[0]}-{r[1]}" for r in TABLE])
def test_a_refusal_of_the_post(
    sandbox: Running, status: int, code: str, service: int | None, kind: type[PlatformError], ours: str
) -> None:
    error = fail(sandbox, "refuse", status=status, code=code, service=service, message="It says so")
    assert type(error) is kind
    assert (error.code, error.http_status) == (ours, status)
    assert error.sentence.endswith(".")
    assert error.next_step
    assert sandbox.control.posts("linkedin") == []


@pytest.mark.parametrize(
    "kind", ["accept_then_reset", "accept_then_5xx", "missing_id", "html_502", "reset", "reject_5xx"]
)
def test_everything_that_is_no_clear_no_is_unknown(sandbox: Running, kind: str) -> None:
    assert type(fail(sandbox, kind)) is Unknown


@pytest.mark.parametrize("status", [400, 401, 403, 422, 426, 429])
def test_a_page_of_an_edge_server_is_never_taken_for_linkedins_no(sandbox: Running, status: int) -> None:
    assert type(fail(sandbox, "html_502", html=True, status=status)) is Unknown
    page_of_edge = Response(status, {}, b"<html>403 Forbidden</html>")
    assert type(linkedin_errors.of_commit(page_of_edge)) is Unknown


def test_json_of_somebody_else_is_not_linkedins_either() -> None:
    for body in (b'{"error": "forbidden"}', b'{"status": 403}', b'{"status": 200, "code": "ACCESS_DENIED"}', b"[]"):
        assert type(linkedin_errors.of_commit(Response(403, {}, body))) is Unknown


def test_nothing_left_when_there_was_no_connection(sandbox: Running, settings: Any) -> None:
    who = page(sandbox)
    settings.LINKEDIN_API_URL = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        LINKEDIN.commit(job(who, content("Hello")), 1)


# -- limits ------------------------------------------------------------------------------------------


def midnight() -> datetime:
    return (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_members_day_ends_at_midnight_utc(sandbox: Running) -> None:
    error = fail(sandbox, "rate_limit")
    assert isinstance(error, RateLimited)
    assert error.until == midnight()


def test_an_applications_day_blocks_the_platform(sandbox: Running) -> None:
    error = fail(sandbox, "credits_depleted")
    assert isinstance(error, AppBlocked)
    assert error.until == midnight()


def test_other_limits_pass_by_themselves(sandbox: Running) -> None:
    error = fail(sandbox, "rate_limit", seconds=10)
    assert isinstance(error, RateLimited)
    assert timedelta(minutes=14) < error.until - datetime.now(UTC) <= timedelta(minutes=15)


def test_the_real_limit_of_a_member_is_met(sandbox: Running) -> None:
    who = member(sandbox)
    sandbox.control.settings(linkedin_member_calls=3)
    # Connecting was one call, and so are these.
    for number in (2, 3):
        publish(job(who, content(f"Call {number}")))
    with pytest.raises(RateLimited):
        publish(job(who, content("Call 4")))
    assert len(sandbox.control.posts("linkedin")) == 2


def test_a_version_that_has_ended_blames_nobody(sandbox: Running, settings: Any) -> None:
    who = page(sandbox)
    settings.LINKEDIN_API_VERSION = "202401"
    with pytest.raises(AppBlocked, match="version 202401"):
        publish(job(who, content("Hello")))


# -- roles, comments, duplicates ---------------------------------------------------------------------


def test_a_role_that_was_lost_asks_to_reconnect_that_page(sandbox: Running) -> None:
    who = page(sandbox)
    sandbox.control.call("POST", "linkedin/roles", {"person": "maja-lindqvist", "organisation": "norre-studio"})
    with pytest.raises(NeedsReauth, match="no role") as caught:
        publish(job(who, content("Hello")))
    assert caught.value.code == "access_denied"


def test_a_comment_that_is_not_allowed_never_breaks_the_connection(sandbox: Running, settings: Any) -> None:
    settings.LINKEDIN_FREE_COMMENTS = True
    with pytest.raises(Refused) as caught:
        publish(job(member(sandbox), content("Hello", first_comment="More")))
    assert caught.value.code == "may_not_comment"
    assert only_post(sandbox)["comments"] == []


def test_where_comments_are_free_members_may_comment(sandbox: Running, settings: Any) -> None:
    settings.LINKEDIN_FREE_COMMENTS = True
    sandbox.control.settings(linkedin_comment_scope=False)
    publish(job(member(sandbox), content("Hello", first_comment="More")))
    assert len(only_post(sandbox)["comments"]) == 1


def test_the_same_twice_is_refused_and_names_the_post(sandbox: Running) -> None:
    who = page(sandbox)
    publish(job(who, content("Twice")))
    with pytest.raises(Refused, match="exactly this") as caught:
        publish(job(who, content("Twice")))
    assert caught.value.code == "duplicate"
    assert only_post(sandbox)["id"] in caught.value.sentence


def test_a_refused_post_brings_its_pictures_anew(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Hello", photo(files)), files)
    sandbox.control.add_fault(platform="linkedin", operation="create_post", kind="refuse")
    with pytest.raises(Refused):
        publish(one)
    publish(one)
    assert len(files.opened) == 2


def test_no_detail_holds_a_token(sandbox: Running) -> None:
    token = "AQX" + "a" * 60
    error = fail(sandbox, "refuse", message=f"Malformed token {token}")
    assert token not in error.detail
    assert token not in error.sentence
