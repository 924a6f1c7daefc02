"""Meta's refusals, as recorded bodies: what each means for the call that makes something public, and for others."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms.graph_api import proof
from social.platforms.graph_errors import Class, GraphErrors, Meaning, usage

ERRORS = GraphErrors("Facebook")


def answer(status: int, error: Any, **headers: str) -> Response:
    raw = error if isinstance(error, bytes) else json.dumps({"error": error}).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def graph(code: int, subcode: int = 0, **more: Any) -> dict[str, Any]:
    told = {"message": f"(#{code}) Something", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return {**told, **({"error_subcode": subcode} if subcode else {}), **more}


def business(minutes: int) -> str:
    used = {"type": "pages", "call_count": 100, "total_time": 3, "estimated_time_to_regain_access": minutes}
    return json.dumps({"104": [used]})


TABLE: list[tuple[int, int, type[PlatformError], str]] = [
    (4, 0, AppBlocked, "app_limit"),
    *[(code, 0, RateLimited, "rate_limited") for code in (17, 32, 341, 613, 80001, 80002)],
    (102, 0, NeedsReauth, "needs_reauth"),
    (190, 0, NeedsReauth, "unauthorized"),
    *[(190, subcode, NeedsReauth, "needs_reauth") for subcode in (458, 460, 463, 467, 2069032)],
    (190, 459, NeedsReauth, "checkpoint"),
    (190, 464, NeedsReauth, "checkpoint"),
    (190, 492, NeedsReauth, "role_lost"),
    (3, 0, NeedsReauth, "needs_reauth"),
    (10, 0, NeedsReauth, "needs_reauth"),
    (200, 0, NeedsReauth, "needs_reauth"),
    (299, 0, NeedsReauth, "needs_reauth"),
    (200, 2069033, Refused, "feature_gone"),
    (100, 0, Refused, "refused"),
    (100, 33, Refused, "not_found"),
    (100, 463, Refused, "refused"),
    (368, 0, RateLimited, "blocked"),
    *[(368, subcode, RateLimited, "blocked") for subcode in (1390008, 1404112, 1404006, 4854002)],
    (506, 1455006, Refused, "duplicate"),
    *[(100, subcode, Refused, "link_refused") for subcode in (1609005, 1609008, 1609010, 2061006)],
    *[(368, subcode, Refused, "content_flagged") for subcode in (1346003, 1404102)],
    *[(100, subcode, Refused, "media_refused") for subcode in (1366046, 1366051, 2069019)],
    (324, 0, Refused, "media_refused"),
    (200, 1404078, Refused, "page_authorization"),
    (101, 0, AppBlocked, "app_keys"),
    (987654, 0, Refused, "refused"),
]


@pytest.mark.parametrize(("code", "subcode", "error", "name"), TABLE)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_code_and_subcode_decide_for_both_sorts_of_calls(
    code: int, subcode: int, error: type[PlatformError], name: str, status: int
) -> None:
    for found in (
        ERRORS.of_commit(answer(status, graph(code, subcode))),
        ERRORS.of_repeatable(answer(status, graph(code, subcode))),
    ):
        assert (type(found), found.code, found.http_status) == (error, name, status)
        assert found.sentence
        assert found.next_step


TROUBLE = [(1, 0), (2, 0), (6000, 1363047), (6000, 1363030)]


@pytest.mark.parametrize(("code", "subcode"), TROUBLE)
def test_trouble_says_nothing_about_what_was_published(code: int, subcode: int) -> None:
    assert type(ERRORS.of_commit(answer(400, graph(code, subcode)))) is Unknown
    assert type(ERRORS.of_repeatable(answer(400, graph(code, subcode)))) is NotSent


def test_what_is_transient_says_nothing_about_what_was_published() -> None:
    said = graph(190, is_transient=True)
    assert type(ERRORS.of_commit(answer(400, said))) is Unknown
    assert type(ERRORS.of_repeatable(answer(400, said))) is NotSent


@pytest.mark.parametrize("status", [200, 302, 408, 409, 425, 500, 502, 503, 504])
@pytest.mark.parametrize("code", [100, 190, 368])
def test_only_a_clear_no_counts_as_one(status: int, code: int) -> None:
    assert type(ERRORS.of_commit(answer(status, graph(code)))) is Unknown


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"{}", b'{"error": "no"}', b'{"error": {"code": "x"}}'])
@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_is_not_metas_own_is_unknown_even_with_a_4xx(status: int, body: bytes) -> None:
    assert type(ERRORS.of_commit(answer(status, body))) is Unknown
    assert type(ERRORS.of_repeatable(answer(status, body))) is NotSent


def test_a_429_of_an_edge_server_waits_an_hour() -> None:
    found = ERRORS.of_commit(answer(429, b"<html>slow down</html>"))
    assert isinstance(found, RateLimited)
    assert timedelta(minutes=59) < found.until - datetime.now(UTC) <= timedelta(hours=1)


@pytest.mark.parametrize(("minutes", "least", "most"), [(17, 16, 17), (0, 59, 60)])
def test_a_limit_waits_as_long_as_meta_says_or_an_hour(minutes: int, least: int, most: int) -> None:
    found = ERRORS.of_commit(answer(400, graph(80001), x_business_use_case_usage=business(minutes)))
    assert isinstance(found, RateLimited)
    assert timedelta(minutes=least) < found.until - datetime.now(UTC) <= timedelta(minutes=most)


def test_a_block_for_speed_or_policy_lasts_a_day_whatever_the_usage_says() -> None:
    found = ERRORS.of_commit(answer(400, graph(368), x_business_use_case_usage=business(5)))
    assert isinstance(found, RateLimited)
    assert found.until - datetime.now(UTC) > timedelta(hours=23)
    assert "Sign in on Facebook" in found.next_step


@pytest.mark.parametrize(
    "message",
    [
        "Invalid appsecret_proof provided in the API argument",
        "API calls from the server require an appsecret_proof argument",
        "Error validating client secret.",
        "Error validating application. Cannot get application info due to a system error.",
    ],
)
def test_keys_of_our_own_that_are_wrong_blame_no_account(message: str) -> None:
    found = ERRORS.of_commit(answer(400, graph(100, message=message)))
    assert (type(found), found.code) == (AppBlocked, "app_keys")


def test_people_read_the_words_that_are_meant_for_them() -> None:
    said = graph(100, error_user_title="Title", error_user_msg="The link could not be opened.")
    assert "The link could not be opened" in ERRORS.of_commit(answer(400, said)).sentence
    assert ERRORS.of_commit(answer(400, graph(100))).sentence == "Facebook refused it: Something."


def test_a_token_that_is_quoted_reaches_nobody() -> None:
    token = "EAA" + "x" * 120
    found = ERRORS.of_commit(answer(400, graph(100, message=f"Malformed access token {token}")))
    assert token not in found.sentence + found.detail


def test_a_platforms_own_table_goes_first() -> None:
    special = {(9, None): Meaning(Class.LIMIT, "publishing_limit"), (100, 7): Meaning(Class.REFUSED, "special")}
    own = GraphErrors("Instagram", special)
    assert own.of_commit(answer(400, graph(9, 2207042))).code == "publishing_limit"
    assert own.of_commit(answer(400, graph(100, 7))).code == "special"
    assert own.of_commit(answer(400, graph(100, 8))).code == "refused"


@pytest.mark.parametrize(
    ("headers", "percent", "minutes"),
    [
        ({}, 0, 0),
        ({"x-app-usage": '{"call_count":16,"total_time":85,"total_cputime":15}'}, 85, 0),
        ({"x-business-use-case-usage": business(9)}, 100, 9),
        ({"x-app-usage": "not json", "x-business-use-case-usage": '["a"]'}, 0, 0),
        ({"x-business-use-case-usage": '{"1":[{"call_count":"many","estimated_time_to_regain_access":null}]}'}, 0, 0),
    ],
)
def test_usage_is_read_from_the_headers(headers: dict[str, str], percent: float, minutes: int) -> None:
    found = usage(headers)
    assert (found.percent, found.regain) == (percent, timedelta(minutes=minutes))


def test_the_proof_is_the_documented_one() -> None:
    # echo -n 'token' | openssl dgst -sha256 -hmac 'secret'
    assert proof("token", "secret") == "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a"
