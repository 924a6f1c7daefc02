"""Guessing at passwords: 10,000 tries get nowhere, lock nobody out, and tell nobody whether there is such an account."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.audit_models import AuditEntry
from accounts.models import User
from accounts.tests.people import PASSWORD, make_user
from multivio import tenancy
from multivio.rates import RATES

LOGIN = "/accounts/login/"
TOKENS = "/_allauth/app/v1/auth/login"
HOME = "198.51.100.10"
ATTACKER = "203.0.113.9"


@pytest.fixture
def maja(db: None) -> User:
    user = make_user("Maja")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def try_page(email: str, password: str = "wrong-password", address: str = ATTACKER, **headers: str) -> Any:
    return Client().post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=address, headers=headers)


def try_program(email: str, password: str = "wrong-password", address: str = ATTACKER) -> Any:
    body = {"email": email, "password": password}
    return Client().post(TOKENS, body, content_type="application/json", REMOTE_ADDR=address)


def entries(user: User) -> list[str]:
    with tenancy.system("test"):
        return list(AuditEntry.objects.filter(target_id=str(user.pk)).order_by("id").values_list("action", flat=True))


class RefusedTests:
    def test_after_ten_tries_the_right_password_does_not_help_from_there(self, maja: User) -> None:
        codes = [try_page(maja.email).status_code for _ in range(RATES["guesses"].amount)]
        assert set(codes) == {200}
        refused = try_page(maja.email, PASSWORD)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "too many tries" in refused.content.decode()
        assert "_auth_user_id" not in refused.client.session

    def test_pages_and_programs_are_counted_together(self, maja: User) -> None:
        for _ in range(RATES["guesses"].amount):
            try_page(maja.email)
        refused = try_program(maja.email, PASSWORD)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert "access_token" not in refused.content.decode()

    def test_another_address_in_a_header_does_not_help(self, maja: User) -> None:
        answers = [try_page(maja.email, **{"x-forwarded-for": f"10.1.1.{n}"}).status_code for n in range(12)]
        assert answers[-1] == 429

    def test_one_address_tries_many_accounts_and_is_stopped(self, db: None) -> None:
        answers = [try_page(f"person-{n}@example.org").status_code for n in range(RATES["sign-in"].amount + 1)]
        assert answers[-1] == 429
        assert try_page("somebody@example.org", address=HOME).status_code == 200

    def test_many_addresses_try_one_account_and_are_stopped(self, maja: User) -> None:
        answers = [try_page(maja.email, address=f"203.0.113.{n}").status_code for n in range(51)]
        assert answers[-1] == 429

    def test_the_support_desk_has_no_door_of_its_own(self, maja: User) -> None:
        User.objects.filter(pk=maja.pk).update(is_staff=True, is_superuser=True)
        answer = Client().post("/admin/login/", {"username": maja.email, "password": PASSWORD})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(LOGIN)
        assert "_auth_user_id" not in answer.client.session
        away = Client().get("/admin/login/?next=https://evil.example/")
        assert "evil" not in away.headers["Location"]

    def test_a_signed_in_person_who_is_not_staff_is_not_sent_round_in_circles(self, maja: User) -> None:
        client = Client()
        client.force_login(maja)
        assert client.get("/admin/login/").status_code == 403


class LockedOutTests:
    def test_nobody_can_lock_somebody_out_of_a_place_where_they_signed_in_before(self, maja: User) -> None:
        assert try_page(maja.email, PASSWORD, HOME).status_code == 302
        for number in range(60):
            try_page(maja.email, address=f"203.0.113.{number}")
        assert try_page(maja.email, PASSWORD, "192.0.2.77").status_code == 429
        assert try_page(maja.email, PASSWORD, HOME).status_code == 302

    def test_the_right_password_uses_nothing_up(self, maja: User) -> None:
        codes = {try_page(maja.email, PASSWORD, HOME).status_code for _ in range(RATES["guesses"].amount + 5)}
        assert codes == {302}


class TrailTests:
    def test_what_was_tried_is_in_the_trail_and_bounded(self, maja: User) -> None:
        for _ in range(40):
            try_page(maja.email)
        assert entries(maja).count("sign_in.failed") == RATES["guesses"].amount
        assert try_page(maja.email, PASSWORD, HOME).status_code == 302
        assert entries(maja)[-1] == "sign_in"


class EnumerationTests:
    """The answers for an address with an account and for one without are the same."""

    def same(self, path: str, known: dict[str, str], unknown: dict[str, str]) -> None:
        one, two = Client().post(path, known), Client().post(path, unknown)
        assert one.status_code == two.status_code
        assert one.headers.get("Location") == two.headers.get("Location")

        def text(answer: Any, sent: dict[str, str]) -> str:
            shown = answer.content.decode()
            for value in sent.values():
                shown = shown.replace(value, "…")
            return " ".join(line for line in shown.splitlines() if "csrf" not in line)

        assert text(one, known) == text(two, unknown)

    def test_signing_in(self, maja: User) -> None:
        fields = {"password": "wrong-password"}
        self.same(LOGIN, {"login": maja.email, **fields}, {"login": "nobody@example.org", **fields})

    def test_a_forgotten_password(self, maja: User) -> None:
        self.same("/accounts/password/reset/", {"email": maja.email}, {"email": "nobody@example.org"})
        assert mail.outbox[0].to == [maja.email]

    def test_a_code_by_mail(self, maja: User) -> None:
        self.same("/accounts/login/code/", {"email": maja.email}, {"email": "nobody@example.org"})

    def test_signing_up_where_addresses_must_be_confirmed(self, maja: User, settings: Any) -> None:
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        fields = {"password1": "a-new-long-password", "name": "Maja"}
        self.same("/accounts/signup/", {"email": maja.email, **fields}, {"email": "nobody@example.org", **fields})
        assert User.objects.filter(email=maja.email).count() == 1

    def test_a_mail_too_many_is_not_sent_and_nobody_can_tell(self, maja: User, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = False
        answers = {
            Client().post("/accounts/password/reset/", {"email": maja.email}).headers["Location"] for _ in range(12)
        }
        assert len(answers) == 1
        assert len(mail.outbox) == RATES["mails"].amount


@pytest.mark.parametrize("path", [LOGIN, "/accounts/signup/", "/accounts/password/reset/"])
def test_the_answer_to_too_many_is_a_page(db: None, settings: Any, path: str) -> None:
    settings.RATE_LIMITS = {"sign-in": (1, 60)}
    Client().post(path, {})
    answer = Client().post(path, {})
    assert answer.status_code == 429
    assert "<h1>Too many tries</h1>" in answer.content.decode()
