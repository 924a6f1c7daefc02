"""What Firebase Cloud Messaging is asked, and what its answers mean. Its client is real, its network is not."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import exceptions, messaging
from pytest_django import Settings

from accounts import push
from accounts.notification_models import Notification

TOLD = Notification(kind="failed", title="A post failed", body="X said no." * 100, url="/w/norre/posts/1/")


@pytest.fixture(autouse=True)
def _project(settings: Settings) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.BASE_URL = "https://multivio.example"
    settings.FIREBASE_PROJECT_ID = "multivio-test"
    settings.FIREBASE_CREDENTIALS_JSON = json.dumps(
        {
            "type": "service_account",
            "project_id": "multivio-test",
            "private_key": key.decode().replace("\n", "\\n"),  # as secret stores escape it
            "client_email": "push@multivio-test.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )


def answers(monkeypatch: pytest.MonkeyPatch, *found: Exception | None) -> list[Any]:
    asked: list[Any] = []

    def send(message: Any, app: Any) -> Any:
        asked.append((message, app))
        return SimpleNamespace(responses=[SimpleNamespace(exception=one) for one in found])

    monkeypatch.setattr(messaging, "send_each_for_multicast", send)
    return asked


def test_it_asks_for_one_message_to_every_device(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, None, None)
    assert push.send(TOLD, ["one", "two"]) == []
    ((message, app),) = asked
    assert (message.tokens, message.notification.title) == (["one", "two"], "A post failed")
    assert len(message.notification.body) == 300
    assert message.data["url"] == "https://multivio.example/w/norre/posts/1/"
    assert app.project_id == "multivio-test"


def test_tokens_of_apps_that_are_gone_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, messaging.UnregisteredError("gone"), None)
    assert push.send(TOLD, ["one", "two"]) == ["one"]


@pytest.mark.parametrize("error", [exceptions.UnavailableError("later"), messaging.QuotaExceededError("slow down")])
def test_what_reached_nobody_is_to_be_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answers(monkeypatch, error, error)
    with pytest.raises(push.PushFailed):
        push.send(TOLD, ["one", "two"])


def test_what_reached_somebody_is_not_sent_to_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, exceptions.UnavailableError("later"), None)
    assert push.send(TOLD, ["one", "two"]) == []
