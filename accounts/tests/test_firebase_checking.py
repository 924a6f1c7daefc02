"""Every hour Firebase is asked about the people who are signed in with it: whom it closed is signed out here at once."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.models import FirebaseIdentity, User
from accounts.notification_models import Notification
from accounts.signin.firebase_checking import check_due
from accounts.tasks import check_firebase
from accounts.tests.fake_firebase import FakeFirebase
from accounts.tests.people import PASSWORD
from accounts.tests.test_firebase import DOOR, call, code, exchange, slug_of
from multivio import tenancy

pytestmark = pytest.mark.real_commits
EARLIER = 60  # seconds


class Guest:
    """Somebody signed in with Firebase a minute ago, in a browser and in a program."""

    def __init__(self, firebase: FakeFirebase) -> None:
        self.began = int(time.time()) - EARLIER
        self.access = exchange(self.token(firebase, 0)).json()["access_token"]
        self.browser = Client()
        assert self.enter(firebase, self.browser, 1).status_code == 200
        self.user = User.objects.get(email="maja@gmail.com")
        self.slug = slug_of(self.user)
        assert self.is_in() == (True, True)

    def token(self, firebase: FakeFirebase, number: int) -> str:
        return firebase.token(iat=self.began + number, auth_time=self.began + number)

    def enter(self, firebase: FakeFirebase, browser: Client, number: int) -> Any:
        sent = {"id_token": self.token(firebase, number), "kind": "session"}
        return browser.post(DOOR, sent, content_type="application/json")

    def is_in(self) -> tuple[bool, bool]:
        """In the browser, and with the program's token."""
        return self.browser.get("/accounts/email/").status_code == 200, call(self.access, self.slug) == 200


@pytest.fixture
def guest(firebase: FakeFirebase) -> Guest:
    return Guest(firebase)


def an_hour_later() -> None:
    FirebaseIdentity.objects.update(checked_at=timezone.now() - timedelta(hours=1))


def said() -> list[tuple[str, str, dict[str, Any]]]:
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(action="sign_in.ended").order_by("id")
        return [(row.who, row.reason, row.content["after"]) for row in rows]


def close(firebase: FakeFirebase) -> None:
    firebase.people["uid-1"]["disabled"] = True


def delete(firebase: FakeFirebase) -> None:
    del firebase.people["uid-1"]


def revoke(firebase: FakeFirebase) -> None:
    firebase.people["uid-1"]["validSince"] = str(int(time.time()) - EARLIER // 2)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (close, "The account at Firebase was closed"),
        (delete, "The account at Firebase was deleted"),
        (revoke, "Firebase ended the sign-ins of the account"),
    ],
)
def test_it_ends_sessions_and_tokens_at_once_and_says_so(
    firebase: FakeFirebase, guest: Guest, act: Any, why: str
) -> None:
    act(firebase)
    assert guest.is_in() == (True, True)
    check_firebase()
    assert guest.is_in() == (False, False)
    assert said() == [("Multivio", why, {"provider": "firebase", "sessions": 2})]
    with tenancy.tenant(user_id=guest.user.pk):
        told = Notification.objects.get(user=guest.user)
    assert (told.kind, told.title) == ("security", "You were signed out")
    assert why[1:] in told.body


def test_who_is_closed_or_deleted_there_is_told_when_they_come_back(firebase: FakeFirebase, guest: Guest) -> None:
    again = guest.token(firebase, 10), guest.token(firebase, 11)
    close(firebase)
    check_due()
    refused = exchange(again[0])
    assert code(refused) == (403, "account_closed")
    assert refused.json()["detail"] == "This account is closed at Firebase."
    delete(firebase)
    assert exchange(again[1]).json()["detail"] == "This account was deleted at Firebase."


def test_who_may_come_back_is_told_once_why_they_had_to(firebase: FakeFirebase, guest: Guest) -> None:
    revoke(firebase)
    check_due()
    assert guest.enter(firebase, guest.browser, EARLIER).status_code == 200
    sentence = "You were signed out because Firebase ended the sign-ins of the account."
    assert sentence in guest.browser.get("/accounts/email/").content.decode()
    another = Client()
    assert guest.enter(firebase, another, EARLIER - 1).status_code == 200
    assert sentence not in another.get("/accounts/email/").content.decode()
    an_hour_later()
    assert check_due() == 0  # the new session began after that
    assert guest.browser.get("/accounts/email/").status_code == 200


def test_sessions_that_began_otherwise_stay(firebase: FakeFirebase, guest: Guest) -> None:
    guest.user.set_password(PASSWORD)
    guest.user.save()
    browser = Client()
    browser.post("/accounts/login/", {"login": guest.user.email, "password": PASSWORD})
    close(firebase)
    check_due()
    assert browser.get("/accounts/email/").status_code == 200
    assert UserSession.objects.filter(user=guest.user).count() == 1


def test_silence_of_firebase_signs_nobody_out_and_is_asked_again(firebase: FakeFirebase, guest: Guest) -> None:
    close(firebase)
    firebase.is_down = True
    assert check_due() == 0
    assert guest.is_in() == (True, True)
    assert said() == []
    firebase.is_down = False
    assert check_due() == 2


def test_each_is_asked_about_once_an_hour(firebase: FakeFirebase, guest: Guest) -> None:
    firebase.asked.clear()
    check_due()
    check_due()
    assert firebase.asked == [["uid-1"]]
    an_hour_later()
    check_due()
    assert len(firebase.asked) == 2


def test_a_hundred_are_asked_about_together_and_only_who_is_signed_in(firebase: FakeFirebase) -> None:
    users = User.objects.bulk_create(User(email=f"person-{number}@example.org") for number in range(103))
    FirebaseIdentity.objects.bulk_create(
        FirebaseIdentity(user=user, project_id="multivio-test", uid=f"uid-{user.pk}", provider="password")
        for user in users
    )
    UserSession.objects.bulk_create(
        UserSession(user=user, ip="::1", session_key=f"key-{user.pk}") for user in users[2:]
    )
    check_due()
    assert [len(uids) for uids in firebase.asked] == [100, 1]


def test_where_firebase_is_not_configured_nobody_is_asked(db: None) -> None:
    assert check_due() == 0
