"""Facebook's dialog, tokens and proofs in the sandbox."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK
from sandbox.tests.facebook import CLIENT, LAMPS, MAJA, NORRE, SECRET, Graph, error, maja, maker, page

__all__ = ["maja", "maker", "page"]
SCOPES = ["pages_show_list", "pages_manage_posts", "pages_read_engagement"]


def dialog(url: str, **changes: Any) -> str:
    asked = {"client_id": CLIENT, "redirect_uri": CALLBACK, "state": "s1", "scope": ",".join(SCOPES)} | changes
    return f"{url}/facebook/v26.0/dialog/oauth?{urlencode(asked)}"


def code_of(control: Control, url: str, person: str | None = "maja.lindqvist", **ticks: Any) -> dict[str, str]:
    location = control.consent(dialog(url), person, platform="facebook", ticks=ticks or None)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def exchange(url: str, **said: Any) -> requests.Response:
    values = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uri": CALLBACK, **said}
    return requests.post(f"{url}/facebook/api/v26.0/oauth/access_token", data=values, timeout=10)


def person(control: Control, url: str, **ticks: Any) -> Graph:
    tokens = exchange(url, code=code_of(control, url, **ticks)["code"]).json()
    return Graph(url, tokens)


class TestDialog:
    def test_a_code_becomes_a_token_of_an_hour_once(self, control: Control, url: str) -> None:
        back = code_of(control, url)
        assert back["state"] == "s1"
        answer = exchange(url, code=back["code"]).json()
        assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
        assert error(exchange(url, code=back["code"])) == (100, 36009)

    def test_a_code_ends(self, control: Control, url: str) -> None:
        code = code_of(control, url)["code"]
        control.advance(601)
        assert error(exchange(url, code=code)) == (100, 36007)

    def test_the_redirect_uri_must_be_the_same_byte_for_byte(self, control: Control, url: str) -> None:
        code = code_of(control, url)["code"]
        assert error(exchange(url, code=code, redirect_uri=f"{CALLBACK}/"))[0] == 100

    def test_denying_comes_back_as_such(self, control: Control, url: str) -> None:
        back = code_of(control, url, None)
        assert (back["error"], back["error_reason"]) == ("access_denied", "user_denied")

    @pytest.mark.parametrize(
        "changes", [{"client_id": "nobody"}, {"redirect_uri": "http://elsewhere.example/"}, {"scope": "no_such_scope"}]
    )
    def test_it_redirects_nowhere_while_it_trusts_nothing(
        self, control: Control, url: str, changes: dict[str, str]
    ) -> None:
        answer = requests.get(dialog(url, **changes), timeout=10)
        assert (answer.status_code, answer.history) == (400, [])

    def test_permissions_may_be_left_out(self, control: Control, url: str) -> None:
        left = person(control, url, scope=["pages_show_list"], page=[NORRE])
        rows = {row["permission"]: row["status"] for row in left.get("/me/permissions").json()["data"]}
        assert rows["pages_show_list"] == "granted"
        assert rows["pages_manage_posts"] == "declined"

    def test_with_a_configuration_it_is_all_or_nothing(self, control: Control, url: str) -> None:
        address = dialog(url, config_id="sandbox-config")
        location = control.consent(
            address, "maja.lindqvist", platform="facebook", ticks={"scope": ["pages_show_list"], "page": [NORRE]}
        )
        tokens = exchange(url, code=parse_qs(urlsplit(location).query)["code"][0]).json()
        rows = Graph(url, tokens).get("/me/permissions").json()["data"]
        assert {row["permission"] for row in rows if row["status"] == "granted"} == {"public_profile"}

    @pytest.mark.parametrize(("ticked", "found"), [([], []), ([LAMPS], [LAMPS])])
    def test_only_ticked_pages_are_listed(
        self, control: Control, url: str, ticked: list[str], found: list[str]
    ) -> None:
        left = person(control, url, page=ticked, scope=SCOPES)
        assert [one["id"] for one in left.get("/me/accounts").json()["data"]] == found


class TestTokens:
    def test_a_wrong_secret_gets_nothing(self, control: Control, url: str) -> None:
        code = code_of(control, url)["code"]
        assert error(exchange(url, code=code, client_secret="guess"))[0] == 1
        assert error(exchange(url, code=code, client_id="nobody"))[0] == 101

    def test_a_short_token_becomes_a_long_one(self, control: Control, url: str) -> None:
        short = person(control, url)
        long = exchange(url, grant_type="fb_exchange_token", fb_exchange_token=short.token).json()
        assert long["expires_in"] == 60 * 86400
        control.advance(3601)
        assert error(short.get("/me")) == (190, 463)
        assert Graph(url, long).get("/me").json()["id"] == MAJA

    def test_the_lifetime_may_be_missing(self, control: Control, url: str) -> None:
        control.settings(facebook_expires_in_missing=True)
        short = person(control, url)
        assert "expires_in" not in exchange(url, grant_type="fb_exchange_token", fb_exchange_token=short.token).json()

    @pytest.mark.parametrize("is_long", [True, False])
    def test_a_pages_token_lives_as_long_as_the_one_it_came_with_or_for_ever(
        self, control: Control, url: str, is_long: bool
    ) -> None:
        who = person(control, url)
        if is_long:
            who = Graph(url, exchange(url, grant_type="fb_exchange_token", fb_exchange_token=who.token).json())
        token = who.get("/me/accounts", fields="access_token").json()["data"][0]["access_token"]
        described = debug(url, token)
        assert (described["type"], described["is_valid"]) == ("PAGE", True)
        assert (described["expires_at"] == 0) is is_long
        control.advance(400 * 86400 if is_long else 3700)
        assert debug(url, token)["is_valid"] is is_long

    def test_debug_token_tells_what_it_knows(self, maja: Graph, url: str) -> None:
        found = debug(url, maja.token)
        assert found["user_id"] == MAJA
        assert found["app_id"] == CLIENT
        assert found["data_access_expires_at"] - found["issued_at"] == 90 * 86400
        assert "pages_manage_posts" in found["scopes"]
        assert debug(url, "EAAnonsense")["is_valid"] is False

    def test_revoking_ends_every_token_of_the_person_for_the_app(self, page: Graph, maja: Graph, url: str) -> None:
        assert maja.call("DELETE", "/me/permissions").json() == {"success": True}
        assert error(page.get("/me")) == (190, 460)
        assert error(maja.get("/me")) == (190, 460)

    def test_one_permission_alone_can_be_taken_back(self, page: Graph, maja: Graph) -> None:
        assert maja.call("DELETE", "/me/permissions/pages_show_list").json() == {"success": True}
        assert error(maja.get("/me/accounts"))[0] == 200

    def test_a_changed_password_ends_sessions_that_were_there(self, control: Control, page: Graph) -> None:
        control.call("POST", "facebook/password", {"person": "maja.lindqvist"})
        assert error(page.get("/me")) == (190, 460)

    def test_a_lost_role_ends_the_pages_token(self, control: Control, page: Graph) -> None:
        control.call("POST", "facebook/roles", {"person": "maja.lindqvist", "page": "norrestudio"})
        assert error(page.get("/me")) == (190, 492)


class TestProof:
    def test_a_call_without_proof_is_refused_when_the_app_insists(self, page: Graph) -> None:
        answer = requests.get(f"{page.root}/me", headers={"Authorization": f"Bearer {page.token}"}, timeout=10)
        assert answer.json()["error"]["type"] == "GraphMethodException"
        assert "appsecret_proof" in answer.json()["error"]["message"]

    def test_a_proof_of_another_token_is_refused_always(self, control: Control, page: Graph, maja: Graph) -> None:
        control.settings(facebook_proof_required=False)
        assert error(page.get("/me", appsecret_proof=maja.proof)) == (100, 0)
        assert page.get("/me", appsecret_proof="").status_code == 200

    def test_a_token_may_come_as_a_parameter(self, page: Graph) -> None:
        answer = requests.get(
            f"{page.root}/me", params={"access_token": page.token, "appsecret_proof": page.proof}, timeout=10
        )
        assert answer.json()["id"] == NORRE

    @pytest.mark.parametrize(("token", "code"), [("", 104), ("nonsense", 190), ("EAAnonsense", 190)])
    def test_other_tokens_are_refused(self, page: Graph, token: str, code: int) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert error(requests.get(f"{page.root}/me", headers=headers, timeout=10))[0] == code


class TestPages:
    def test_the_list_goes_over_several_pages(self, control: Control, maja: Graph) -> None:
        control.settings(facebook_page_size=1)
        found, answer = [], maja.get("/me/accounts", fields="id,name,tasks", limit="100").json()
        while True:
            found += [one["id"] for one in answer["data"]]
            following = answer["paging"].get("next")
            if not following:
                break
            assert "access_token" not in following
            answer = maja.call("GET", following).json()
        assert len(found) == 3

    def test_a_token_in_the_address_is_repeated_in_the_next_one(self, control: Control, maja: Graph) -> None:
        control.settings(facebook_page_size=1)
        answer = maja.get("/me/accounts", access_token=maja.token).json()
        assert f"access_token={maja.token}" in answer["paging"]["next"]

    def test_tasks_and_instagram_are_told_when_asked(self, maker: Callable[..., Graph]) -> None:
        fields = "id,tasks,instagram_business_account{id,username}"
        tomas = {one["id"]: one for one in maker("tomas.eriksen").get("/me/accounts", fields=fields).json()["data"]}
        assert "CREATE_CONTENT" not in tomas[NORRE]["tasks"]
        assert "CREATE_CONTENT" in tomas[LAMPS]["tasks"]
        assert tomas[NORRE]["instagram_business_account"]["id"]
        assert "instagram_business_account" not in tomas[LAMPS]

    def test_who_may_only_read_may_not_write(self, control: Control, maker: Callable[..., Graph]) -> None:
        control.call(
            "POST", "facebook/roles", {"person": "maja.lindqvist", "page": "norrestudio", "tasks": ["ANALYZE"]}
        )
        control.call("POST", "facebook/roles", {"person": "tomas.eriksen", "page": "norrestudio"})
        reader = maker()
        assert error(reader.post("/me/feed", json={"message": "May I?"}))[0] == 200
        assert reader.get(f"/{NORRE}/published_posts").status_code == 200

    def test_subscriptions_replace_each_other(self, maker: Callable[..., Graph]) -> None:
        page = maker(scopes=["pages_manage_metadata", "pages_show_list"])
        for fields in ("feed,mention", "feed"):
            assert page.post(f"/{NORRE}/subscribed_apps", json={"subscribed_fields": fields}).json()["success"]
        assert page.get(f"/{NORRE}/subscribed_apps").json()["data"][0]["subscribed_fields"] == ["feed"]
        page.call("DELETE", f"/{NORRE}/subscribed_apps")
        assert page.get(f"/{NORRE}/subscribed_apps").json()["data"] == []


def debug(url: str, token: str) -> dict[str, Any]:
    answer = requests.get(
        f"{url}/facebook/api/v26.0/debug_token",
        params={"input_token": token, "access_token": f"{CLIENT}|{SECRET}"},
        timeout=10,
    )
    return dict(answer.json()["data"])
