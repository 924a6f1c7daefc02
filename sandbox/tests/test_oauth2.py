import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BASIC = ("sandbox-x-client", "sandbox-x-secret")
DEAD = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}


def authorize_url(url: str, **changes: Any) -> str:
    parameters = {
        "response_type": "code",
        "client_id": "sandbox-x-client",
        "redirect_uri": CALLBACK,
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": "s t&te",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    asked = {name: value for name, value in parameters.items() if value is not None}
    return f"{url}/x/i/oauth2/authorize?{urlencode(asked)}"


def approved_code(control: Control, url: str, **changes: Any) -> str:
    location = control.consent(authorize_url(url, **changes), "majalindqvist")
    return parse_qs(urlsplit(location).query)["code"][0]


def ask_token(url: str, *, auth: tuple[str, str] | None = BASIC, **form: str) -> requests.Response:
    return requests.post(f"{url}/x/api/2/oauth2/token", data=form, auth=auth, timeout=10)


def exchange(url: str, code: str, **changes: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return ask_token(url, auth=BASIC, **form | changes)


def refresh(url: str, token: str) -> requests.Response:
    return ask_token(url, grant_type="refresh_token", refresh_token=token)


def me(url: str, access_token: str) -> requests.Response:
    return requests.get(f"{url}/x/api/2/users/me", headers={"Authorization": f"Bearer {access_token}"}, timeout=10)


class TestConsentPage:
    def test_it_gives_a_code_for_the_chosen_account_and_hands_back_the_state(self, control: Control, url: str) -> None:
        location = control.consent(authorize_url(url), "majalindqvist")
        assert location.startswith(CALLBACK + "?")
        answer = parse_qs(urlsplit(location).query)
        assert answer["state"] == ["s t&te"]
        tokens = exchange(url, answer["code"][0]).json()
        assert me(url, tokens["access_token"]).json()["data"]["username"] == "majalindqvist"

    def test_it_tells_the_app_when_the_person_refuses(self, control: Control, url: str) -> None:
        location = control.consent(authorize_url(url), None)
        assert parse_qs(urlsplit(location).query) == {"error": ["access_denied"], "state": ["s t&te"]}

    def test_it_says_the_scopes_in_words_and_offers_no_foreign_account(self, control: Control, url: str) -> None:
        shown = requests.get(authorize_url(url), timeout=10)
        assert "Post and repost for you" in shown.text
        assert "Maja Lindqvist" in shown.text
        assert "Lighthouse Daily" not in shown.text

    def test_it_lets_the_form_redirect_to_the_app_and_nowhere_else(self, control: Control, url: str) -> None:
        policy = requests.get(authorize_url(url), timeout=10).headers["content-security-policy"]
        assert "form-action 'self' http://localhost:8000" in policy
        assert "default-src 'none'" in policy

    @pytest.mark.parametrize(
        "wrong",
        [
            {"redirect_uri": CALLBACK + "/"},
            {"redirect_uri": "http://127.0.0.1:8000/accounts/x/callback"},
            {"client_id": "unknown"},
            {"response_type": "token"},
            {"state": None},
            {"state": "x" * 501},
            {"scope": "tweet.read everything"},
            {"code_challenge": None},
            {"code_challenge_method": "S512"},
        ],
    )
    def test_it_shows_an_error_and_never_redirects_on_a_wrong_request(
        self, control: Control, url: str, wrong: dict[str, Any]
    ) -> None:
        shown = requests.get(authorize_url(url, **wrong), timeout=10, allow_redirects=False)
        assert shown.status_code == 400
        assert "Something went wrong" in shown.text

    def test_it_cannot_be_sent_twice(self, control: Control, url: str) -> None:
        session = requests.Session()
        ask = session.get(authorize_url(url), timeout=10).text.split('name="ask" value="')[1].split('"')[0]
        form = {"ask": ask, "decision": "deny"}
        address = f"{url}/x/i/oauth2/authorize"
        assert session.post(address, data=form, allow_redirects=False, timeout=10).status_code == 302
        assert session.post(address, data=form, allow_redirects=False, timeout=10).status_code == 400


class TestCodeExchange:
    def test_it_answers_as_the_documentation_shows(self, control: Control, url: str) -> None:
        body = exchange(url, approved_code(control, url)).json()
        assert body.pop("access_token")
        assert body.pop("refresh_token")
        scope = "tweet.read tweet.write users.read offline.access"
        assert body == {"token_type": "bearer", "expires_in": 7200, "scope": scope}

    def test_it_gives_no_refresh_token_without_offline_access(self, control: Control, url: str) -> None:
        body = exchange(url, approved_code(control, url, scope="tweet.read users.read")).json()
        assert "refresh_token" not in body

    def test_it_takes_a_code_only_once(self, control: Control, url: str) -> None:
        code = approved_code(control, url)
        assert exchange(url, code).status_code == 200
        again = exchange(url, code)
        assert again.status_code == 400
        assert again.json()["error_description"] == "Value passed for the authorization code was invalid."

    def test_it_refuses_a_code_older_than_30_seconds(self, control: Control, url: str) -> None:
        early, late = approved_code(control, url), approved_code(control, url)
        control.advance(20)
        assert exchange(url, early).status_code == 200
        control.advance(11)
        assert exchange(url, late).status_code == 400

    def test_it_refuses_another_verifier_and_leaves_the_code_usable(self, control: Control, url: str) -> None:
        code = approved_code(control, url)
        wrong = exchange(url, code, code_verifier="w" * 64)
        assert wrong.status_code == 400
        assert "did not match the code challenge" in wrong.json()["error_description"]
        assert exchange(url, code).status_code == 200

    def test_it_supports_the_plain_challenge(self, control: Control, url: str) -> None:
        code = approved_code(control, url, code_challenge=VERIFIER, code_challenge_method="plain")
        assert exchange(url, code).status_code == 200

    def test_it_refuses_another_redirect_uri(self, control: Control, url: str) -> None:
        answer = exchange(url, approved_code(control, url), redirect_uri=CALLBACK + "2")
        assert answer.status_code == 400
        assert "redirect uri did not match" in answer.json()["error_description"]

    def test_it_refuses_another_app_with_the_code(self, control: Control, url: str) -> None:
        control.add_app("thief", client_secret="thief-secret")
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        answer = ask_token(url, auth=("thief", "thief-secret"), code=approved_code(control, url), **form)
        assert answer.status_code == 400

    @pytest.mark.parametrize("auth", [None, ("sandbox-x-client", "wrong"), ("nobody", "")])
    def test_it_wants_the_secret_of_a_confidential_app(
        self, control: Control, url: str, auth: tuple[str, str] | None
    ) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "sandbox-x-client"}
        answer = ask_token(url, auth=auth, **form)
        assert answer.status_code == 401
        assert answer.json() == {
            "error": "unauthorized_client",
            "error_description": "Missing valid authorization header",
        }

    def test_it_takes_a_public_app_by_its_client_id(self, control: Control, url: str) -> None:
        control.add_app("public-app", redirect_uris=["http://127.0.0.1:9/cb"])
        code = approved_code(control, url, client_id="public-app", redirect_uri="http://127.0.0.1:9/cb")
        form = {"grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1:9/cb", "code_verifier": VERIFIER}
        assert ask_token(url, auth=None, code=code, client_id="public-app", **form).status_code == 200


class TestRefresh:
    def test_it_rotates_and_the_old_one_is_dead(self, control: Control, url: str) -> None:
        first = control.tokens("norrestudio")["refresh_token"]
        second = refresh(url, first).json()
        assert second["refresh_token"] != first
        assert me(url, second["access_token"]).status_code == 200
        again = refresh(url, first)
        assert (again.status_code, again.json()) == (400, DEAD)
        assert refresh(url, second["refresh_token"]).status_code == 200

    def test_an_access_token_lives_for_two_hours_of_the_sandbox_clock(self, control: Control, url: str) -> None:
        tokens = control.tokens("norrestudio")
        control.advance(7150)
        assert me(url, tokens["access_token"]).status_code == 200
        control.advance(51)
        answer = me(url, tokens["access_token"])
        assert answer.status_code == 401
        assert answer.json() == {
            "title": "Unauthorized",
            "type": "about:blank",
            "status": 401,
            "detail": "Unauthorized",
        }

    def test_revoking_either_token_kills_both(self, control: Control, url: str) -> None:
        for kind in ("access_token", "refresh_token"):
            tokens = control.tokens("norrestudio")
            answer = requests.post(f"{url}/x/api/2/oauth2/revoke", data={"token": tokens[kind]}, auth=BASIC, timeout=10)
            assert (answer.status_code, answer.json()) == (200, {"revoked": True})
            assert me(url, tokens["access_token"]).status_code == 401
            assert refresh(url, tokens["refresh_token"]).json() == DEAD


class TestScopes:
    def test_it_refuses_to_post_without_the_scope(self, control: Control, url: str) -> None:
        token = control.tokens("norrestudio", scopes=["tweet.read", "users.read"])["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(f"{url}/x/api/2/tweets", json={"text": "hello"}, headers=headers, timeout=10)
        assert answer.status_code == 403
        assert answer.json()["detail"] == "Forbidden"
        assert control.posts() == []

    def test_it_refuses_uploads_without_media_write(self, control: Control, url: str) -> None:
        token = control.tokens("norrestudio", scopes=["tweet.read", "users.read", "tweet.write"])["access_token"]
        answer = requests.post(
            f"{url}/x/api/2/media/upload/initialize",
            json={"media_type": "image/png", "total_bytes": 5, "media_category": "tweet_image"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        assert answer.status_code == 403
