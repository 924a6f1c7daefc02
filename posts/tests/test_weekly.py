"""The summary of the week comes on its first morning, where the workspace lives."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from accounts.models import Workspace
from accounts.notification_models import Notification
from accounts.tests.people import make_workspace
from multivio import tenancy
from posts.tests.factories import Cast, make_cast, make_connection, make_post
from posts.tests.pages import put_into
from posts.weekly import Summary, tell_of_the_week

pytestmark = pytest.mark.django_db
MONDAY_EIGHT = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)  # 08:00 in Copenhagen


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def happened(cast: Cast, workspace: Workspace | None = None) -> None:
    where = workspace or cast.workspace
    for state, at in (
        ("published", "2026-11-25T12:00Z"),
        ("published", "2026-11-10T12:00Z"),
        ("failed", "2026-11-29T12:00Z"),
    ):
        post = make_post(cast.alice, where, make_connection(where))
        put_into(post, state, finished_at=datetime.fromisoformat(at))


def told(user: Any) -> list[str]:
    with tenancy.system("test"):
        return list(Notification.objects.filter(user=user, kind="weekly").values_list("body", flat=True))


def test_every_member_hears_what_the_week_was(cast: Cast) -> None:
    happened(cast)
    with time_machine.travel(MONDAY_EIGHT, tick=False):
        assert tell_of_the_week() == 2
    assert (
        told(cast.alice)
        == told(cast.bob)
        == ["1 post published, 1 failed. No posts planned for the week ahead. 1 needs you."]
    )
    assert told(cast.charlie) == []


def test_it_comes_once(cast: Cast) -> None:
    happened(cast)
    for minutes in (0, 1, 60):
        with time_machine.travel(MONDAY_EIGHT.timestamp() + 60 * minutes, tick=False):
            tell_of_the_week()
    assert len(told(cast.alice)) == 1


@pytest.mark.parametrize("at", ["2026-11-30T06:59Z", "2026-11-30T12:00Z", "2026-12-01T07:30Z", "2026-11-29T07:30Z"])
def test_it_comes_at_no_other_time(cast: Cast, at: str) -> None:
    happened(cast)
    with time_machine.travel(at, tick=False):
        assert tell_of_the_week() == 0


def test_each_workspace_has_its_own_morning(cast: Cast) -> None:
    there = make_workspace(cast.alice, "Kiwi", zone="Pacific/Auckland")
    happened(cast)
    happened(cast, there)
    with time_machine.travel("2026-11-29T19:30Z", tick=False):  # 08:30 on Monday in Auckland
        assert tell_of_the_week() == 1
    with time_machine.travel(MONDAY_EIGHT, tick=False):
        assert tell_of_the_week() == 2


def test_a_week_in_which_nothing_was_is_not_told(cast: Cast) -> None:
    with time_machine.travel(MONDAY_EIGHT, tick=False):
        assert tell_of_the_week() == 0


def test_it_reads_well() -> None:
    said = Summary(published=12, failed=0, coming=1, waiting=0).in_words()
    assert said == "12 posts published. 1 post planned for the week ahead."
