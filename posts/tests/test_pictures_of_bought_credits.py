"""Pictures that are paid with bought credits: what is not needed goes back, however a drawing ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from ai import drawing, tries
from ai.models import Generation
from billing import packs, plans, standing
from billing.plans import What
from multivio import tenancy
from posts.tasks import draw_waiting
from posts.tests.factories import Cast
from posts.tests.test_pictures import age, ask, drawn
from sandbox.testing import Running


@pytest.fixture(autouse=True)
def sold(settings: Settings, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    """The month's are five, a picture costs twenty, and fifty were bought."""
    monkeypatch.setattr(tries, "breaker", tries.Breaker())
    settings.BILLING_ENABLED = True
    few = replace(plans.FREE, limits={**plans.FREE.limits, What.AI_CREDITS: 5, What.API: None})
    monkeypatch.setattr(standing, "FREE", few)
    packs.give(staff=None, workspace=cast.workspace, credits=50, reason="for a test")


def spent() -> list[tuple[int, int]]:
    with tenancy.system("test"):
        return list(Generation.objects.values_list("credits", "bought"))


def test_it_takes_them_after_the_months(sandbox: Running, api: APIClient, cast: Cast) -> None:
    assert drawn(api)["state"] == "done"
    assert (spent(), packs.left(cast.workspace)) == ([(20, 15)], 35)


def test_a_refused_one_gives_them_back(sandbox: Running, api: APIClient, cast: Cast) -> None:
    sandbox.control.add_fault(platform="xai", operation="images", kind="refuse")
    assert drawn(api)["error_code"] == "ai_refused"
    assert (spent(), packs.left(cast.workspace)) == ([(0, 0)], 50)


def test_so_does_one_that_nobody_took_up(sandbox: Running, api: APIClient, cast: Cast) -> None:
    ask(api)
    assert packs.left(cast.workspace) == 35
    age(timedelta(minutes=61))
    draw_waiting()
    assert (spent(), packs.left(cast.workspace)) == ([(0, 0)], 50)


def test_one_that_was_lost_and_may_have_been_paid_keeps_them(sandbox: Running, api: APIClient, cast: Cast) -> None:
    ask(api)
    turn = drawing.take(drawing.waiting()[0])
    assert turn is not None
    with tenancy.system("test"):
        drawing.end(turn.pk, state=Generation.State.FAILED, error_code="abandoned")
    assert (spent(), packs.left(cast.workspace)) == ([(20, 15)], 35)


def test_whoever_asks_takes_the_locks_of_the_bill_in_everybodys_order(
    sandbox: Running, api: APIClient, cast: Cast
) -> None:
    """The account's row, then the lock of counting, as billing/sync.py has it."""
    with CaptureQueriesContext(connection) as asked:
        ask(api)
    said = [each["sql"] for each in asked.captured_queries]
    rows = [at for at, sql in enumerate(said) if "billing_billingaccount" in sql and "FOR UPDATE" in sql]
    locks = [at for at, sql in enumerate(said) if "pg_advisory_xact_lock" in sql]
    assert rows[0] < locks[0]
