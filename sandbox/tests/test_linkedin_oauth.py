"""LinkedIn's handshake in the sandbox: products, codes, tokens and their ends, who somebody is."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK
from sandbox.tests.linkedin import (
    COMMUNITY,
    LAMPS,
    MAJA,
    NORRE,
    SECRETS,
    SHARE,
    Member,
    maja,
    maker,
    refusal,
    shared,
)

__all__ = ["maja", "maker", "shared"]
DAY = 86_400


def page(url: str, client_id: str = SHARE, **changes: Any) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "state": "s 1",
        "scope": "openid profile w_member_social",
    }
    return f"{url}/linkedin/api/oauth/v2/authorization?{urlencode(asked | changes)}"


def told(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def exchange(url: str, form: dict[str, Any], client_id: str = SHARE, **others: Any) -> requests.Response:
    ours = {"client_id": client_id, "client_secret": SECRETS[client_id]}
    return requests.post(f"{url}/linkedin/api/oauth/v2/accessToken", data={**ours, **form}, timeout=10, **others)


def code(control: Control, url: str, **changes: Any) -> str:
    return told(control.consent(page(url, **changes), "maja-lindqvist", platform="linkedin"))["code"]


def test_a_code_becomes_tokens_once(control: Control, url: str) -> None:
    form = {"grant_type": "authorization_code", "code": code(control, url), "redirect_uri": CALLBACK}
    body = exchange(url, form).json()
    assert body["expires_in"] == 60 * DAY
    assert "refresh_token" not in body
    assert body["scope"] == "openid,profile,w_member_social"
    again = exchange(url, form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "change", [{"redirect_uri": f"{CALLBACK}/"}, {"client_secret": "wrong"}, {"grant_type": "password"}]
)
def test_the_exchange_is_strict(control: Control, url: str, change: dict[str, str]) -> None:
    form = {"grant_type": "authorization_code", "code": code(control, url), "redirect_uri": CALLBACK}
    assert exchange(url, form | change).status_code in (400, 401)


def test_only_a_form_is_read(control: Control, url: str) -> None:
    form = {"grant_type": "authorization_code", "code": code(control, url), "redirect_uri": CALLBACK}
    form |= {"client_id": SHARE, "client_secret": SECRETS[SHARE]}
    address = f"{url}/linkedin/api/oauth/v2/accessToken"
    assert requests.post(f"{address}?{urlencode(form)}", timeout=10).status_code == 401
    assert requests.post(address, json=form, timeout=10).status_code == 401


def test_a_code_lives_half_an_hour(control: Control, url: str) -> None:
    form = {"grant_type": "authorization_code", "code": code(control, url), "redirect_uri": CALLBACK}
    control.advance(1801)
    assert exchange(url, form).status_code == 400


def test_turning_back_has_a_word_of_its_own(control: Control, url: str) -> None:
    back = told(control.consent(page(url), None, platform="linkedin"))
    assert (back["error"], back["state"]) == ("user_cancelled_authorize", "s 1")


def test_a_scope_of_another_product_goes_back_as_an_error(control: Control, url: str) -> None:
    answer = requests.get(page(url, scope="w_organization_social"), allow_redirects=False, timeout=10)
    assert told(answer.headers["location"])["error"] == "unauthorized_scope_error"
    answer = requests.get(page(url, COMMUNITY, scope="openid"), allow_redirects=False, timeout=10)
    assert told(answer.headers["location"])["error"] == "unauthorized_scope_error"


@pytest.mark.parametrize("change", [{"redirect_uri": "http://localhost:1/"}, {"client_id": "nobody"}, {"scope": ""}])
def test_what_cannot_be_trusted_is_never_followed(control: Control, url: str, change: dict[str, str]) -> None:
    answer = requests.get(page(url, **change), allow_redirects=False, timeout=10)
    assert answer.status_code == 400


def test_a_refresh_token_keeps_its_end(control: Control, url: str, maja: Member) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": maja.tokens["refresh_token"]}
    control.advance(330 * DAY)
    body = exchange(url, form, COMMUNITY).json()
    assert body["refresh_token"] == maja.tokens["refresh_token"]
    assert body["expires_in"] == body["refresh_token_expires_in"]
    assert 34 * DAY < body["expires_in"] <= 35 * DAY
    control.advance(36 * DAY)
    dead = exchange(url, form, COMMUNITY)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


def test_another_set_of_scopes_ends_the_earlier_tokens(maker: Callable[..., Member]) -> None:
    first = maker()
    second = maker()
    assert first.get("/v2/me").status_code == 200
    maker(scopes=["r_basicprofile", "w_member_social"])
    for one in (first, second):
        assert refusal(one.get("/v2/me")) == (401, "REVOKED_ACCESS_TOKEN")


def test_introspection_and_revocation(url: str, maja: Member) -> None:
    form = {"client_id": COMMUNITY, "client_secret": SECRETS[COMMUNITY], "token": maja.tokens["access_token"]}
    root = f"{url}/linkedin/api/oauth/v2"
    assert requests.post(f"{root}/introspectToken", data=form, timeout=10).json()["active"] is True
    assert requests.post(f"{root}/revoke", data=form, timeout=10).status_code == 200
    assert requests.post(f"{root}/introspectToken", data=form, timeout=10).json()["active"] is False
    assert refusal(maja.get("/v2/me")) == (401, "REVOKED_ACCESS_TOKEN")


def test_each_end_of_a_token_has_its_number(control: Control, maja: Member) -> None:
    assert maja.get("/v2/me", drop=("Authorization",)).json()["message"] == "Empty oauth2_access_token"
    strange = maja.get("/v2/me", headers={"Authorization": "Bearer AQXnobody"})
    assert strange.json()["serviceErrorCode"] == 65600
    control.advance(61 * DAY)
    assert maja.get("/v2/me").json()["serviceErrorCode"] == 65602


def test_sign_in_can_be_checked(control: Control, url: str) -> None:
    form = {"grant_type": "authorization_code", "code": code(control, url), "redirect_uri": CALLBACK}
    body = exchange(url, form).json()
    found = requests.get(f"{url}/linkedin/api/oauth/.well-known/openid-configuration", timeout=10).json()
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(body["id_token"])
    claims = jwt.decode(body["id_token"], key.key, algorithms=["RS256"], audience=SHARE, issuer=found["issuer"])
    assert f"urn:li:person:{claims['sub']}" == MAJA


# -- who somebody is ---------------------------------------------------------------------------------


def test_each_product_has_its_own_way_to_ask_who_it_is(maja: Member, shared: Member) -> None:
    assert shared.get("/v2/userinfo").json()["name"] == "Maja Lindqvist"
    assert maja.get("/v2/me").json()["vanityName"] == "maja-lindqvist"
    assert refusal(maja.get("/v2/userinfo")) == (403, "ACCESS_DENIED")
    assert refusal(shared.get("/v2/me")) == (403, "ACCESS_DENIED")


def test_the_mail_address_wants_its_scope(maker: Callable[..., Member], shared: Member) -> None:
    assert shared.get("/v2/userinfo").json()["email"]
    assert "email" not in maker(client_id=SHARE, scopes=["openid", "profile"]).get("/v2/userinfo").json()


def test_roles_come_with_their_state(control: Control, maja: Member) -> None:
    control.settings(linkedin_page_size=2)
    path = "/rest/organizationAcls?q=roleAssignee"
    first, second = maja.get(f"{path}&count=10").json(), maja.get(f"{path}&start=2").json()
    assert [one["organization"] for one in first["elements"]] == [NORRE, LAMPS]
    assert first["paging"]["links"][0]["rel"] == "next"
    assert [one["state"] for one in second["elements"]] == ["REQUESTED"]
    assert second["paging"]["links"] == []


def test_organisations_are_looked_up_with_literal_brackets(maja: Member) -> None:
    found = maja.get("/rest/organizationsLookup?ids=List(10482039,1)").json()
    assert found["results"]["10482039"]["localizedName"] == "Norre Studio"
    assert found["statuses"]["1"] == 404
    assert maja.get("/rest/organizationsLookup", params={"ids": "List(10482039)"}).status_code == 400


# -- what every call needs ---------------------------------------------------------------------------


def test_a_version_is_needed_and_has_to_be_alive(maja: Member) -> None:
    path = "/rest/organizationAcls?q=roleAssignee"
    assert refusal(maja.get(path, drop=("LinkedIn-Version",))) == (400, "VERSION_MISSING")
    assert refusal(maja.get(path, headers={"LinkedIn-Version": "202401"})) == (426, "NONEXISTENT_VERSION")
    assert maja.get("/v2/me", drop=("LinkedIn-Version", "X-Restli-Protocol-Version")).status_code == 200


def test_the_protocol_is_needed_unless_the_world_is_lenient(control: Control, maja: Member) -> None:
    path, drop = "/rest/organizationAcls?q=roleAssignee", ("X-Restli-Protocol-Version",)
    assert maja.get(path, drop=drop).status_code == 400
    control.settings(linkedin_protocol_required=False)
    assert maja.get(path, drop=drop).status_code == 200


@pytest.mark.parametrize(
    ("setting", "scope"), [("linkedin_member_calls", "MEMBER"), ("linkedin_app_calls", "APPLICATION")]
)
def test_the_day_has_so_many_calls_and_begins_anew_at_midnight(
    control: Control, maja: Member, setting: str, scope: str
) -> None:
    control.settings(**{setting: 2})
    assert [maja.get("/v2/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = maja.get("/v2/me")
    assert f"{scope} DAY" in answer.json()["message"]
    control.advance(DAY)
    assert maja.get("/v2/me").status_code == 200
