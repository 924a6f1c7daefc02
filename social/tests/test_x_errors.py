"""The refusals of X's error table, as recorded bodies: what each means for the call that makes a post public."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import x_errors

HOSTS = ("https://api.twitter.com/2/problems", "https://api.x.com/2/problems")
IN_AN_HOUR = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())


def answer(status: int, body: Any, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def forbidden(detail: str) -> dict[str, Any]:
    return {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    ("status", "tail", "error"),
    [
        (403, "client-forbidden", AppBlocked),
        (403, "oauth1-permissions", NeedsReauth),
        (403, "unsupported-authentication", NeedsReauth),
        (403, "something-new", Refused),
        (400, "invalid-request", Refused),
        (402, "credits", AppBlocked),
        (404, "resource-not-found", Refused),
        (429, "usage-capped", AppBlocked),
        (403, "usage-capped", AppBlocked),
    ],
)
def test_the_tail_of_the_type_decides_whatever_its_host(
    host: str, status: int, tail: str, error: type[PlatformError]
) -> None:
    found = x_errors.of_commit(answer(status, {"title": "A", "detail": "B", "type": f"{host}/{tail}"}))
    assert type(found) is error


@pytest.mark.parametrize(
    ("detail", "error", "code"),
    [
        ("You are not allowed to create a Tweet with duplicate content.", Refused, "duplicate"),
        (
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author.",
            Refused,
            "reply_not_allowed",
        ),
        (
            "You can only reply to or quote posts where you are mentioned or are the author.",
            Refused,
            "reply_not_allowed",
        ),
        ("This user is not allowed to post a video longer than 2 minutes.", Refused, "video_too_long"),
        ("Your account is suspended and is not permitted to access this feature.", Refused, "account_suspended"),
        ("To protect our users, your account is temporarily locked.", Refused, "account_locked"),
        ("You are not permitted to perform this action.", Refused, "not_permitted"),
        ("You attempted to reply to a Tweet that is deleted or not visible to you.", NotSent, "parent_not_visible"),
        ("Forbidden", NeedsReauth, "needs_reauth"),
        ("Something that nobody has seen before.", Refused, "forbidden"),
    ],
)
def test_a_403_is_read_by_its_text(detail: str, error: type[PlatformError], code: str) -> None:
    found = x_errors.of_commit(answer(403, forbidden(detail)))
    assert (type(found), found.code, found.http_status) == (error, code, 403)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504, 200, 201, 302, 307])
def test_what_is_no_documented_refusal_is_unknown(status: int) -> None:
    assert type(x_errors.of_commit(answer(status, {"title": "?"}))) is Unknown


@pytest.mark.parametrize("status", [400, 403, 404, 413])
def test_a_page_of_an_edge_server_is_unknown_even_with_a_4xx(status: int) -> None:
    assert type(x_errors.of_commit(answer(status, b"<html>Blocked</html>"))) is Unknown


@pytest.mark.parametrize(
    "body", [b"<html>slow down</html>", {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}]
)
def test_429_without_headers_waits_a_quarter_of_an_hour(body: Any) -> None:
    found = x_errors.of_commit(answer(429, body))
    assert isinstance(found, RateLimited)
    assert timedelta(minutes=14) < found.until - datetime.now(UTC) <= timedelta(minutes=15)


def test_a_used_up_day_of_the_account_waits_for_the_day() -> None:
    found = x_errors.of_commit(
        answer(
            429,
            {"title": "Too Many Requests"},
            x_rate_limit_remaining="12",
            x_rate_limit_reset="1",
            x_user_limit_24hour_remaining="0",
            x_user_limit_24hour_reset=str(IN_AN_HOUR),
        )
    )
    assert isinstance(found, RateLimited)
    assert found.until.timestamp() == IN_AN_HOUR


def test_a_used_up_day_of_the_application_pauses_the_platform() -> None:
    headers = {"x_app_limit_24hour_remaining": "0", "x_app_limit_24hour_reset": str(IN_AN_HOUR)}
    found = x_errors.of_commit(answer(429, {"title": "Too Many Requests"}, **headers))
    assert isinstance(found, AppBlocked)
    assert found.until.timestamp() == IN_AN_HOUR


@pytest.mark.parametrize(("period", "at_most"), [("Daily", 1), ("Monthly", 31)])
def test_a_quota_starts_again_with_the_next_period(period: str, at_most: int) -> None:
    body = {"title": "UsageCapExceeded", "period": period, "type": f"{HOSTS[0]}/usage-capped"}
    found = x_errors.of_commit(answer(429, body))
    assert isinstance(found, AppBlocked)
    assert (found.until.hour, found.until.minute) == (0, 0)
    assert timedelta(0) < found.until - datetime.now(UTC) <= timedelta(days=at_most)
    assert period == "Daily" or found.until.day == 1


@pytest.mark.parametrize("reset", ["soon", "99999999999999999999", "-5", ""])
def test_a_reset_that_is_no_time_is_not_believed(reset: str) -> None:
    found = x_errors.of_commit(answer(429, {}, x_rate_limit_remaining="0", x_rate_limit_reset=reset))
    assert isinstance(found, RateLimited)
    assert found.until - datetime.now(UTC) <= timedelta(minutes=15)


@pytest.mark.parametrize("status", [408, 500, 503])
def test_trouble_in_a_repeatable_call_is_only_not_sent(status: int) -> None:
    assert type(x_errors.of_repeatable(answer(status, {"title": "?"}))) is NotSent
