"""Signing in by password, code, passkey and second factor; sessions that rotate and can be ended."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit_models import AuditEntry
from accounts.models import User
from accounts.signin.factors import BOUND_TO
from accounts.tests.people import PASSWORD, make_user
from multivio import crypto, tenancy

LOGIN = "/accounts/login/"
HOME = "/accounts/email/"


@pytest.fixture
def maja(db: None) -> User:
    user = make_user("Maja")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    assert client.post(LOGIN, {"login": user.email, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def code_now(secret: str, steps: int = 0) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps)))


def actions(user: User) -> list[str]:
    with tenancy.system("test"):
        return list(AuditEntry.objects.filter(target_id=str(user.pk)).order_by("id").values_list("action", flat=True))


class SessionTests:
    def test_the_sessions_key_changes_at_the_sign_in(self, maja: User) -> None:
        client = Client()
        client.get(LOGIN)
        client.post(LOGIN, {"login": maja.email, "password": "wrong"})
        session = client.session
        session["planted"] = "1"
        session.save()
        before = client.session.session_key
        client.cookies["sessionid"] = str(before)
        client.post(LOGIN, {"login": maja.email, "password": PASSWORD})
        assert is_in(client)
        assert client.session.session_key != before

    def test_signing_out_ends_the_session_on_the_server(self, maja: User) -> None:
        client = signed_in(maja)
        cookie = client.cookies["sessionid"].value
        client.post("/accounts/logout/")
        thief = Client()
        thief.cookies["sessionid"] = cookie
        assert not is_in(thief)
        assert actions(maja) == ["sign_in", "sign_out"]

    def test_a_changed_password_ends_every_other_session(self, maja: User) -> None:
        here, there = signed_in(maja), signed_in(maja)
        fields = {"oldpassword": PASSWORD, "password1": "a-newer-long-password", "password2": "a-newer-long-password"}
        assert here.post("/accounts/password/change/", fields).status_code == 302
        assert (is_in(here), is_in(there)) == (True, False)
        assert "password.changed" in actions(maja)
        assert mail.outbox[-1].to == [maja.email]

    def test_one_session_can_be_ended_and_only_ones_own(self, maja: User) -> None:
        here, there = signed_in(maja), signed_in(maja)
        stranger_user = make_user("Charlie")
        stranger = signed_in(stranger_user)
        row = UserSession.objects.get(session_key=there.session.session_key)
        assert stranger.post(f"/accounts/sessions/{row.pk}/end/").status_code == 404
        assert is_in(there)
        assert here.get(f"/accounts/sessions/{row.pk}/end/").status_code == 405
        assert here.post(f"/accounts/sessions/{row.pk}/end/").status_code == 302
        assert (is_in(here), is_in(there)) == (True, False)
        assert "Sign out everywhere else" not in here.get("/accounts/sessions/").content.decode()

    def test_everywhere_else_can_be_signed_out(self, maja: User) -> None:
        here, *others = signed_in(maja), signed_in(maja), signed_in(maja)
        here.post("/accounts/sessions/")
        assert [is_in(client) for client in (here, *others)] == [True, False, False]

    def test_it_ends_after_thirty_days_away_and_after_ninety_in_any_case(self, maja: User) -> None:
        away, faithful = signed_in(maja), signed_in(maja)
        began = timezone.now()
        for day in range(1, 89, 8):
            with time_machine.travel(began + timedelta(days=day)):
                assert is_in(faithful), day
        cache.clear()  # whose clock does not travel
        with time_machine.travel(began + timedelta(days=31)):
            assert not is_in(away)
        with time_machine.travel(began + timedelta(days=91)):
            assert not is_in(faithful)

    def test_support_can_end_sessions(self, maja: User) -> None:
        client = signed_in(maja)
        staff = User.objects.create_superuser("staff@example.org", PASSWORD)
        desk = Client()
        desk.force_login(staff)
        row = UserSession.objects.get(user=maja)
        sent = {"action": "end", "_selected_action": [row.pk]}
        assert desk.post("/admin/usersessions/usersession/", sent).status_code == 302
        assert not is_in(client)

    def test_changing_an_address_asks_once_more(self, maja: User) -> None:
        client = signed_in(maja)
        answer = client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
        assert not EmailAddress.objects.filter(email="new@example.org").exists()


class PasswordTests:
    def link(self) -> str:
        found = re.search(r"http\S+/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))
        assert found is not None
        return found[0].replace("http://localhost:8000", "")

    def test_a_forgotten_one_is_replaced_by_a_link_that_works_once(self, maja: User) -> None:
        there = signed_in(maja)
        client = Client()
        client.post("/accounts/password/reset/", {"email": maja.email})
        link = self.link()
        form = client.get(link, follow=True)
        address = form.redirect_chain[-1][0]
        fields = {"password1": "a-newer-long-password", "password2": "a-newer-long-password"}
        assert client.post(address, fields).status_code == 302
        assert not is_in(there)
        assert "This link no longer works" in Client().get(link, follow=True).content.decode()
        assert "password.reset" in actions(maja)

    def test_a_reset_does_not_get_round_the_second_factor(self, maja: User) -> None:
        totp.TOTP.activate(maja, totp.generate_totp_secret())
        client = Client()
        client.post("/accounts/password/reset/", {"email": maja.email})
        form = client.get(self.link(), follow=True)
        fields = {"password1": "a-newer-long-password", "password2": "a-newer-long-password"}
        client.post(form.redirect_chain[-1][0], fields)
        assert not is_in(client)
        answer = client.post(LOGIN, {"login": maja.email, "password": "a-newer-long-password"})
        assert answer.headers["Location"] == "/accounts/2fa/authenticate/"

    @pytest.mark.parametrize(
        "password", ["short", "password123", "1234567890", "multivio2026", "Mult1v10!!2026", "localhost-99"]
    )
    def test_one_that_is_easily_guessed_is_refused(self, maja: User, password: str) -> None:
        fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
        assert signed_in(maja).post("/accounts/password/change/", fields).status_code == 200
        maja.refresh_from_db()
        assert maja.check_password(PASSWORD)

    def test_spaces_and_letters_of_every_script_are_kept_and_long_ones_taken(self, maja: User) -> None:
        password = "  ünïcode πάσσγουορντ 密码  " + "x" * 60
        fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
        assert signed_in(maja).post("/accounts/password/change/", fields).status_code == 302
        assert Client().post(LOGIN, {"login": maja.email, "password": password}).status_code == 302
        assert Client().post(LOGIN, {"login": maja.email, "password": password.strip()}).status_code == 200

    def test_an_address_that_is_not_confirmed_does_not_get_in(self, maja: User, settings: Settings) -> None:
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        EmailAddress.objects.update(verified=False)
        client = Client()
        answer = client.post(LOGIN, {"login": maja.email, "password": PASSWORD})
        assert answer.headers["Location"] == "/accounts/confirm-email/"
        assert not is_in(client)


class CodeTests:
    def ask(self, maja: User) -> tuple[Client, str]:
        client = Client()
        answer = client.post("/accounts/login/code/", {"email": maja.email})
        assert answer.headers["Location"] == "/accounts/login/code/confirm/"
        found = re.search(r"^([A-Z0-9-]{6,9})$", str(mail.outbox[-1].body), re.MULTILINE)
        assert found is not None
        return client, found[1]

    def test_it_signs_in_once_and_in_the_browser_that_asked(self, maja: User) -> None:
        client, code = self.ask(maja)
        other = Client()
        other.post("/accounts/login/code/confirm/", {"code": code})
        assert not is_in(other)
        client.post("/accounts/login/code/confirm/", {"code": code})
        assert is_in(client)
        again = Client()
        again.post("/accounts/login/code/confirm/", {"code": code})
        assert not is_in(again)

    def test_three_wrong_ones_end_it(self, maja: User) -> None:
        client, code = self.ask(maja)
        for _ in range(3):
            client.post("/accounts/login/code/confirm/", {"code": "WRONG1"})
        client.post("/accounts/login/code/confirm/", {"code": code})
        assert not is_in(client)

    def test_it_does_not_get_round_the_second_factor(self, maja: User) -> None:
        totp.TOTP.activate(maja, totp.generate_totp_secret())
        client, code = self.ask(maja)
        answer = client.post("/accounts/login/code/confirm/", {"code": code})
        assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
        assert not is_in(client)


class SecondFactorTests:
    @pytest.fixture
    def secret(self, maja: User) -> str:
        secret = str(totp.generate_totp_secret())
        totp.TOTP.activate(maja, secret)
        RecoveryCodes.activate(maja)
        return secret

    def half_way(self, maja: User) -> Client:
        client = Client()
        answer = client.post(LOGIN, {"login": maja.email, "password": PASSWORD})
        assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
        return client

    def test_the_password_alone_opens_nothing(self, maja: User, secret: str) -> None:
        client = self.half_way(maja)
        assert not is_in(client)
        assert client.get("/api/v1/posts").status_code == 401
        client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
        assert is_in(client)

    def test_a_code_works_once(self, maja: User, secret: str) -> None:
        code = code_now(secret)
        self.half_way(maja).post("/accounts/2fa/authenticate/", {"code": code})
        second = self.half_way(maja)
        second.post("/accounts/2fa/authenticate/", {"code": code})
        assert not is_in(second)

    def test_a_recovery_code_works_once(self, maja: User, secret: str) -> None:
        code = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
        client = self.half_way(maja)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_in(client)
        second = self.half_way(maja)
        second.post("/accounts/2fa/authenticate/", {"code": code})
        assert not is_in(second)

    def test_guessing_codes_is_stopped(self, maja: User, secret: str) -> None:
        client = self.half_way(maja)
        for number in range(10):
            client.post("/accounts/2fa/authenticate/", {"code": f"00000{number}"})
        client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
        assert not is_in(client)

    def test_changing_how_one_signs_in_asks_once_more(self, maja: User) -> None:
        client = signed_in(maja)
        for path in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
            assert client.get(path).headers["Location"].startswith("/accounts/reauthenticate/")

    @pytest.mark.real_commits
    def test_every_change_is_told_by_mail_and_to_the_trail(self, maja: User) -> None:
        client = signed_in(maja)
        client.get("/accounts/2fa/totp/activate/")
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        page = client.get("/accounts/2fa/totp/activate/").content.decode()
        found = re.search(r'id="authenticator_secret"[^>]* value="(\w+)"', page)
        assert found is not None
        client.post("/accounts/2fa/totp/activate/", {"code": code_now(found[1])})
        assert Authenticator.objects.filter(user=maja, type="totp").exists()
        assert "second_factor.added" in actions(maja)
        assert mail.outbox[-1].to == [maja.email]
        client.post("/accounts/2fa/totp/deactivate/")
        assert "second_factor.removed" in actions(maja)

    def test_secrets_are_sealed_at_rest_and_rotate(self, maja: User, secret: str, settings: Settings) -> None:
        stored = Authenticator.objects.get(type="totp").data["secret"]
        assert secret not in stored
        assert str(crypto.unseal(stored, BOUND_TO)) == secret
        settings.FIELD_KEYS = ["t2:HBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw=", *settings.FIELD_KEYS]
        call_command("rotate_keys", verbosity=0)
        kept = {row.type: row.data for row in Authenticator.objects.all()}
        assert crypto.sealed_with(kept["totp"]["secret"]) == crypto.sealed_with(kept["recovery_codes"]["seed"]) == "t2"
        settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
        client = self.half_way(maja)
        client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
        assert is_in(client)

    def test_what_was_stored_before_they_were_sealed_still_works(self, maja: User, secret: str) -> None:
        Authenticator.objects.filter(type="totp").update(data={"secret": secret})
        client = self.half_way(maja)
        client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
        assert is_in(client)
        call_command("rotate_keys", verbosity=0)
        assert secret not in Authenticator.objects.get(type="totp").data["secret"]


@pytest.mark.parametrize(
    "path",
    [
        HOME,
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/sessions/",
        "/accounts/3rdparty/",
    ],
)
def test_pages_of_the_account_are_for_who_is_signed_in(maja: User, path: str) -> None:
    assert Client().get(path).headers["Location"].startswith(LOGIN)
    page: Any = signed_in(maja).get(path)
    assert page.status_code == 200
    assert page.content.decode().count("<h1>") == 1
