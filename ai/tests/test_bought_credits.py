"""Credits beyond the month's: used after those, given back when an answer costs less, and never spent twice."""

from dataclasses import replace
from threading import Event, Semaphore, Thread

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Workspace
from accounts.tests.people import Cast, acting, make_cast
from ai import credits, services
from ai.models import Generation
from ai.orders import order
from ai.tests.cast import AI, TEXT, generations, told
from ai.tests.test_tasks import ask
from billing import packs, plans, standing
from billing.models import Payer
from billing.plans import What
from multivio import tenancy
from multivio.errors import DomainError
from sandbox.testing import Running


@pytest.fixture(autouse=True)
def sold(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The free plan has eight credits a month, just enough for one question, and lets programs in."""
    settings.BILLING_ENABLED = True
    few = replace(plans.FREE, limits={**plans.FREE.limits, What.AI_CREDITS: 8, What.API: None})
    monkeypatch.setattr(standing, "FREE", few)


def give(workspace: Workspace, number: int) -> None:
    packs.give(staff=None, workspace=workspace, credits=number, reason="for a test")


def test_the_months_go_first_and_then_the_bought_ones(sandbox: Running, api: APIClient, cast: Cast) -> None:
    give(cast.workspace, 50)
    for _ in range(10):
        assert ask(api, "shorten").status_code == 200
    usage = api.get(f"{AI}/usage").json()
    assert (usage["used"], usage["left"], usage["bought"]) == (8, 0, 48)
    assert sum(each.bought for each in generations()) == 2


def test_what_was_set_aside_and_not_needed_is_given_back(sandbox: Running, api: APIClient, cast: Cast) -> None:
    give(cast.workspace, 50)
    sandbox.control.add_fault(platform="xai", operation="responses", kind="refuse")
    # 21 are set aside, 13 of them bought.
    assert ask(api, "variants", platforms=["x", "threads"]).status_code == 422
    assert api.get(f"{AI}/usage").json()["bought"] == 50
    assert ask(api, "shorten").status_code == 200
    usage = api.get(f"{AI}/usage").json()
    assert (usage["left"], usage["bought"]) == (7, 50)


def test_who_leaves_before_the_first_byte_gets_back_what_was_set_aside(
    sandbox: Running, api: APIClient, cast: Cast
) -> None:
    """Django drops the answer of a view whose caller has hung up: nobody ever listens to it."""
    give(cast.workspace, 50)
    body = {"task": "variants", "text": TEXT, "platforms": ["x", "threads"]}
    assert api.post(f"{AI}/stream", body).status_code == 200
    (row,) = generations()
    assert (row.asked_at, row.credits, row.bought) == (None, 21, 13)
    assert services.close_lost()["given_back"] == 0  # it may still begin
    with tenancy.system("test"):
        Generation.objects.update(created_at=timezone.now() - services.ABANDONED * 2)
    assert services.close_lost() == {"abandoned": 0, "given_back": 1}
    (row,) = generations()
    assert (row.state, row.error_code, row.credits, row.bought) == ("failed", "not_asked", 0, 0)
    assert packs.left(cast.workspace) == 50
    assert sandbox.control.grok_was_asked() == []


def test_what_was_given_back_is_not_asked_any_more(sandbox: Running, api: APIClient) -> None:
    answer = api.post(f"{AI}/stream", {"task": "shorten", "text": TEXT})
    with tenancy.system("test"):
        Generation.objects.update(created_at=timezone.now() - services.ABANDONED * 2)
    services.close_lost()
    assert [name for name, _ in told(answer)] == ["begun", "error"]
    assert sandbox.control.grok_was_asked() == []
    assert sum(row.credits for row in generations()) == 0


def test_the_wall_shows_the_way_to_more(sandbox: Running, api: APIClient, cast: Cast) -> None:
    ask(api, "shorten")
    refused = ask(api, "shorten")
    assert (refused.status_code, refused.json()["code"]) == (402, "limit_reached")
    assert refused.json()["credits_url"].endswith("/settings/plan/#credits")
    assert "buy credits" in refused.json()["detail"]
    give(cast.workspace, 50)
    assert ask(api, "shorten").status_code == 200


def test_what_the_installation_allows_in_a_month_does_not_cap_them(
    sandbox: Running, api: APIClient, cast: Cast, settings: Settings
) -> None:
    settings.AI_MONTHLY_CREDITS = 0
    assert ask(api, "shorten").json()["code"] == "ai_credits_used_up"
    give(cast.workspace, 10)
    assert ask(api, "shorten").status_code == 200
    said = ask(api, "variants", platforms=["x", "threads"]).json()
    assert "0 are left this month and 9 bought ones" in said["detail"]
    assert said["credits_url"]


def test_they_are_of_everybody_on_the_bill(sandbox: Running, api: APIClient, cast: Cast) -> None:
    with tenancy.system("test"):
        Payer.objects.create(workspace=cast.workspace, paid_by=cast.elsewhere)
    give(cast.workspace, 10)  # to whoever pays for it
    with tenancy.system("test"):
        assert cast.elsewhere.credit_packs.count() == 1
    for _ in range(9):
        assert ask(api, "shorten").status_code == 200
    assert packs.left(cast.elsewhere) == packs.left(cast.workspace) == 9


def test_whom_another_pays_for_is_offered_none(api: APIClient, cast: Cast) -> None:
    with tenancy.system("test"):
        Payer.objects.create(workspace=cast.workspace, paid_by=cast.elsewhere)
    refused = ask(api, "variants", platforms=["x", "threads"]).json()
    assert refused["detail"].endswith(f"{cast.elsewhere.name} pays for this workspace: more is chosen there.")
    assert "credits_url" not in refused


def test_an_answer_that_costs_more_than_set_aside_takes_what_there_is(cast: Cast) -> None:
    """A dearer model stands in."""
    give(cast.workspace, 2)
    with acting(cast.alice, cast.workspace):
        row = Generation.objects.create(
            workspace=cast.workspace, task="shorten", prompt_version=1, prompt_hash="", credits=3
        )
        assert credits.settle(cast.workspace, row, 14) == 2
        assert packs.left(cast.workspace) == 0


def test_two_at_once_cannot_spend_the_same_bought_credits(
    sandbox: Running, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = make_cast()
    give(cast.workspace, 8)  # with the month's eight: enough for two to be set aside
    with acting(cast.alice, cast.workspace) as actor:
        pass
    made = order(task="shorten", kinds=("transform",), text=TEXT)
    outcomes: list[str] = []
    refused, gate, write = Semaphore(0), Event(), services.write

    def slowly(work: services.Work) -> services.Outcome:
        assert gate.wait(30)  # nobody's answer comes before everybody has asked
        return write(work)

    def go() -> None:
        try:
            services.perform(actor=actor, order=made)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
            refused.release()
        finally:
            connection.close()

    monkeypatch.setattr(services, "write", slowly)
    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert refused.acquire(timeout=30)
    assert refused.acquire(timeout=30)
    gate.set()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "done", "limit_reached", "limit_reached"]
    # Each has cost one in the end. Who ends while the other still has all of the month's set aside pays with a bought one.
    assert sum(each.credits for each in generations()) == 2
    assert packs.left(cast.workspace) in {7, 8}
