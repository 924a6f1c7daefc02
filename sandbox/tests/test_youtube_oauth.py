"""The sandbox's Google sign-in for YouTube: consent with boxes to untick, single-use codes, tokens that last or do not."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.youtube import AUTH, CALLBACK, CLIENT, SECRET

SCOPES = (f"{AUTH}youtube.force-ssl", f"{AUTH}yt-analytics.readonly")
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def asked(url: str, **changes: str) -> str:
    parameters = {
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": " ".join(SCOPES),
        "state": "s1",
        "access_type": "offline",
        "prompt": "consent",
    } | changes
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{url}/youtube/o/oauth2/v2/auth?{query}"


def code_of(control: Control, address: str, username: str | None = "norrestudio", **ticks: Any) -> dict[str, str]:
    back = control.consent(address, username, platform="youtube", ticks=ticks.get("ticks"))
    assert back.startswith(CALLBACK)
    return {name: value[0] for name, value in parse_qs(urlsplit(back).query).items()}


def token(url: str, **form: str) -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    body = {"client_id": CLIENT, "client_secret": SECRET, **form}
    return session.post(f"{url}/youtube/api/token", data=body, timeout=10)


def exchanged(url: str, code: str, **form: str) -> requests.Response:
    return token(url, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **form)


def refreshed(url: str, refresh_token: str) -> requests.Response:
    return token(url, grant_type="refresh_token", refresh_token=refresh_token)


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_a_code_gives_tokens_once(control: Control, url: str) -> None:
    back = code_of(control, asked(url))
    assert back["state"] == "s1"
    body = exchanged(url, back["code"]).json()
    assert (body["expires_in"], body["token_type"]) == (3599, "Bearer")
    assert body["access_token"].startswith("ya29.")
    assert body["refresh_token"].startswith("1//")
    assert set(body["scope"].split()) == set(SCOPES)
    assert error(exchanged(url, back["code"])) == (400, "invalid_grant")


def test_a_code_lives_ten_minutes(control: Control, url: str) -> None:
    back = code_of(control, asked(url))
    control.advance(601)
    assert error(exchanged(url, back["code"])) == (400, "invalid_grant")


def test_the_proof_key_is_checked_when_one_was_sent(control: Control, url: str) -> None:
    address = asked(url, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert error(exchanged(url, code_of(control, address)["code"])) == (400, "invalid_grant")
    wrong = exchanged(url, code_of(control, address)["code"], code_verifier="w" * 50)
    assert error(wrong) == (400, "invalid_grant")
    assert exchanged(url, code_of(control, address)["code"], code_verifier=VERIFIER).status_code == 200


def test_scopes_may_be_unticked(control: Control, url: str) -> None:
    back = code_of(control, asked(url), ticks={"scope": [SCOPES[0]]})
    assert exchanged(url, back["code"]).json()["scope"] == SCOPES[0]


def test_what_was_granted_before_is_added_when_asked_for(control: Control, url: str) -> None:
    code_of(control, asked(url))
    narrow = {"scope": [SCOPES[1]]}
    alone = code_of(control, asked(url, scope=SCOPES[1]), ticks=narrow)
    assert exchanged(url, alone["code"]).json()["scope"] == SCOPES[1]
    both = code_of(control, asked(url, scope=SCOPES[1], include_granted_scopes="true"), ticks=narrow)
    assert set(exchanged(url, both["code"]).json()["scope"].split()) == set(SCOPES)


@pytest.mark.parametrize(
    ("changes", "first", "again"),
    [
        ({"prompt": "consent"}, True, True),
        ({"prompt": ""}, True, False),
        ({"prompt": "select_account"}, True, False),
        ({"access_type": "online"}, False, False),
        ({"access_type": ""}, False, False),
    ],
)
def test_a_lasting_token_comes_with_a_fresh_consent_only(
    control: Control, url: str, changes: dict[str, str], first: bool, again: bool
) -> None:
    for expected in (first, again):
        body = exchanged(url, code_of(control, asked(url, **changes))["code"]).json()
        assert ("refresh_token" in body) is expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"redirect_uri": f"{CALLBACK}/"}, "redirect_uri_mismatch"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"prompt": "none consent"}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_told_on_the_page(url: str, control: Control, changes: dict[str, str], words: str) -> None:
    answer = control.session.get(asked(url, **changes), allow_redirects=False)
    assert (answer.status_code, words in answer.text) == (400, True)


def test_denying_goes_back_to_the_app(control: Control, url: str) -> None:
    assert code_of(control, asked(url), None) == {"error": "access_denied", "state": "s1"}


def test_another_address_at_the_exchange_is_a_mismatch(control: Control, url: str) -> None:
    back = code_of(control, asked(url))
    answer = token(url, grant_type="authorization_code", code=back["code"], redirect_uri="http://localhost/")
    assert error(answer) == (400, "redirect_uri_mismatch")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({}, (400, "invalid_grant")),
    ],
)
def test_the_token_endpoint_has_errors_of_its_own(
    control: Control, url: str, form: dict[str, str], expected: tuple[int, str]
) -> None:
    assert error(token(url, **{"grant_type": "refresh_token", "refresh_token": "nothing", **form})) == expected


def test_refreshing_does_not_rotate(control: Control, url: str) -> None:
    lasting = exchanged(url, code_of(control, asked(url))["code"]).json()["refresh_token"]
    for _ in range(2):
        control.advance(3600)
        body = refreshed(url, lasting).json()
        assert ("refresh_token" in body, body["access_token"].startswith("ya29.")) == (False, True)


def test_a_lasting_token_dies_unused_after_half_a_year(control: Control, url: str) -> None:
    lasting = exchanged(url, code_of(control, asked(url))["code"]).json()["refresh_token"]
    control.advance(170 * 86_400)
    assert refreshed(url, lasting).status_code == 200
    control.advance(170 * 86_400)
    assert refreshed(url, lasting).status_code == 200
    control.advance(181 * 86_400)
    assert error(refreshed(url, lasting)) == (400, "invalid_grant")


def test_in_testing_mode_it_dies_after_a_week(control: Control, url: str) -> None:
    control.settings(youtube_testing_mode=True)
    body = exchanged(url, code_of(control, asked(url))["code"]).json()
    assert body["refresh_token_expires_in"] == 7 * 86_400
    control.advance(7 * 86_400)
    answer = refreshed(url, body["refresh_token"])
    assert answer.json() == {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}


def test_one_too_many_lets_the_oldest_die(control: Control, url: str) -> None:
    minted = [control.tokens("norrestudio", platform="youtube", client_id=CLIENT)["refresh_token"] for _ in range(101)]
    assert error(refreshed(url, minted[0])) == (400, "invalid_grant")
    assert refreshed(url, minted[1]).status_code == 200


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_every_grant_of_the_person(control: Control, url: str, name: str) -> None:
    first, second = (control.tokens("norrestudio", platform="youtube", client_id=CLIENT) for _ in range(2))
    session = requests.Session()
    session.trust_env = False
    address = f"{url}/youtube/api/revoke"
    assert session.post(address, data={"token": first[name]}, timeout=10).status_code == 200
    assert error(refreshed(url, second["refresh_token"])) == (400, "invalid_grant")
    assert error(session.post(address, data={"token": first[name]}, timeout=10)) == (400, "invalid_token")
