"""Signing in with Firebase: tokens are checked by Google's own library against keys of ours, and people are known by uid."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.audit_models import AuditEntry
from accounts.models import FirebaseIdentity, User, Workspace
from accounts.tests.fake_firebase import FakeFirebase
from accounts.tests.people import PASSWORD, make_user
from multivio import tenancy

# The exchange opens short transactions of its own, which a test's transaction around it would not let fail by themselves.
pytestmark = pytest.mark.real_commits
DOOR = "/api/v1/auth/firebase"


def exchange(token: str, **more: Any) -> Any:
    return APIClient().post(DOOR, {"id_token": token, **more})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def slug_of(user: User) -> str:
    with tenancy.tenant(user_id=user.pk):
        return str(Workspace.objects.of(user.pk).get().slug)


def call(access: str, slug: str) -> int:
    headers: Any = {"HTTP_AUTHORIZATION": f"Bearer {access}", "HTTP_MULTIVIO_WORKSPACE": slug}
    return int(APIClient().get("/api/v1/posts", **headers).status_code)


class ExchangeTests:
    def test_the_first_time_makes_an_account_with_a_workspace_and_tokens_that_work(
        self, firebase: FakeFirebase
    ) -> None:
        answer = exchange(firebase.token())
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        told = answer.json()
        assert (told["state"], told["expires_in"], told["session_token"]) == ("signed_in", 600, None)
        user = User.objects.get(email="maja@gmail.com")
        assert (user.name, user.has_usable_password()) == ("Maja Lindqvist", False)
        assert EmailAddress.objects.get(user=user).verified
        assert call(told["access_token"], slug_of(user)) == 200
        refreshed = Client().post(
            "/_allauth/app/v1/tokens/refresh",
            {"refresh_token": told["refresh_token"]},
            content_type="application/json",
        )
        assert refreshed.status_code == 200

    def test_the_next_time_is_the_same_account_whatever_the_address_is_then(self, firebase: FakeFirebase) -> None:
        exchange(firebase.token())
        again = exchange(firebase.token(email="maja.lindqvist@gmail.com", auth_time=int(time.time()) - 1))
        assert again.status_code == 200
        assert User.objects.count() == 1
        assert FirebaseIdentity.objects.get().email_at_link == "maja@gmail.com"

    def test_a_browser_gets_a_session_and_needs_a_csrf_token_for_it(self, firebase: FakeFirebase) -> None:
        browser = Client(enforce_csrf_checks=True)
        token = firebase.token()
        refused = browser.post(DOOR, {"id_token": token, "kind": "session"}, content_type="application/json")
        assert code(refused) == (403, "csrf_failed")
        browser.get("/accounts/login/")
        csrf: Any = {"x-csrftoken": browser.cookies["csrftoken"].value}
        answer = browser.post(
            DOOR, {"id_token": token, "kind": "session"}, content_type="application/json", headers=csrf
        )
        assert (answer.status_code, answer.json()["state"]) == (200, "signed_in")
        assert answer.json()["access_token"] is None
        assert browser.get("/accounts/email/").status_code == 200

    def test_it_is_told_to_the_trail_without_the_token(self, firebase: FakeFirebase) -> None:
        token = firebase.token()
        exchange(token)
        with tenancy.system("test"):
            entries = list(AuditEntry.objects.filter(workspace=None).order_by("id").values("action", "content"))
        assert [entry["action"] for entry in entries] == ["sign_in.added", "sign_in"]
        assert token not in str(entries)


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("another key", {"signed_by": "other"}, 401, "token_invalid"),
    ("an unknown key id", {"headers": {"kid": "key-2"}}, 401, "token_invalid"),
    ("no key id", {"headers": None}, 401, "token_invalid"),
    ("no signature", {"algorithm": "none"}, 401, "token_invalid"),
    ("no signature and no key id", {"algorithm": "none", "headers": None}, 401, "token_invalid"),
    ("a secret instead of a key", {"algorithm": "HS256"}, 401, "token_invalid"),
    ("another project's issuer", {"iss": "https://securetoken.google.com/other"}, 401, "token_invalid"),
    ("another project's audience", {"aud": "other"}, 401, "token_invalid"),
    ("a custom token", {"aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"}, 401, "token_invalid"),
    ("nobody", {"sub": ""}, 401, "token_invalid"),
    ("a uid that is too long", {"sub": "x" * 129}, 401, "token_invalid"),
    ("expired", {"iat": -7200, "exp": -3600, "auth_time": -7200}, 401, "token_expired"),
    ("of the future", {"iat": 90, "auth_time": 90}, 401, "token_invalid"),
    ("an old sign-in, renewed", {"auth_time": -301}, 401, "recent_login_required"),
    ("no time of sign-in", {"auth_time": None}, 401, "recent_login_required"),
    ("an address that is not confirmed", {"email_verified": False}, 403, "email_not_verified"),
    ("confirmed in words only", {"email_verified": "true"}, 403, "email_not_verified"),
    ("no address", {"email": ""}, 403, "email_not_verified"),
    ("anonymous", {"firebase": {"sign_in_provider": "anonymous"}}, 403, "provider_not_allowed"),
    ("minted by an admin", {"firebase": {"sign_in_provider": "custom"}}, 403, "provider_not_allowed"),
    ("another tenant", {"firebase": {"sign_in_provider": "password", "tenant": "t"}}, 403, "provider_not_allowed"),
]  # fmt: skip
TIMES = ("iat", "exp", "auth_time")


class RefusedTests:
    @pytest.mark.parametrize(("changes", "status", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
    def test_a_token_that_is_not_right_opens_nothing(
        self, firebase: FakeFirebase, changes: dict[str, Any], status: int, told: str
    ) -> None:
        now = int(time.time())
        moved = {name: now + value if name in TIMES and value is not None else value for name, value in changes.items()}
        if "signed_by" in moved:
            moved["signed_by"] = firebase.other_key
        uid = moved.pop("sub", "uid-1")
        assert code(exchange(firebase.token(uid, **moved))) == (status, told)
        assert not User.objects.exists()
        assert not FirebaseIdentity.objects.exists()

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 9000, "mv_" + "x" * 43])
    def test_what_is_no_token_is_refused(self, firebase: FakeFirebase, token: str) -> None:
        answer = exchange(token)
        assert answer.status_code in {401, 422}
        assert not User.objects.exists()

    def test_a_clock_that_drifts_a_little_is_forgiven(self, firebase: FakeFirebase) -> None:
        ahead = int(time.time()) + 5
        assert exchange(firebase.token(iat=ahead, auth_time=ahead)).status_code == 200

    def test_a_token_works_once(self, firebase: FakeFirebase) -> None:
        token = firebase.token()
        assert exchange(token).status_code == 200
        assert code(exchange(token)) == (401, "token_used")

    def test_a_revoked_sign_in_is_refused(self, firebase: FakeFirebase) -> None:
        token = firebase.token(iat=int(time.time()) - 60, auth_time=int(time.time()) - 60)
        firebase.people["uid-1"]["validSince"] = str(int(time.time()))
        assert code(exchange(token)) == (401, "token_revoked")

    def test_a_closed_and_a_deleted_person_are_refused(self, firebase: FakeFirebase) -> None:
        token = firebase.token()
        firebase.people["uid-1"]["disabled"] = True
        assert code(exchange(token)) == (403, "account_closed")
        del firebase.people["uid-1"]
        assert code(exchange(token)) == (401, "token_invalid")

    def test_an_account_that_is_closed_here_stays_closed(self, firebase: FakeFirebase) -> None:
        exchange(firebase.token())
        User.objects.update(is_active=False)
        assert code(exchange(firebase.token(auth_time=int(time.time()) - 1))) == (403, "account_closed")

    def test_when_firebase_is_silent_it_is_our_fault_and_not_the_callers(self, firebase: FakeFirebase) -> None:
        token = firebase.token()
        firebase.is_down = True
        answer = exchange(token)
        assert code(answer) == (503, "firebase_unavailable")
        assert answer.headers["Retry-After"]
        firebase.is_down = False
        assert exchange(token).status_code == 200  # it was not used up

    def test_without_a_project_there_is_no_door(self) -> None:
        assert code(exchange("a.b.c")) == (404, "not_configured")
        assert Client().get("/accounts/firebase/").status_code == 404

    def test_an_unknown_field_is_refused(self, firebase: FakeFirebase) -> None:
        assert exchange(firebase.token(), uid="uid-2").status_code == 422


class LinkTests:
    def test_an_address_that_has_an_account_does_not_open_it(self, firebase: FakeFirebase) -> None:
        """Anybody can register somebody else's address at Firebase, or keep one that changed hands."""
        owner = User.objects.create_user("maja@gmail.com", PASSWORD, name="The real Maja")
        assert code(exchange(firebase.token())) == (409, "account_exists")
        assert not FirebaseIdentity.objects.exists()
        assert User.objects.get() == owner

    def test_a_second_address_of_an_account_does_not_open_it_either(self, firebase: FakeFirebase) -> None:
        EmailAddress.objects.create(user=make_user("Maja"), email="maja@gmail.com", verified=True)
        assert code(exchange(firebase.token())) == (409, "account_exists")

    def test_the_same_uid_of_another_project_is_somebody_else(self, firebase: FakeFirebase, settings: Settings) -> None:
        victim = make_user("Victim")
        FirebaseIdentity.objects.create(
            user=victim, project_id="other-project", uid="uid-1", provider="password", email_at_link=victim.email
        )
        told = exchange(firebase.token()).json()
        assert FirebaseIdentity.objects.get(project_id=settings.FIREBASE_PROJECT_ID).user != victim
        assert told["state"] == "signed_in"

    def test_a_second_factor_here_is_asked_for_all_the_same(self, firebase: FakeFirebase) -> None:
        exchange(firebase.token())
        user = User.objects.get()
        secret = totp.generate_totp_secret()
        totp.TOTP.activate(user, secret)
        told = exchange(firebase.token(auth_time=int(time.time()) - 1)).json()
        assert (told["state"], told["access_token"], told["refresh_token"]) == ("second_factor", None, None)
        assert call(told["session_token"], slug_of(user)) == 401
        number = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
        done = Client().post(
            "/_allauth/app/v1/auth/2fa/authenticate",
            {"code": number},
            content_type="application/json",
            headers={"x-session-token": told["session_token"]},
        )
        assert done.status_code == 200
        assert call(done.json()["meta"]["access_token"], slug_of(user)) == 200


