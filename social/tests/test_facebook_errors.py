"""What a Page's refusals do over the wire: every fault that Facebook may have, at the call that publishes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import Account, AppBlocked, NeedsReauth, NotSent, RateLimited, Refused, Tokens, Unknown
from social.tests.facebook_making import FACEBOOK, NORRE, content, job, naps, page
from social.tests.making import Files, picture

__all__ = ["naps"]


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("refuse", {"code": 190, "subcode": 460, "status": 401}, NeedsReauth),
        ("refuse", {"code": 190, "subcode": 463, "status": 401}, NeedsReauth),
        ("rate_limit", {"code": 4}, AppBlocked),
        ("rate_limit", {"code": 32, "minutes": 7}, RateLimited),
        ("rate_limit", {"code": 80001, "minutes": 7}, RateLimited),
        ("suspended", {}, RateLimited),
        ("refuse", {"code": 506}, Refused),
        ("refuse", {"code": 100, "subcode": 33}, Refused),
        ("refuse", {"code": 200, "status": 403}, NeedsReauth),
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
    one = job(page(sandbox), content("What will it say?"))
    sandbox.control.add_fault(platform="facebook", operation="create_post", kind=kind, params=params)
    with pytest.raises(error) as raised:
        FACEBOOK.commit(one, 1)
    assert type(raised.value) is error


@pytest.mark.parametrize("kind", ["hang", "accept_then_hang"])
def test_no_answer_is_unknown(sandbox: Running, settings: Any, kind: str) -> None:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 0.4
    one = job(page(sandbox), content("Hello?"))
    sandbox.control.add_fault(platform="facebook", operation="create_post", kind=kind)
    with pytest.raises(Unknown):
        FACEBOOK.commit(one, 1)


def test_what_never_left_was_not_sent(sandbox: Running, settings: Any) -> None:
    one = job(page(sandbox), content("Nobody there"))
    settings.FACEBOOK_API_URL = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        FACEBOOK.commit(one, 1)


def test_a_limit_waits_as_many_minutes_as_the_header_says(sandbox: Running) -> None:
    one = job(page(sandbox), content("Busy"))
    params = {"code": 80001, "minutes": 42}
    sandbox.control.add_fault(platform="facebook", operation="create_post", kind="rate_limit", params=params)
    with pytest.raises(RateLimited) as limited:
        FACEBOOK.commit(one, 1)
    assert timedelta(minutes=41) < limited.value.until - datetime.now(UTC) <= timedelta(minutes=42)


def test_the_same_words_twice_in_a_row_are_refused_as_a_duplicate(sandbox: Running) -> None:
    one = job(page(sandbox), content("Once"))
    FACEBOOK.commit(one, 1)
    with pytest.raises(Refused) as refused:
        FACEBOOK.commit(one, 1)
    assert refused.value.code == "duplicate"


def test_a_missing_page_is_a_dead_token_when_facebook_says_so(sandbox: Running) -> None:
    who = page(sandbox)
    one = job(who, content("Whose is it?"))
    FACEBOOK.commit(one, 1)
    gone = job(Account("104820391450002", "almalamps", who.access_token), content("Not mine"))
    with pytest.raises(Refused) as refused:
        FACEBOOK.commit(gone, 1)
    assert refused.value.code == "not_found"
    params = {"code": 100, "subcode": 33}
    sandbox.control.add_fault(platform="facebook", operation="create_post", kind="refuse", params=params)
    FACEBOOK.revoke(_tokens(sandbox))
    with pytest.raises(NeedsReauth):
        FACEBOOK.commit(one, 1)


def _tokens(sandbox: Running) -> Tokens:
    minted = sandbox.control.tokens("maja.lindqvist", platform="facebook", client_id="sandbox-facebook-client")
    return Tokens(minted["access_token"], minted["access_token"])


def test_a_lost_role_names_what_happened(sandbox: Running) -> None:
    one = job(page(sandbox), content("Am I still in?"))
    sandbox.control.call("POST", "facebook/roles", {"person": "maja.lindqvist", "page": "norrestudio"})
    with pytest.raises(NeedsReauth) as error:
        FACEBOOK.commit(one, 1)
    assert error.value.code == "role_lost"


def test_a_changed_password_names_what_happened(sandbox: Running) -> None:
    one = job(page(sandbox), content("Am I still in?"))
    sandbox.control.call("POST", "facebook/password", {"person": "maja.lindqvist"})
    with pytest.raises(NeedsReauth, match="password"):
        FACEBOOK.commit(one, 1)


def test_a_persons_token_in_the_place_of_a_pages_is_found_out(sandbox: Running) -> None:
    tokens = sandbox.control.tokens("maja.lindqvist", platform="facebook", client_id="sandbox-facebook-client")
    with pytest.raises(NeedsReauth):
        FACEBOOK.commit(job(Account(NORRE, "norrestudio", tokens["access_token"]), content("Hm")), 1)


def test_a_secret_that_is_wrong_pauses_the_platform_and_blames_nobody(sandbox: Running, settings: Any) -> None:
    one = job(page(sandbox), content("Secret"))
    settings.FACEBOOK_CLIENT_SECRET = "another"
    with pytest.raises(AppBlocked):
        FACEBOOK.commit(one, 1)


def test_after_a_no_the_media_are_brought_anew(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamp", files.add(picture("JPEG"), mime="image/jpeg")), files)
    FACEBOOK.prepare(one)
    sandbox.control.add_fault(platform="facebook", operation="create_post", kind="refuse")
    with pytest.raises(Refused):
        FACEBOOK.commit(one, 1)
    FACEBOOK.prepare(one)
    FACEBOOK.commit(one, 1)
    assert len(files.opened) == 2


def test_no_address_ever_holds_a_token(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        asked.append(url)
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    who = page(sandbox)
    FACEBOOK.commit(job(who, content("Quiet")), 1)
    assert asked
    assert not any(who.access_token in url for url in asked)
    assert all("appsecret_proof=" in url for url in asked)
