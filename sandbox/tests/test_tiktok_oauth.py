"""TikTok's authorization page and tokens in the sandbox."""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK
from sandbox.tests.tiktok import CLIENT, SECRET, App, code, data, maker, norre

__all__ = ["maker", "norre"]
VERIFIER = "a-verifier-of-forty-three-letters-or-more-0123456"
CHALLENGE = hashlib.sha256(VERIFIER.encode()).hexdigest()
ASKED = "user.info.basic,user.info.profile,video.publish"


def address(url: str, **changes: str | None) -> str:
    asked = {
        "client_key": CLIENT,
        "redirect_uri": CALLBACK,
        "state": "s1",
        "scope": ASKED,
        "response_type": "code",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    left = {name: value for name, value in asked.items() if value is not None}
    return f"{url}/tiktok/v2/auth/authorize/?{urlencode(left)}"


def granted(control: Control, url: str, person: str | None = "norrestudio", **ticks: Any) -> dict[str, str]:
    location = control.consent(address(url), person, platform="tiktok", ticks=ticks or None)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def token(url: str, **said: str) -> requests.Response:
    values = {"client_key": CLIENT, "client_secret": SECRET, **said}
    return requests.post(f"{url}/tiktok/api/v2/oauth/token/", data=values, timeout=10)


def exchange(url: str, value: str, **changes: str) -> requests.Response:
    said = {"grant_type": "authorization_code", "code": value, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return token(url, **(said | changes))


class TestPage:
    def test_approving_gives_a_code_with_the_scopes(self, control: Control, url: str) -> None:
        back = granted(control, url)
        assert (back["state"], back["scopes"]) == ("s1", ASKED)

    def test_denying_comes_back_as_such(self, control: Control, url: str) -> None:
        assert granted(control, url, None)["error"] == "access_denied"

    def test_a_scope_may_be_left_out(self, control: Control, url: str) -> None:
        back = granted(control, url, scope=["video.publish"])
        assert back["scopes"] == "user.info.basic,video.publish"

    @pytest.mark.parametrize(
        "changes",
        [
            {"client_key": None},
            {"client_key": "nobody"},
            {"redirect_uri": "https://elsewhere.example/"},
            {"redirect_uri": f"{CALLBACK}?a=1"},
            {"scope": "user.info.basic video.publish"},
            {"scope": "no.such.scope"},
            {"scope": ""},
            {"response_type": "token"},
            {"code_challenge": None},
            {"code_challenge": "j3wKnK2Fa_mc2tgdqa6GtUfCYjdWSA5S23JKTTtPF8Y"},
            {"code_challenge_method": "plain"},
        ],
    )
    def test_what_is_asked_wrongly_is_not_shown(self, control: Control, url: str, changes: dict[str, Any]) -> None:
        assert requests.get(address(url, **changes), timeout=10).status_code == 400

    def test_an_ordinary_client_id_is_not_enough(self, control: Control, url: str) -> None:
        assert requests.get(f"{address(url, client_key=None)}&client_id={CLIENT}", timeout=10).status_code == 400


class TestTokens:
    def test_the_body_is_flat(self, control: Control, url: str) -> None:
        body = exchange(url, granted(control, url)["code"]).json()
        assert (body["token_type"], body["expires_in"], body["refresh_expires_in"]) == ("Bearer", 7200, 15_552_000)
        assert (body["scope"], body["open_id"]) == (ASKED, "-000NorreStudioOpenId0000000000000001")

    def test_older_lifetimes_can_be_had(self, control: Control, url: str) -> None:
        control.settings(tiktok_old_lifetimes=True)
        body = exchange(url, granted(control, url)["code"]).json()
        assert (body["expires_in"], body["refresh_expires_in"]) == (86_400, 31_536_000)

    def test_a_code_is_good_once(self, control: Control, url: str) -> None:
        value = granted(control, url)["code"]
        assert exchange(url, value).status_code == 200
        assert exchange(url, value).json()["error"] == "invalid_grant"

    def test_a_code_ends(self, control: Control, url: str) -> None:
        value = granted(control, url)["code"]
        control.advance(601)
        assert exchange(url, value).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"redirect_uri": f"{CALLBACK}/"}, "invalid_request"),
            ({"code_verifier": "another"}, "invalid_request"),
            ({"client_key": "nobody"}, "invalid_client"),
            ({"client_secret": "wrong"}, "invalid_client"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
        ],
    )
    def test_what_does_not_belong_together(
        self, control: Control, url: str, changes: dict[str, str], error: str
    ) -> None:
        body = exchange(url, granted(control, url)["code"], **changes).json()
        assert body["error"] == error
        assert body["log_id"]

    def test_errors_can_come_with_status_200(self, control: Control, url: str) -> None:
        control.settings(tiktok_oauth_errors_200=True)
        answer = exchange(url, "nonsense")
        assert (answer.status_code, answer.json()["error"]) == (200, "invalid_grant")

    def test_a_refresh_ends_the_token_before_it(self, norre: App, url: str) -> None:
        old = norre.tokens["refresh_token"]
        new = token(url, grant_type="refresh_token", refresh_token=old).json()
        assert new["refresh_token"] != old
        assert token(url, grant_type="refresh_token", refresh_token=old).json()["error"] == "invalid_grant"
        assert token(url, grant_type="refresh_token", refresh_token=new["refresh_token"]).status_code == 200

    def test_an_access_token_ends(self, control: Control, norre: App) -> None:
        control.advance(7201)
        answer = norre.get("/v2/user/info/", fields="open_id")
        assert (answer.status_code, code(answer)) == (401, "access_token_invalid")

    def test_revoking_takes_the_access_token_and_ends_all(self, norre: App, url: str) -> None:
        said = {"client_key": CLIENT, "client_secret": SECRET, "token": norre.tokens["access_token"]}
        answer = requests.post(f"{url}/tiktok/api/v2/oauth/revoke/", data=said, timeout=10)
        assert (answer.status_code, answer.json()) == (200, {})
        assert code(norre.get("/v2/user/info/", fields="open_id")) == "access_token_invalid"
        refresh = norre.tokens["refresh_token"]
        assert token(url, grant_type="refresh_token", refresh_token=refresh).json()["error"] == "invalid_grant"


