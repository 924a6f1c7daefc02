"""Tokens of Threads: the consent page, codes, the exchange for sixty days, renewing, looking into them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK
from sandbox.tests.threads import CLIENT, DAY, NORRE, SECRET, Threads, error, maker, norre

__all__ = ["maker", "norre"]
SCOPES = "threads_basic,threads_content_publish"


def dialog(url: str, **changes: Any) -> str:
    asked = {"client_id": CLIENT, "redirect_uri": CALLBACK, "scope": SCOPES, "response_type": "code", "state": "s1"}
    return f"{url}/threads/oauth/authorize?{urlencode({**asked, **changes})}"


def code_of(control: Control, url: str, **changes: Any) -> str:
    back = control.consent(dialog(url, **changes), "norrestudio", platform="threads")
    return parse_qs(urlsplit(back).query)["code"][0]


def exchange(url: str, given: str, path: str = "/oauth/access_token", **changes: Any) -> requests.Response:
    form = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": given,
    }
    return requests.post(f"{url}/threads/api{path}", data={**form, **changes}, timeout=10)


def lengthen(url: str, token: str, **changes: Any) -> requests.Response:
    query = {"grant_type": "th_exchange_token", "client_secret": SECRET, "access_token": token}
    return requests.get(f"{url}/threads/api/access_token", params={**query, **changes}, timeout=10)


def renew(url: str, token: str) -> requests.Response:
    query = {"grant_type": "th_refresh_token", "access_token": token}
    return requests.get(f"{url}/threads/api/refresh_access_token", params=query, timeout=10)


def test_the_answer_comes_with_its_odd_ending(control: Control, url: str) -> None:
    back = control.consent(dialog(url), "norrestudio", platform="threads")
    assert back.startswith(f"{CALLBACK}?")
    assert back.endswith("#_")
    assert parse_qs(urlsplit(back).query)["state"] == ["s1"]


def test_a_refusal_says_so(control: Control, url: str) -> None:
    back = parse_qs(urlsplit(control.consent(dialog(url), None, platform="threads")).query)
    assert (back["error"], back["error_reason"]) == (["access_denied"], ["user_denied"])


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://localhost:8000/elsewhere"},
        {"response_type": "token"},
        {"scope": "threads_basic,threads_fly"},
        {"scope": "threads_content_publish"},
    ],
)
def test_a_wrong_question_gets_no_consent_page(url: str, control: Control, changes: dict[str, str]) -> None:
    assert requests.get(dialog(url, **changes), timeout=10).status_code == 400


def test_the_order_of_scopes_does_not_matter(control: Control, url: str) -> None:
    scopes = ",".join(reversed(SCOPES.split(",")))
    assert exchange(url, code_of(control, url, scope=scopes)).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/access_token", "/v1.0/oauth/access_token"])
def test_a_code_gives_a_token_of_an_hour_with_or_without_a_version(control: Control, url: str, path: str) -> None:
    body = exchange(url, code_of(control, url), path).json()
    assert set(body) == {"access_token", "user_id"}
    assert body["user_id"] == int(NORRE) > 2**53
    control.advance(3601)
    assert lengthen(url, body["access_token"]).status_code == 401


def test_a_code_works_once_and_for_an_hour(control: Control, url: str) -> None:
    code = code_of(control, url)
    assert exchange(url, code).status_code == 200
    assert error(exchange(url, code)) == (100, 36009)
    late = code_of(control, url)
    control.advance(3601)
    assert error(exchange(url, late)) == (100, 36007)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, 1),
        ({"client_id": "nobody"}, 101),
        ({"redirect_uri": f"{CALLBACK}/"}, 100),
        ({"grant_type": "password"}, 100),
        ({"code": "AQmadeup"}, 100),
    ],
)
def test_a_wrong_exchange_is_refused(control: Control, url: str, changes: dict[str, str], expected: int) -> None:
    assert error(exchange(url, code_of(control, url), **changes))[0] == expected


def test_a_short_token_is_exchanged_for_sixty_days(control: Control, url: str) -> None:
    short = exchange(url, code_of(control, url)).json()["access_token"]
    body = lengthen(url, short).json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 60 * DAY)
    assert error(lengthen(url, short, client_secret="wrong"))[0] == 1
    assert error(lengthen(url, body["access_token"]))[0] == 100


def test_a_token_is_renewed_after_its_first_day_and_before_its_last(control: Control, url: str, norre: Threads) -> None:
    assert error(renew(url, norre.token))[0] == 100
    control.advance(DAY)
    fresh = renew(url, norre.token).json()["access_token"]
    assert norre.get("/me").status_code == 200
    control.advance(60 * DAY - DAY)
    assert error(renew(url, norre.token)) == (190, 463)
    assert renew(url, fresh).status_code == 200


def test_a_short_token_is_not_renewed(control: Control, url: str) -> None:
    short = exchange(url, code_of(control, url)).json()["access_token"]
    assert error(renew(url, short))[0] == 100


def test_a_token_can_be_looked_into(control: Control, url: str, norre: Threads) -> None:
    data = norre.get("/debug_token", input_token=norre.token).json()["data"]
    assert data["is_valid"] is True
    assert "threads_content_publish" in data["scopes"]
    assert data["user_id"] == NORRE
    assert data["expires_at"] - data["issued_at"] == 60 * DAY
    query = {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "client_credentials"}
    app = requests.get(f"{url}/threads/api/oauth/access_token", params=query, timeout=10).json()["access_token"]
    assert app.startswith(f"TH|{CLIENT}|")
    control.advance(61 * DAY)
    asked = {"input_token": norre.token, "access_token": app}
    answer = requests.get(f"{url}/threads/api/v1.0/debug_token", params=asked, timeout=10).json()["data"]
    assert answer["is_valid"] is False


def test_a_profile_says_who_it_is(norre: Threads) -> None:
    body = norre.get("/me", fields="id,username,name,threads_profile_picture_url,is_verified").json()
    assert (body["id"], body["username"], body["name"]) == (NORRE, "norrestudio", "Norre Studio")
    assert body["threads_profile_picture_url"].endswith("/avatars/threads/norrestudio.png")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/me/threads", "threads_content_publish"),
        ("POST", "/me/threads_publish", "threads_content_publish"),
        ("GET", "/me/replies", "threads_read_replies"),
        ("GET", "/1/insights", "threads_manage_insights"),
        ("DELETE", "/1", "threads_delete"),
    ],
)
def test_every_call_wants_its_permission(maker: Callable[..., Threads], method: str, path: str, scope: str) -> None:
    answer = maker(scopes=["threads_basic"]).call(method, path)
    assert error(answer)[0] == 10
    assert scope in answer.json()["error"]["message"]


def test_tokens_that_are_none_are_told_apart(url: str, control: Control) -> None:
    root = f"{url}/threads/api/v1.0/me"
    assert error(requests.get(root, timeout=10))[0] == 104
    assert error(requests.get(root, params={"access_token": "EAAnonsense"}, timeout=10))[0] == 190
    assert error(requests.get(root, params={"access_token": "THAAnonsense"}, timeout=10))[0] == 190


def test_nobody_acts_for_somebody_else(norre: Threads, maker: Callable[..., Threads]) -> None:
    other = maker("almalamps")
    assert error(norre.get(f"/{other.user_id}/threads")) == (100, 33)
    assert error(norre.publish(other.made(text="Mine"))) == (24, 4279009)
