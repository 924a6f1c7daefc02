"""The plan's credits, where plans are sold."""

from dataclasses import replace

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from ai.tests.cast import AI
from ai.tests.test_tasks import ask
from billing import plans, standing
from billing.plans import What
from sandbox.testing import Running


@pytest.fixture(autouse=True)
def sold(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The free plan has eight credits a month, just enough for one question and its repair, and lets programs in."""
    settings.BILLING_ENABLED = True
    few = replace(plans.FREE, limits={**plans.FREE.limits, What.AI_CREDITS: 8, What.API: None})
    monkeypatch.setattr(standing, "FREE", few)


def test_they_end_with_a_way_to_more(sandbox: Running, api: APIClient) -> None:
    assert ask(api, "shorten").status_code == 200
    usage = api.get(f"{AI}/usage").json()
    assert (usage["used"], usage["left"]) == (1, 7)
    refused = ask(api, "shorten").json()
    assert (refused["code"], refused["limit"], refused["used"]) == ("limit_reached", 8, 1)
    assert refused["upgrade_url"]


def test_what_the_installation_allows_may_end_before(sandbox: Running, api: APIClient, settings: Settings) -> None:
    settings.AI_MONTHLY_CREDITS = 7
    assert api.get(f"{AI}/usage").json()["left"] == 7
    assert ask(api, "shorten").json()["code"] == "ai_credits_used_up"