class FormTests:
    PATH = "/accounts/firebase/"

    def known(self, firebase: FakeFirebase, email: str = "maja@gmail.com") -> None:
        firebase.passwords[email] = ("firebase-password", firebase.token(email=email))

    def test_the_right_password_signs_in_and_goes_where_one_was_going(self, firebase_form: FakeFirebase) -> None:
        self.known(firebase_form)
        browser = Client()
        sent = {"email": "maja@gmail.com", "password": "firebase-password", "next": "/accounts/email/"}
        answer = browser.post(self.PATH, sent)
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/accounts/email/")
        assert browser.get("/accounts/email/").status_code == 200

    def test_it_never_leads_to_another_site(self, firebase_form: FakeFirebase) -> None:
        self.known(firebase_form)
        sent = {"email": "maja@gmail.com", "password": "firebase-password", "next": "https://evil.example/"}
        assert Client().post(self.PATH, sent).headers["Location"] == "/"

    def test_a_wrong_password_and_an_unknown_address_sound_the_same_and_are_counted(
        self, firebase_form: FakeFirebase
    ) -> None:
        self.known(firebase_form)
        answers = [
            Client().post(self.PATH, {"email": email, "password": "wrong"}) for email in ("maja@gmail.com", "no@x.org")
        ]
        assert [answer.status_code for answer in answers] == [422, 422]
        for answer in answers:
            assert "do not open an account" in answer.content.decode()
            assert "wrong" not in answer.content.decode().replace("went wrong", "")
        last = [Client().post(self.PATH, {"email": "maja@gmail.com", "password": "wrong"}) for _ in range(10)][-1]
        assert last.status_code == 429

    def test_who_is_signed_in_adds_it_after_saying_once_more_who_they_are(self, firebase_form: FakeFirebase) -> None:
        maja = User.objects.create_user("maja@gmail.com", PASSWORD, name="Maja")
        EmailAddress.objects.create(user=maja, email=maja.email, verified=True, primary=True)
        self.known(firebase_form)
        browser = Client()
        browser.force_login(maja)
        assert "/accounts/reauthenticate/" in browser.get(self.PATH).headers["Location"]
        sent = {"email": "maja@gmail.com", "password": "firebase-password"}
        assert browser.post(self.PATH, sent).status_code == 302
        assert not FirebaseIdentity.objects.exists()
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert browser.post(self.PATH, sent).status_code == 302
        assert FirebaseIdentity.objects.get().user == maja
        told = exchange(firebase_form.token(auth_time=int(time.time()) - 1)).json()
        assert told["state"] == "signed_in"

    def test_what_opens_another_account_is_not_moved(self, firebase_form: FakeFirebase) -> None:
        self.known(firebase_form)
        exchange(firebase_form.token(auth_time=int(time.time()) - 1))
        bob = make_user("Bob")
        EmailAddress.objects.create(user=bob, email=bob.email, verified=True, primary=True)
        browser = Client()
        browser.force_login(bob)
        browser.get(self.PATH)
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        answer = browser.post(self.PATH, {"email": "maja@gmail.com", "password": "firebase-password"})
        assert "opens another account" in answer.content.decode()
        assert FirebaseIdentity.objects.get().user != bob


