"""A zone that changes its rules: what is planned for a time there keeps that time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from multivio import tenancy
from posts import retiming
from posts.models import Post, Publication
from posts.outbox_models import Outbox
from posts.schedule import WallTime
from posts.services import At
from posts.tests import outcomes
from posts.tests.conftest import publication_of
from posts.tests.factories import Cast, make_connection, make_post

NEXT_YEAR = date(datetime.now(UTC).year + 1, 3, 10)
PLANNED = WallTime(NEXT_YEAR, time(9, 0), "Europe/Copenhagen")


@pytest.fixture
def planned(cast: Cast) -> Post:
    return make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=At(PLANNED))


@pytest.fixture
def _an_hour_earlier(planned: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the country had decided to be an hour ahead of what it was when the post was planned."""
    before = WallTime.instant
    monkeypatch.setattr(WallTime, "instant", lambda self: before(self) - timedelta(hours=1))


def test_nothing_moves_while_the_rules_stay(planned: Post) -> None:
    assert retiming.recompute_due_times() == 0
    assert publication_of(planned).error_code == ""


@pytest.mark.usefixtures("_an_hour_earlier")
def test_the_instant_moves_with_the_rules_and_its_people_are_told(planned: Post) -> None:
    before = publication_of(planned).due_at
    assert retiming.recompute_due_times() == 1
    after = publication_of(planned)
    assert before is not None
    assert after.due_at == before - timedelta(hours=1)
    assert "The rules of Europe/Copenhagen changed" in after.error_sentence
    with tenancy.system("test"):
        assert Post.objects.get(pk=planned.pk).due_at == after.due_at
        assert Outbox.objects.filter(publication=after, code="moved").count() == 1
    assert retiming.recompute_due_times() == 0


@pytest.mark.usefixtures("_an_hour_earlier")
def test_the_lane_wakes_by_the_new_time(planned: Post) -> None:
    retiming.recompute_due_times()
    with tenancy.system("test"):
        lane = publication_of(planned).connection.lane
        assert lane.wake_at == publication_of(planned).due_at


@pytest.mark.usefixtures("_an_hour_earlier")
def test_what_was_sent_or_held_is_left_alone(cast: Cast, planned: Post) -> None:
    held = outcomes.held(planned)
    assert retiming.recompute_due_times() == 0
    with tenancy.system("test"):
        assert Publication.objects.get(pk=held.pk).due_at == held.due_at
