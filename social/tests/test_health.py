"""How a connection is: its access, permissions, limits and the posts at risk, on its page and over the API."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import create_api_key
from multivio import tenancy
from social import health, platforms
from social.findings import worst
from social.hanging import Hanging
from social.models import Connection, Grant
from social.signals import hanging_asked
from social.tests.cast import Cast, acting, browser
from social.tests.rows import make_connection

SOON = timedelta(days=3)


@pytest.fixture
def hangs() -> Iterator[dict[str, Any]]:
    """What the apps above would say of every connection; `asked` are the ends that they were asked with."""
    told: dict[str, Any] = {"answer": Hanging(), "asked": None}

    def answer(sender: Any, connections: Sequence[Connection], ends: dict[int, datetime], **_: Any) -> Any:
        told["asked"] = ends
        return {connection.pk: told["answer"] for connection in connections}

    hanging_asked.connect(answer)
    yield told
    hanging_asked.disconnect(answer)


def looked_at(cast: Cast, connection: Connection) -> health.Health:
    with acting(cast.alice, cast.workspace):
        return health.of([Connection.objects.get(pk=connection.pk)])[connection.pk]


def said(found: health.Health) -> str:
    return " ".join(finding.sentence for finding in found.findings)


def test_access_that_renews_itself_is_fine(cast: Cast) -> None:
    found = looked_at(cast, make_connection(cast.workspace, "a", ends_at=timezone.now() + SOON, refresh_token="r"))
    assert worst(found.findings) == "ok"
    assert found.ends_at is None
    assert found.renews_at is not None
    assert "renewed by itself" in said(found)


def test_access_without_an_end_is_fine(cast: Cast) -> None:
    assert "does not end by itself" in said(looked_at(cast, make_connection(cast.workspace, "a")))


def test_posts_after_the_end_are_said_to_be_at_risk(cast: Cast, hangs: dict[str, Any]) -> None:
    hangs["answer"] = Hanging(scheduled=5, after_the_end=3)
    ends = datetime(2031, 5, 6, 12, tzinfo=UTC)
    connection = make_connection(cast.workspace, "a", ends_at=ends)
    found = looked_at(cast, connection)
    assert worst(found.findings) == "warn"
    assert "on Tuesday, 6 May" in said(found)
    assert "3 scheduled posts come after that and would be held." in said(found)
    assert hangs["asked"] == {connection.pk: ends}


def test_a_broken_one_says_why_and_what_to_do(cast: Cast) -> None:
    connection = make_connection(cast.workspace, "a", health="broken", health_reason="X ended our access.")
    first = looked_at(cast, connection).findings[0]
    assert (first.level, first.sentence) == ("bad", "X ended our access.")
    assert "Reconnect" in first.next_step


def test_a_limit_a_pause_and_failing_renewals_are_said(cast: Cast, hangs: dict[str, Any]) -> None:
    hangs["answer"] = Hanging(blocked_until=timezone.now() + timedelta(hours=1))
    ends = timezone.now() + SOON
    connection = make_connection(
        cast.workspace, "a", ends_at=ends, refresh_token="r", paused_at=timezone.now(), traits={"lacks": ["comments"]}
    )
    with tenancy.system("test"):
        Grant.objects.update(refresh_failures=2)
    words = said(looked_at(cast, connection))
    assert "takes nothing more from this account until" in words
    assert "Somebody paused it" in words
    assert "the last 2 times" in words
    assert "did not give us comments" in words


def test_the_page_and_the_api_say_the_same(cast: Cast, hangs: dict[str, Any]) -> None:
    hangs["answer"] = Hanging(scheduled=2, after_the_end=2)
    # Half an hour before midnight in UTC it is tomorrow already where the workspace is.
    ends_at = (timezone.now() + SOON).replace(hour=23, minute=30)
    connection = make_connection(cast.workspace, "a", ends_at=ends_at)
    page = browser(cast.alice).get(f"/w/{cast.workspace.slug}/connections/{connection.uid}/").content.decode()
    with acting(cast.alice, cast.workspace) as actor:
        _, key = create_api_key(actor=actor, name="test")
    client = Client(headers={"authorization": f"Bearer {key}", "host": "localhost:8000"})
    answer = client.get(f"/api/v1/connections/{connection.uid}/health").json()
    assert (answer["level"], answer["at_risk"], answer["scheduled"]) == ("warn", 2, 2)
    for finding in answer["findings"]:
        assert finding["sentence"] in page
    assert b"a-token" not in client.get(f"/api/v1/connections/{connection.uid}/health").content


def test_many_are_looked_at_in_a_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        make_connection(cast.workspace, f"a{number}", ends_at=timezone.now() + SOON)
    with acting(cast.alice, cast.workspace):
        rows = list(Connection.objects.in_workspace(cast.workspace.pk).live())
        with django_assert_max_num_queries(9):
            assert len(health.of(rows)) == 6


def test_the_guide_says_what_is_needed_before_one_goes(cast: Cast) -> None:
    page = browser(cast.alice).get(f"/w/{cast.workspace.slug}/connections/add/facebook/").content.decode()
    assert "Facebook lets no tool post to a personal profile" in page
    assert "Continue to Facebook" in page
    assert browser(cast.alice).get(f"/w/{cast.workspace.slug}/connections/add/myspace/").status_code == 404


def test_every_platform_says_what_is_needed() -> None:
    assert [platform.slug for platform in platforms.all() if not platform.needs] == []
