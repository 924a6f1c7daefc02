"""Fixtures of selling: a product that sells, and Stripe in the sandbox."""

from typing import Any

import pytest
import stripe
from pytest_django import Settings

from accounts.tests.people import Cast, make_cast
from billing.tests.shop import Shop
from sandbox.testing import Running

SELLS = {
    "BILLING_ENABLED": True,
    "STRIPE_ON_SANDBOX": True,
    "STRIPE_SECRET_KEY": "sk_test_sandbox",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_sandbox_known_to_everybody"],
    "STRIPE_THIN_WEBHOOK_SECRETS": ["whsec_sandbox_thin_known_to_everybody"],
    "STRIPE_TRIAL_DAYS": 0,
}


@pytest.fixture
def selling(settings: Settings) -> Any:
    """Plans hold, and nothing is asked of Stripe."""
    for name, value in SELLS.items():
        setattr(settings, name, value)
    return settings


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def shop(selling: Any, cast: Cast, running_sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The cast's workspace, and a Stripe that has never heard of anybody, at our own time. Its library tries again at once."""
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.001)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
    running_sandbox.control.reset()
    selling.STRIPE_API_URL = f"{running_sandbox.url}/stripe/api"
    return Shop(running_sandbox, cast)
