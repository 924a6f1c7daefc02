"""Continuing with Google: who may sign in by it, whose account it opens, and that no other provider opens any."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.test import Client
from pytest_django import Settings

from accounts.models import User, Workspace
from accounts.tests.people import PASSWORD, make_user
from multivio import tenancy
from social.providers import CONNECT_ONLY
from tests.serving import QuietHandler, Server

# The callback holds no transaction while it asks Google, so that these tests need real ones.
pytestmark = pytest.mark.real_commits
START = "/accounts/google/login/"
BACK = "/accounts/google/login/callback/"


@dataclass
class FakeGoogle:
    """Answers the exchange of a code with `claims`."""

    claims: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def says(self, email: str, **more: Any) -> None:
        now = int(time.time())
        self.claims = {
            "iss": "https://accounts.google.com",
            "aud": "google-client",
            "sub": "1122334455",
            "iat": now,
            "exp": now + 600,
            "email": email,
            "email_verified": True,
            "given_name": "Maja",
            "family_name": "Lindqvist",
            **more,
        }


@pytest.fixture
def google(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGoogle]:
    fake = FakeGoogle()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fake.asked.append(parse_qs(body))
            token = jwt.encode(fake.claims, "a-key-that-nobody-looks-at-since-tls-vouches-for-it", algorithm="HS256")
            told = json.dumps({"access_token": "at", "expires_in": 600, "token_type": "Bearer", "id_token": token})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(told.encode())

    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "google-client", "google-secret"
    fake.says("maja@gmail.com")
    with Server(Handler) as server:
        monkeypatch.setattr(GoogleOAuth2Adapter, "access_token_url", f"{server.url}/token")
        yield fake


def go(client: Client, process: str = "login") -> Any:
    """There and back, as the browser does it."""
    away = client.post(f"{START}?process={process}")
    assert away.status_code == 302
    asked = parse_qs(urlsplit(away.headers["Location"]).query)
    assert away.headers["Location"].startswith("https://accounts.google.com/")
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://testserver{BACK}"]
    return client.get(BACK, {"code": "a-code", "state": asked["state"][0]})


def is_in(client: Client) -> User | None:
    if client.get("/accounts/email/").status_code != 200:
        return None
    return User.objects.get(pk=client.session["_auth_user_id"])


def known(email: str) -> User:
    user = User.objects.create_user(email, PASSWORD, name="Maja")
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


class SignInTests:
    def test_the_first_time_makes_an_account_with_a_workspace(self, google: FakeGoogle) -> None:
        client = Client()
        assert go(client).status_code == 302
        user = is_in(client)
        assert user is not None
        assert (user.email, user.name, user.has_usable_password()) == ("maja@gmail.com", "Maja Lindqvist", False)
        with tenancy.tenant(user_id=user.pk):
            assert Workspace.objects.of(user.pk).count() == 1
        assert google.asked[0]["code_verifier"]
        assert not SocialToken.objects.exists()

    def test_the_next_time_is_the_same_account_whatever_the_address_is_then(self, google: FakeGoogle) -> None:
        go(Client())
        google.says("other@gmail.com")
        client = Client()
        go(client)
        assert is_in(client) == User.objects.get()

    def test_where_google_runs_the_mailbox_its_word_opens_the_account(self, google: FakeGoogle) -> None:
        maja = known("maja@gmail.com")
        client = Client()
        go(client)
        assert is_in(client) == maja
        assert SocialAccount.objects.get().user == maja

    def test_a_mailbox_of_a_hosted_domain_is_one_too(self, google: FakeGoogle) -> None:
        maja = known("maja@norre.studio")
        google.says("maja@norre.studio", hd="norre.studio")
        client = Client()
        go(client)
        assert is_in(client) == maja

    @pytest.mark.parametrize("hosted", [None, "", "evil.example"])
    def test_of_other_addresses_it_is_not_enough(self, google: FakeGoogle, hosted: str | None) -> None:
        known("maja@norre.studio")
        google.says("maja@norre.studio", **({"hd": hosted} if hosted is not None else {}))
        client = Client()
        go(client)
        assert is_in(client) is None
        assert not SocialAccount.objects.exists()
        assert User.objects.count() == 1

    def test_an_address_that_google_did_not_confirm_opens_nothing(self, google: FakeGoogle) -> None:
        known("maja@gmail.com")
        google.says("maja@gmail.com", email_verified=False)
        client = Client()
        go(client)
        assert is_in(client) is None

    def test_a_second_factor_is_still_asked_for(self, google: FakeGoogle) -> None:
        totp.TOTP.activate(known("maja@gmail.com"), totp.generate_totp_secret())
        client = Client()
        assert go(client).headers["Location"] == "/accounts/2fa/authenticate/"
        assert is_in(client) is None

    def test_who_is_signed_in_adds_it(self, google: FakeGoogle) -> None:
        maja = known("maja@norre.studio")
        client = Client()
        client.force_login(maja)
        assert go(client, "connect").headers["Location"] == "/accounts/reauthenticate/"
        assert not SocialAccount.objects.exists()
        client.post("/accounts/reauthenticate/", {"password": PASSWORD}, follow=True)
        assert SocialAccount.objects.get().user == maja
        shown = client.get("/accounts/3rdparty/").content.decode()
        assert "maja@gmail.com" in shown

    @pytest.mark.parametrize(
        "changes",
        [{"aud": "another-client"}, {"iss": "https://evil.example"}, {"exp": int(time.time()) - 60}],
        ids=["audience", "issuer", "expiry"],
    )
    def test_a_token_for_somebody_else_opens_nothing(self, google: FakeGoogle, changes: dict[str, Any]) -> None:
        google.says("maja@gmail.com", **changes)
        client = Client()
        go(client)
        assert is_in(client) is None
        assert not User.objects.exists()

    def test_a_state_that_is_made_up_or_of_another_browser_opens_nothing(self, google: FakeGoogle) -> None:
        away = Client().post(START)
        state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
        for made_up in (state, "x", ""):
            client = Client()
            client.get(BACK, {"code": "a-code", "state": made_up})
            assert is_in(client) is None
        assert google.asked == []


class DoorTests:
    def test_it_is_offered_only_where_it_has_keys(self, google: FakeGoogle, settings: Settings) -> None:
        assert "Continue with Google" in Client().get("/accounts/login/").content.decode()
        settings.GOOGLE_CLIENT_ID = ""
        assert "Continue with Google" not in Client().get("/accounts/login/").content.decode()
        assert Client().post(START).status_code == 404
        assert Client().get(BACK, {"code": "x", "state": "y"}).status_code == 404

    def test_a_link_elsewhere_starts_nothing(self, google: FakeGoogle) -> None:
        assert Client().get(START).status_code == 200

    @pytest.mark.parametrize("provider", [*CONNECT_ONLY, "github", "youtube"])
    def test_what_publishes_signs_nobody_in_by_any_door(self, google: FakeGoogle, provider: str) -> None:
        make_user("Maja")
        body = {
            "provider": provider,
            "process": "login",
            "token": {"client_id": "x", "access_token": "x", "id_token": "x"},
        }
        answer = Client().post("/_allauth/app/v1/auth/provider/token", body, content_type="application/json")
        assert answer.status_code in {400, 404}
        assert "access_token" not in answer.content.decode()
        config = Client().get("/_allauth/app/v1/config").json()["data"]["socialaccount"]["providers"]
        assert [one["id"] for one in config] == ["google"]
        assert not SocialAccount.objects.exists()

    def test_a_row_in_the_database_opens_no_door(self, google: FakeGoogle) -> None:
        from allauth.socialaccount.models import SocialApp  # noqa: PLC0415 - only here

        SocialApp.objects.create(provider="google", client_id="planted", secret="x")
        answer = Client().post(START)
        assert "client_id=google-client" in answer.headers["Location"]
        assert Client().post("/accounts/google/login/token/", {"credential": "x"}).status_code == 404
