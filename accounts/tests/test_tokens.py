"""Tokens of people who sign in from programs: only at the end of signing in, used once to renew, and over at once."""

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.people import PASSWORD, Cast, add_member, make_cast

AUTH = "/_allauth/app/v1"
POSTS = "/api/v1/posts"


@pytest.fixture
def cast(db: None) -> Cast:
    cast = make_cast()
    for user in (cast.alice, cast.bob):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return cast


def post(path: str, body: dict[str, Any], **headers: str) -> Any:
    return Client().post(f"{AUTH}/{path}", body, content_type="application/json", headers=headers)


def sign_in(user: User, password: str = PASSWORD) -> Any:
    return post("auth/login", {"email": user.email, "password": password})


def tokens_of(answer: Any) -> tuple[str, str]:
    meta = answer.json()["meta"]
    return meta["access_token"], meta["refresh_token"]


def call(token: str, slug: str = "", method: str = "get", body: Any = None) -> Any:
    headers: dict[str, str] = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    if slug:
        headers["HTTP_MULTIVIO_WORKSPACE"] = slug
    return getattr(APIClient(), method)(POSTS, body, **headers)


class CallTests:
    def test_a_person_signs_in_and_works_in_the_workspace_that_is_named(self, cast: Cast) -> None:
        add_member(cast.elsewhere, cast.alice)
        access, _refresh = tokens_of(sign_in(cast.alice))
        assert call(access, cast.workspace.slug, "post", {"text": "Hi"}).status_code == 201
        assert len(call(access, cast.workspace.slug).json()["results"]) == 1
        assert call(access, cast.elsewhere.slug).json()["results"] == []

    def test_without_a_workspace_it_says_what_is_missing(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        answer = call(access)
        assert (answer.status_code, answer.json()["code"]) == (400, "workspace_needed")

    def test_a_workspace_one_is_not_in_is_like_one_that_is_not_there(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        answers = [call(access, slug) for slug in (cast.elsewhere.slug, "nothing-like-it")]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert answers[0].json()["detail"] == answers[1].json()["detail"]

    def test_a_token_in_a_cookies_place_or_of_another_kind_is_nobody(self, cast: Cast) -> None:
        access, refresh = tokens_of(sign_in(cast.alice))
        for wrong in (refresh, access[:-4] + "AAAA", access.rpartition(".")[0] + ".", "x", "a.b.c"):
            answer = call(wrong, cast.workspace.slug)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        assert Client().get(POSTS, headers={"x-session-token": access}).status_code == 401

    def test_a_token_that_names_no_algorithm_or_another_key_is_nobody(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        claims = jwt.decode(access, options={"verify_signature": False})
        forged = [
            jwt.encode(claims, "", algorithm="none"),
            jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode({**claims, "sub": str(cast.bob.pk)}, "x" * 64, algorithm="HS256"),
        ]
        assert [call(token, cast.workspace.slug).status_code for token in forged] == [401, 401, 401]

    def test_it_needs_no_csrf_token_since_no_browser_sends_it_by_itself(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        client = Client(enforce_csrf_checks=True)
        headers: Any = {"authorization": f"Bearer {access}", "multivio-workspace": cast.workspace.slug}
        answer = client.post(POSTS, {"text": "Hi"}, content_type="application/json", headers=headers)
        assert answer.status_code == 201


class SecondFactorTests:
    def test_the_password_alone_gives_no_token_to_who_has_a_second_factor(self, cast: Cast) -> None:
        secret = totp.generate_totp_secret()
        totp.TOTP.activate(cast.alice, secret)
        first = sign_in(cast.alice)
        assert first.status_code == 401
        assert "access_token" not in first.json()["meta"]
        session = first.json()["meta"]["session_token"]
        assert call(session, cast.workspace.slug).status_code == 401
        code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
        second = post("auth/2fa/authenticate", {"code": code}, **{"x-session-token": session})
        assert second.status_code == 200
        assert call(tokens_of(second)[0], cast.workspace.slug).status_code == 200

    def test_an_address_that_is_not_confirmed_gives_no_token(self, cast: Cast, settings: Any) -> None:
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        EmailAddress.objects.filter(user=cast.alice).update(verified=False)
        answer = sign_in(cast.alice)
        assert answer.status_code == 401
        assert "access_token" not in answer.json()["meta"]


class EndTests:
    def test_it_ends_with_its_session_at_once(self, cast: Cast) -> None:
        access, refresh = tokens_of(sign_in(cast.alice))
        assert call(access, cast.workspace.slug).status_code == 200
        for listed in UserSession.objects.filter(user=cast.alice):
            listed.end()
        assert call(access, cast.workspace.slug).status_code == 401
        assert post("tokens/refresh", {"refresh_token": refresh}).status_code == 400

    def test_signing_out_from_the_program_ends_it(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        gone = Client().delete(f"{AUTH}/auth/session", headers={"authorization": f"Bearer {access}"})
        assert gone.status_code == 401
        assert call(access, cast.workspace.slug).status_code == 401

    def test_a_changed_password_ends_it(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        cast.alice.set_password("another-long-password")
        cast.alice.save()
        assert call(access, cast.workspace.slug).status_code == 401

    def test_a_closed_account_ends_it(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        User.objects.filter(pk=cast.alice.pk).update(is_active=False)
        assert call(access, cast.workspace.slug).status_code == 401

    def test_leaving_the_workspace_closes_it_there(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.bob))
        from multivio import tenancy  # noqa: PLC0415 - only here

        with tenancy.system("test"):
            cast.workspace.members.filter(user=cast.bob).delete()
        assert call(access, cast.workspace.slug).status_code == 403

    def test_it_expires_after_ten_minutes(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        with time_machine.travel(timezone.now() + timedelta(minutes=11)):
            assert call(access, cast.workspace.slug).status_code == 401


class RenewalTests:
    def test_each_renewal_gives_a_new_pair(self, cast: Cast) -> None:
        _access, refresh = tokens_of(sign_in(cast.alice))
        answer = post("tokens/refresh", {"refresh_token": refresh})
        assert answer.status_code == 200
        fresh = answer.json()["data"]
        assert fresh["refresh_token"] != refresh
        assert call(fresh["access_token"], cast.workspace.slug).status_code == 200

    def test_a_second_use_of_a_refresh_token_ends_the_session_for_both(self, cast: Cast) -> None:
        _access, stolen = tokens_of(sign_in(cast.alice))
        fresh = post("tokens/refresh", {"refresh_token": stolen}).json()["data"]
        assert post("tokens/refresh", {"refresh_token": stolen}).status_code == 400
        assert call(fresh["access_token"], cast.workspace.slug).status_code == 401
        assert post("tokens/refresh", {"refresh_token": fresh["refresh_token"]}).status_code == 400
        assert not UserSession.objects.filter(user=cast.alice).exists()

    def test_nothing_is_renewed_for_longer_than_ninety_days(self, cast: Cast) -> None:
        _access, refresh = tokens_of(sign_in(cast.alice))
        began = timezone.now()
        for day in range(20, 90, 20):
            with time_machine.travel(began + timedelta(days=day)):
                answer = post("tokens/refresh", {"refresh_token": refresh})
                assert answer.status_code == 200, day
                refresh = answer.json()["data"]["refresh_token"]
        with time_machine.travel(began + timedelta(days=91)):
            assert post("tokens/refresh", {"refresh_token": refresh}).status_code == 400

    def test_an_access_token_renews_nothing(self, cast: Cast) -> None:
        access, _refresh = tokens_of(sign_in(cast.alice))
        assert post("tokens/refresh", {"refresh_token": access}).status_code == 400


def test_there_is_no_other_door_that_hands_out_tokens() -> None:
    import importlib.util  # noqa: PLC0415 - only here

    assert importlib.util.find_spec("rest_framework_simplejwt") is None
    assert "rest_framework.authtoken" not in settings.INSTALLED_APPS
