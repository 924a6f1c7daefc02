"""Fixtures of signing in."""

from collections.abc import Iterator
from typing import Any

import firebase_admin
import pytest
import requests
from firebase_admin import _token_gen, _user_mgt
from pytest_django import Settings

from accounts.signin import firebase_token
from accounts.tests import fake_firebase
from accounts.tests.fake_firebase import FakeFirebase


@pytest.fixture
def firebase(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFirebase]:
    """A Firebase project whose people and keys are the test's. Google's own library talks to it."""
    with fake_firebase.running() as fake:
        monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", f"{fake.url}/certs")
        monkeypatch.setattr(_user_mgt.UserManager, "ID_TOOLKIT_URL", f"{fake.url}/v1")
        monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
        settings.FIREBASE_PROJECT_ID = fake_firebase.PROJECT
        settings.FIREBASE_CREDENTIALS_JSON = fake.credentials()
        settings.FIREBASE_SIGN_IN = True
        _forget_app()
        yield fake
        _forget_app()


def _forget_app() -> None:
    try:
        firebase_admin.delete_app(firebase_admin.get_app(firebase_token.NAME))
    except ValueError:
        return


@pytest.fixture
def firebase_form(firebase: FakeFirebase, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeFirebase:
    """The same, with the form for address and password."""
    settings.FIREBASE_WEB_API_KEY = "web-key"
    real: Any = requests.post

    def here(url: str, **options: Any) -> Any:
        assert url == "https://identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
        assert options["params"] == {"key": "web-key"}
        return real(f"{firebase.url}/v1/accounts:signInWithPassword", **options)

    monkeypatch.setattr(requests, "post", here)
    return firebase
