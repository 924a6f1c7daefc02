"""Fixtures of ai's tests."""

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.tests.people import Cast, make_cast
from ai import tries
from ai.tests.cast import caller
from ai.tests.web import pages

__all__ = ["pages"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """No test waits for a pause, nor remembers another's failures."""
    monkeypatch.setattr(tries, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(tries, "breaker", tries.Breaker())
    settings.AI_READ_SECONDS = 0.4


@pytest.fixture(params=["responses", "chat"])
def dialect(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Both ways of asking, one after the other; named as the sandbox names its operations."""
    settings.XAI_API = request.param
    return str(request.param)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def api(cast: Cast) -> APIClient:
    return caller(cast.alice, cast.workspace)
