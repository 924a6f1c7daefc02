"""Numbers of what is public: when they are read, what is kept of them, and that publishing is left alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.roles import Role
from multivio import tenancy
from multivio.errors import Conflict, Forbidden
from multivio.rates import TooMany
from posts import metrics, noting
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Lane, PlatformGate, Publication
from posts.services import Now, refresh_numbers
from posts.tests.conftest import Driven, Rows, connect, publication_of
from posts.tests.factories import Cast, acting, add_member, make_post, make_user
from sandbox.testing import Running
from social.models import Connection

PUBLISHED = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
HOURS = [1, 6, 24, 72, 168, 720]


@pytest.mark.parametrize(
    ("after", "then"), [*zip([0, *HOURS[:-1]], HOURS, strict=True), (1.5, 6), (100, 168), (720, None), (9999, None)]
)
def test_they_are_read_ever_less_often(after: float, then: float | None) -> None:
    found = metrics.next_due(PUBLISHED, PUBLISHED + timedelta(hours=after))
    assert found == (None if then is None else PUBLISHED + timedelta(hours=then))


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    return connect(sandbox, cast.workspace)


@pytest.fixture
def posted(cast: Cast, account: Connection, driven: Driven) -> list[Publication]:
    """Three posts of one account that are public and noted."""
    posts = [make_post(cast.alice, cast.workspace, account, text=f"Number {n}", plan=Now()) for n in range(3)]
    driven.run()
    noting.note()
    return [publication_of(post) for post in posts]


def make_due(owner_sql: Rows) -> None:
    owner_sql("update posts_metricswatch set due_at = now() - interval '1 second'")


def watches() -> list[MetricsWatch]:
    with tenancy.system("test"):
        return list(MetricsWatch.objects.select_related("latest").order_by("publication_id"))


def read_due() -> int:
    return sum(metrics.read(connection) for connection in metrics.due_connections())


@pytest.mark.real_commits
class TestReading:
    def test_one_account_is_asked_once_for_all_its_posts(
        self, posted: list[Publication], sandbox: Running, owner_sql: Rows
    ) -> None:
        assert {watch.due_at for watch in watches()} == {
            one.finished_at + metrics.HOUR for one in posted if one.finished_at
        }
        make_due(owner_sql)
        sandbox.control.clear_ledger()
        assert read_due() == 3
        assert [row["operation"] for row in sandbox.control.ledger()] == ["get_posts"]
        with tenancy.system("test"):
            reading = MetricsReading.objects.first()
        assert reading is not None
        assert reading.impressions is not None
        assert reading.clicks is None  # X does not say
        assert read_due() == 0

    def test_a_limit_puts_off_the_account_and_leaves_publishing_alone(
        self, posted: list[Publication], sandbox: Running, owner_sql: Rows
    ) -> None:
        make_due(owner_sql)
        sandbox.control.add_fault(operation="get_posts", kind="rate_limit", params={"seconds": 900})
        assert read_due() == 0
        now = datetime.now(UTC)
        assert all(watch.due_at and watch.due_at > now + timedelta(minutes=5) for watch in watches())
        assert {watch.tries for watch in watches()} == {1}
        assert not self.is_anything_closed()

    def test_a_platform_without_credits_is_left_alone_by_all_and_publishing_goes_on(
        self, posted: list[Publication], sandbox: Running, owner_sql: Rows
    ) -> None:
        owner_sql("update posts_metricswatch set due_at = now() where publication_id = %s", [posted[0].pk])
        sandbox.control.add_fault(operation="get_posts", kind="credits_depleted")
        owner_sql(
            "update posts_metricswatch set due_at = now() + interval '1 minute' where publication_id <> %s",
            [posted[0].pk],
        )
        assert read_due() == 0
        later = datetime.now(UTC) + timedelta(minutes=10)
        assert all(watch.due_at and watch.due_at > later for watch in watches())
        assert not self.is_anything_closed()

    @staticmethod
    def is_anything_closed() -> bool:
        with tenancy.system("test"):
            limited = Lane.objects.filter(blocked_until__isnull=False).exists()
            broken = Connection.objects.filter(health="broken").exists()
            return limited or broken or PlatformGate.objects.exists()

    def test_trouble_is_tried_again_at_growing_distances(
        self, posted: list[Publication], sandbox: Running, owner_sql: Rows
    ) -> None:
        pauses = []
        for _ in range(3):
            make_due(owner_sql)
            sandbox.control.add_fault(operation="get_posts", kind="reject_5xx")
            read_due()
            due_at = watches()[0].due_at
            assert due_at is not None
            pauses.append(round((due_at - datetime.now(UTC)).total_seconds() / 60))
        assert pauses == [15, 30, 60]

    @pytest.mark.parametrize(
        "statement",
        [
            "update posts_lane set blocked_until = now() + interval '1 hour'",
            "update social_connection set health = 'broken'",
            "update social_connection set disconnected_at = now()",
            "update accounts_workspace set closing_at = now()",
            "insert into posts_platformgate (platform, closed_until, reason) values ('x', now() + interval '1 hour', '')",
        ],
    )
    def test_whoever_takes_no_calls_is_not_asked(
        self, posted: list[Publication], owner_sql: Rows, statement: str
    ) -> None:
        make_due(owner_sql)
        assert len(metrics.due_connections()) == 1
        owner_sql(statement)
        assert metrics.due_connections() == []

    def test_a_lane_that_publishing_holds_does_not_wait_for_it(
        self, posted: list[Publication], owner_sql: Rows
    ) -> None:
        make_due(owner_sql)
        with tenancy.system("test"):
            list(Lane.objects.select_for_update())
            assert len(metrics.due_connections()) == 1  # reads without a lock of its own

    def test_two_workers_never_ask_for_the_same(self, posted: list[Publication], owner_sql: Rows) -> None:
        make_due(owner_sql)
        account = posted[0].connection_id
        assert len(metrics._take(account)[1]) == 3
        assert metrics._take(account)[1] == []

    def test_x_is_not_asked_when_it_is_switched_off(
        self, posted: list[Publication], cast: Cast, settings: Settings, owner_sql: Rows
    ) -> None:
        settings.X_READ_METRICS = False
        make_due(owner_sql)
        assert metrics.due_connections() == []
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Conflict, match="switched off"):
            refresh_numbers(actor=actor, publication=posted[0])

    def test_a_post_that_is_there_again_is_not_gone(
        self, posted: list[Publication], sandbox: Running, owner_sql: Rows
    ) -> None:
        owner_sql("update posts_metricswatch set gone_at = now()")
        make_due(owner_sql)
        read_due()
        assert {watch.gone_at for watch in watches()} == {None}


@pytest.mark.real_commits
class TestRefreshing:
    def refresh(self, cast: Cast, publication: Publication, user: Any = None) -> MetricsWatch:
        with acting(user or cast.alice, cast.workspace) as actor:
            return refresh_numbers(actor=actor, publication=publication)

    def test_it_reads_now_and_once_in_five_minutes(self, posted: list[Publication], cast: Cast) -> None:
        assert self.refresh(cast, posted[0]).is_waited_for
        assert read_due() == 1
        watch = watches()[0]
        assert watch.latest is not None
        assert not watch.is_waited_for
        with pytest.raises(TooMany):
            self.refresh(cast, posted[0])

    def test_a_viewer_may_not(self, posted: list[Publication], cast: Cast) -> None:
        bob = make_user("Bob")
        add_member(cast.workspace, bob, Role.VIEWER)
        with pytest.raises(Forbidden):
            self.refresh(cast, posted[0], bob)

    def test_what_is_not_published_has_none(self, cast: Cast, account: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, account)
        with pytest.raises(Conflict, match="once it is published"):
            self.refresh(cast, publication_of(post))