def test_the_emulators_variable_is_refused_in_production() -> None:
    import os  # noqa: PLC0415 - only here
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from multivio.embedded.home import CHECKOUT  # noqa: PLC0415

    def start(debug: str) -> "subprocess.CompletedProcess[str]":
        env = {**os.environ, "DEBUG": debug, "MULTIVIO_SANDBOX": "0", "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099"}
        command = [sys.executable, "-c", "import multivio.settings"]
        return subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=60, check=False)

    refused = start("0")
    assert refused.returncode != 0
    assert ImproperlyConfigured.__name__ in refused.stderr
    assert "FIREBASE_AUTH_EMULATOR_HOST" in refused.stderr
    assert start("1").returncode == 0


def test_a_token_that_expires_between_two_looks_is_not_taken_under_the_emulator(
    firebase: FakeFirebase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google's library skips expiry there, so the look of our own has to hold."""
    from firebase_admin import auth  # noqa: PLC0415 - only here

    now = int(time.time())
    claims = {"uid": "u", "exp": now - 3600, "iat": now - 7200, "auth_time": now, "email": "a@gmail.com"}
    monkeypatch.setattr(auth, "verify_id_token", lambda *_a, **_k: claims)
    assert code(exchange("a.b.c")) == (401, "token_expired")
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        assert exchange("a.b.c").status_code == 401
