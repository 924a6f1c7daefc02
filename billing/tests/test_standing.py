"""What a workspace has is one question, and its answer is nobody else's."""

from datetime import UTC, datetime

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import create_workspace
from accounts.tests.people import Cast, acting
from billing import limits, services, standing
from billing.models import Comp, Payer, Subscription
from billing.plans import What
from billing.tests.shop import give
from multivio import tenancy

pytestmark = pytest.mark.usefixtures("selling")
Day = tuple[int, int, int]


def at(day: Day, hour: int = 12) -> datetime:
    return datetime(*day, hour, tzinfo=UTC)


def test_it_is_asked_once(cast: Cast) -> None:
    give(cast.workspace, "team")
    with acting(cast.alice, cast.workspace), CaptureQueriesContext(database) as caught:
        assert standing.of(cast.workspace).plan.key == "team"
    asked = [q["sql"] for q in caught.captured_queries if "mv_standing" in q["sql"] or "billing_" in q["sql"]]
    assert len(asked) == 1


def test_whoever_is_in_a_workspace_is_told_of_the_plan_that_another_pays(cast: Cast) -> None:
    give(cast.workspace, "team")
    client = create_workspace(owner=cast.alice, name="A client")
    with acting(cast.alice, client):
        found = standing.of(client)
        assert (found.plan.key, found.workspace_id) == ("team", cast.workspace.pk)
        assert set(found.group) == {cast.workspace.pk, client.pk}


def test_a_stranger_who_names_the_workspace_is_told_nothing(cast: Cast) -> None:
    give(cast.workspace, "team")
    with tenancy.tenant(user_id=cast.charlie.pk, workspace_id=cast.workspace.pk), database.cursor() as cursor:
        cursor.execute("select count(*) from mv_standing(%s)", [timezone.now()])
        assert cursor.fetchone()[0] == 0
        cursor.execute("select count((comp).id) from mv_standing_of(%s, %s)", [cast.workspace.pk, timezone.now()])
        assert cursor.fetchone()[0] == 0


def test_what_is_written_in_a_transaction_holds_in_it(cast: Cast) -> None:
    with acting(cast.alice, cast.workspace):
        assert not limits.allows(cast.workspace, What.APPROVAL)
        comp = give(cast.workspace, "team")
        assert limits.allows(cast.workspace, What.APPROVAL)
        services.take_back_plan(staff=None, comp=comp)
        assert not limits.allows(cast.workspace, What.APPROVAL)
        with tenancy.system("test"):
            Payer.objects.create(workspace=cast.workspace, paid_by=cast.elsewhere)
            Comp.objects.create(workspace=cast.elsewhere, plan="team", reason="for a test", ends_at=comp.ends_at)
        limits.require(cast.workspace, What.APPROVAL)


def test_the_newest_of_two_gifts_holds(cast: Cast) -> None:
    give(cast.workspace, "agency")
    give(cast.workspace, "creator")
    with acting(cast.alice, cast.workspace):
        found = standing.of(cast.workspace)
        assert (found.plan.key, len(found.group)) == ("creator", 1)


@pytest.mark.parametrize(
    ("begun", "period", "moment", "month"),
    [
        ((2026, 1, 10), (2026, 3, 10), (2026, 3, 12), ((2026, 3, 10), (2026, 4, 10))),
        ((2026, 1, 10), (2026, 3, 10), (2026, 2, 20), ((2026, 2, 10), (2026, 3, 10))),  # before the period that runs
        ((2026, 1, 10), (2026, 3, 10), (2026, 1, 10), ((2026, 1, 10), (2026, 2, 10))),
        ((2026, 1, 10), (2026, 3, 10), (2026, 1, 9), ((2026, 1, 1), (2026, 2, 1))),  # before it began
        ((2026, 1, 10), (2026, 1, 10), (2026, 7, 9), ((2026, 6, 10), (2026, 7, 10))),  # within a year that was paid
        ((2026, 1, 31), (2026, 2, 28), (2026, 3, 29), ((2026, 2, 28), (2026, 3, 31))),
        ((2026, 1, 31), (2026, 2, 28), (2026, 1, 31), ((2026, 1, 31), (2026, 2, 28))),
        ((2026, 1, 10), (2026, 1, 24), (2026, 1, 12), ((2026, 1, 10), (2026, 1, 24))),  # on trial
        ((2026, 1, 10), (2026, 1, 24), (2026, 2, 23), ((2026, 1, 24), (2026, 2, 24))),
    ],
)  # fmt: skip
def test_each_moment_is_in_one_month_of_the_plan(
    cast: Cast, begun: Day, period: Day, moment: Day, month: tuple[Day, Day]
) -> None:
    with tenancy.system("test"):
        Subscription.objects.create(
            workspace=cast.workspace, stripe_id="sub_1", status="active", plan="team", interval="month", currency="eur",
            started_at=at(begun), period_start=at(period), period_end=timezone.now(), asked_at=timezone.now(),
        )  # fmt: skip
    found = standing.of(cast.workspace, period_of=at(moment))
    hour = 0 if month[0][2] == 1 else 12  # the calendar's begin at midnight
    assert (found.period_start, found.period_end) == (at(month[0], hour), at(month[1], hour))
