"""Notifications leave by mail, digest and push; what could not be sent is tried again."""

from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import Settings

from accounts import delivering, push
from accounts.delivering import deliver
from accounts.models import User
from accounts.notification_models import Delivery, Device, Kind, Notification
from accounts.notifications import notify
from accounts.tests.people import Cast, make_cast
from multivio import tenancy

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def tell(cast: Cast, user: User | None = None, title: str = "A post failed", **more: Any) -> None:
    said = {"kind": Kind.FAILED, "workspace": cast.workspace, "body": "X said no.", "url": "/w/norre/", **more}
    notify(users=[user or cast.alice], title=title, **said)


def in_time() -> None:
    """As if the time of everything had come."""
    with tenancy.system("test clock"):
        Delivery.objects.filter(sent_at=None).update(due_at="2026-01-01T00:00:00Z")


class MailTests:
    def test_it_waits_a_moment_for_more(self, cast: Cast) -> None:
        tell(cast)
        assert deliver() == 0

    def test_one_thing_is_its_own_subject(self, cast: Cast, settings: Settings) -> None:
        settings.BASE_URL = "https://multivio.example"
        tell(cast)
        in_time()
        assert deliver() == 1
        (letter,) = mail.outbox
        assert (letter.to, letter.subject) == ([cast.alice.email], "A post failed")
        assert "X said no." in letter.body
        assert "https://multivio.example/w/norre/" in letter.body
        assert "https://multivio.example/accounts/notifications/" in letter.body

    def test_several_are_one_mail_a_person_and_workspace(self, cast: Cast) -> None:
        for number in range(3):
            tell(cast, title=f"number {number}")
        tell(cast, cast.bob)
        tell(cast, workspace=None, title="Your account")
        in_time()
        assert deliver() == 3
        assert sorted(letter.subject for letter in mail.outbox) == [
            "3 news from Norre Studio",
            "A post failed",
            "Your account",
        ]

    def test_it_is_sent_once(self, cast: Cast) -> None:
        tell(cast)
        in_time()
        assert [deliver(), deliver()] == [1, 0]

    def test_what_was_read_meanwhile_needs_no_mail(self, cast: Cast) -> None:
        tell(cast)
        with tenancy.system("test"):
            Notification.objects.update(read_at="2026-01-01T00:00:00Z")
        in_time()
        assert deliver() == 0

    def test_a_mail_server_that_is_away_is_tried_again(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tell(cast)
        in_time()
        with monkeypatch.context() as away:
            away.setattr(EmailBackend, "send_messages", _refuse)
            assert deliver() == 0
        assert deliver() == 0  # for a while
        in_time()
        assert deliver() == 1

    def test_it_is_given_up_in_the_end(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tell(cast)
        monkeypatch.setattr(EmailBackend, "send_messages", _refuse)
        for _ in range(delivering.MOST_TRIES + 2):
            in_time()
            deliver()
        with tenancy.system("test"):
            (row,) = Delivery.objects.all()
        assert (row.tries, row.sent_at, row.error) == (delivering.MOST_TRIES, None, "ConnectionRefusedError")

    def test_a_digest_says_that_it_is_one(self, cast: Cast) -> None:
        tell(cast, kind=Kind.INVITATION, title="Bob joined")
        tell(cast, kind=Kind.INVITATION, title="Erin joined")
        in_time()
        deliver()
        (letter,) = mail.outbox
        assert letter.subject == "Norre Studio: 2 things since yesterday"

    def test_a_line_break_in_a_title_is_no_header(self, cast: Cast) -> None:
        tell(cast, title="A post\r\nBcc: everybody@example.org")
        in_time()
        deliver()
        assert mail.outbox[0].subject == "A post Bcc: everybody@example.org"


def _refuse(*_args: Any) -> int:
    raise ConnectionRefusedError


class PushTests:
    @pytest.fixture(autouse=True)
    def _on(self, settings: Settings) -> None:
        settings.PUSH_ENABLED = True

    @pytest.fixture
    def sent(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
        calls: list[tuple[str, list[str]]] = []

        def send(notification: Notification, tokens: list[str]) -> list[str]:
            calls.append((notification.title, tokens))
            return [token for token in tokens if token.startswith("gone")]

        monkeypatch.setattr(push, "send", send)
        return calls

    def device(self, user: User, token: str) -> None:
        with tenancy.system("test"):
            Device.objects.create(user=user, token=token, system="android")

    def test_every_device_of_the_person_gets_it(self, cast: Cast, sent: list[Any]) -> None:
        self.device(cast.alice, "one")
        self.device(cast.alice, "two")
        self.device(cast.bob, "other")
        tell(cast)
        deliver()
        assert sent == [("A post failed", ["one", "two"])]

    def test_a_device_that_is_gone_is_forgotten(self, cast: Cast, sent: list[Any]) -> None:
        self.device(cast.alice, "gone-1")
        self.device(cast.alice, "two")
        tell(cast)
        deliver()
        with tenancy.system("test"):
            assert list(Device.objects.values_list("token", flat=True)) == ["two"]

    def test_who_has_no_device_gets_none(self, cast: Cast, sent: list[Any]) -> None:
        tell(cast)
        deliver()
        assert sent == []

    def test_without_a_project_nothing_is_pushed(self, cast: Cast, sent: list[Any], settings: Settings) -> None:
        self.device(cast.alice, "one")
        settings.PUSH_ENABLED = False
        tell(cast)
        deliver()
        assert sent == []

    def test_what_failed_is_tried_again(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.device(cast.alice, "one")
        tell(cast)

        def fail(*_args: Any) -> list[str]:
            raise push.PushFailed("UnavailableError")

        monkeypatch.setattr(push, "send", fail)
        deliver()
        with tenancy.system("test"):
            row = Delivery.objects.get(channel="push")
        assert (row.sent_at, row.error, row.tries) == (None, "UnavailableError", 1)


class ForgettingTests:
    def test_old_notifications_go(self, cast: Cast) -> None:
        tell(cast)
        assert delivering.purge() == 0
        with tenancy.system("test clock"):
            Notification.objects.update(created_at="2020-01-01T00:00:00Z")
        assert delivering.purge() > 0