class TestUser:
    def test_a_field_needs_its_scope(self, maker: Callable[..., App]) -> None:
        app = maker(scopes=["user.info.basic"])
        assert data(app.get("/v2/user/info/", fields="open_id,display_name"))["user"]["display_name"] == "Norre Studio"
        answer = app.get("/v2/user/info/", fields="open_id,username")
        assert (answer.status_code, code(answer)) == (401, "scope_not_authorized")

    def test_unknown_fields_are_refused(self, norre: App) -> None:
        assert code(norre.get("/v2/user/info/", fields="open_id,email")) == "invalid_params"

    def test_a_post_wants_its_header_with_the_charset(self, norre: App) -> None:
        path = "/v2/post/publish/creator_info/query/"
        assert code(norre.post(path, kind="application/json")) == "invalid_params"
        assert code(norre.post(path)) == "ok"

    def test_a_private_account_has_other_audiences(self, maker: Callable[..., App]) -> None:
        def audiences(username: str) -> list[str]:
            body = data(maker(username).post("/v2/post/publish/creator_info/query/"))
            return list(body["privacy_level_options"])

        assert audiences("norrestudio")[0] == "PUBLIC_TO_EVERYONE"
        assert audiences("maja.lindqvist")[0] == "FOLLOWER_OF_CREATOR"

    def test_a_refusal_comes_with_status_200_there(self, control: Control, norre: App) -> None:
        control.settings(tiktok_creator_error="spam_risk_too_many_posts")
        answer = norre.post("/v2/post/publish/creator_info/query/")
        assert (answer.status_code, code(answer)) == (200, "spam_risk_too_many_posts")
