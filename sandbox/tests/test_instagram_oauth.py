"""Instagram's own log-in in the sandbox: codes, short and long tokens, and the rules of renewing them."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK
from sandbox.tests.instagram import CLIENT, NORRE, SECRET, Insta, error, maker, norre

__all__ = ["maker", "norre"]
DAY = 86_400
SCOPES = "instagram_business_basic,instagram_business_content_publish"


def dialog(url: str, **changes: Any) -> str:
    said = {"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPES, "state": "s"}
    return f"{url}/instagram/oauth/authorize?{urlencode(said | changes)}"


def code_of(control: Control, url: str) -> str:
    back = control.consent(dialog(url), "norrestudio", platform="instagram")
    assert back.endswith("#_")
    return parse_qs(urlsplit(back).query)["code"][0]


def exchange(url: str, right: str, **changes: str) -> requests.Response:
    said = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": right,
    }
    return requests.post(f"{url}/instagram/api/oauth/access_token", data=said | changes, timeout=10)


def lengthen(url: str, token: str, secret: str = SECRET) -> requests.Response:
    params = {"grant_type": "ig_exchange_token", "client_secret": secret, "access_token": token}
    return requests.get(f"{url}/instagram/api/access_token", params=params, timeout=10)


def refresh(url: str, token: str) -> requests.Response:
    params = {"grant_type": "ig_refresh_token", "access_token": token}
    return requests.get(f"{url}/instagram/api/refresh_access_token", params=params, timeout=10)


def test_a_code_gives_a_token_of_an_hour(control: Control, url: str) -> None:
    body = exchange(url, code_of(control, url)).json()
    assert body["user_id"] == int(NORRE)
    assert body["permissions"] == SCOPES
    short = Insta(url, body)
    assert short.get("/me", fields="user_id").status_code == 200
    control.advance(3601)
    assert error(short.get("/me")) == (190, 463)


def test_the_answer_may_be_wrapped(control: Control, url: str) -> None:
    control.settings(instagram_answer_shape="wrapped")
    body = exchange(url, code_of(control, url)).json()
    assert body["data"][0]["user_id"] == NORRE


def test_a_code_is_good_once(control: Control, url: str) -> None:
    code = code_of(control, url)
    exchange(url, code)
    again = exchange(url, code)
    assert again.status_code == 400
    assert again.json() == {
        "error_type": "OAuthException",
        "code": 400,
        "error_message": "This authorization code has been used",
    }


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"redirect_uri": "https://example.org"}, {"grant_type": "x"}, {"code": "x"}]
)
def test_everything_has_to_be_right(control: Control, url: str, changes: dict[str, str]) -> None:
    assert exchange(url, code_of(control, url), **changes).json()["error_type"] == "OAuthException"


def test_a_code_lives_an_hour(control: Control, url: str) -> None:
    code = code_of(control, url)
    control.advance(3601)
    assert exchange(url, code).status_code == 400


def test_a_token_of_an_hour_becomes_one_of_sixty_days(control: Control, url: str) -> None:
    short = exchange(url, code_of(control, url)).json()["access_token"]
    assert error(lengthen(url, short, "wrong")) == (101, 0)
    body = lengthen(url, short).json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 60 * DAY)
    control.advance(59 * DAY)
    assert Insta(url, body).get("/me").status_code == 200


def test_renewing_wants_a_day_of_age(control: Control, url: str, norre: Insta) -> None:
    assert error(refresh(url, norre.token)) == (100, 0)
    control.advance(DAY)
    new = refresh(url, norre.token).json()
    assert new["access_token"] != norre.token
    assert norre.get("/me").status_code == 200


def test_what_ran_out_is_not_renewed(control: Control, url: str, norre: Insta) -> None:
    control.advance(60 * DAY)
    assert error(refresh(url, norre.token)) == (190, 463)


def test_only_known_apps_addresses_and_permissions(control: Control, url: str) -> None:
    for changes in ({"client_id": "x"}, {"redirect_uri": "https://evil.example"}, {"scope": "user_profile"}):
        assert requests.get(dialog(url, **changes), timeout=10).status_code == 400


def test_denying_says_so(control: Control, url: str) -> None:
    back = control.consent(dialog(url), None, platform="instagram")
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]


def test_the_account_has_two_ids(norre: Insta) -> None:
    body = norre.get("/me", fields="user_id,username,account_type").json()
    assert (body["user_id"], body["username"], body["account_type"]) == (NORRE, "norrestudio", "BUSINESS")
    assert body["id"] != NORRE


def test_a_permission_that_is_missing_is_code_10(maker: Any) -> None:
    reader = maker(scopes=["instagram_business_basic"])
    assert error(reader.make(image_url="http://127.0.0.1:1/a.jpg")) == (10, 0)


def test_tokens_of_one_log_in_do_not_work_with_the_other(url: str, control: Control, norre: Insta) -> None:
    address = f"{url}/instagram/api/facebook/v26.0/{NORRE}/content_publishing_limit"
    answer = requests.get(address, headers={"Authorization": f"Bearer {norre.token}"}, timeout=10)
    assert error(answer) == (190, 0)
