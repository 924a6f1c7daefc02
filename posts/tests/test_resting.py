"""Accounts for which the plan has no room: nothing goes out to them, nothing is lost, and all of it comes back by itself."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.models import Workspace
from accounts.notification_models import Notification
from accounts.services import create_workspace
from accounts.workspaces import delete_for_good
from billing import following
from billing.errors import LimitReached
from billing.models import BillingAccount
from billing.standing import account_of
from billing.tests.conftest import SELLS
from billing.tests.shop import give
from multivio import tenancy
from multivio.errors import Invalid
from posts import services
from posts.models import Publication
from posts.schedule import WallTime
from posts.services import Draft
from posts.states import State
from posts.tests.conftest import publication_of
from posts.tests.factories import AT, NOW, Cast, acting, content, make_connection, make_post
from social.models import Connection
from social.signals import connection_restored


@pytest.fixture(autouse=True)
def selling(settings: Any) -> Any:
    for name, value in SELLS.items():
        setattr(settings, name, value)
    return settings


def tomorrow() -> Any:
    return AT(WallTime(date.today() + timedelta(days=1), time(9), "Europe/Copenhagen"))


def follow(cast: Cast) -> BillingAccount:
    with tenancy.system("test"):
        account = account_of(cast.workspace.pk)
        following.follow(account)
        return account


def end(comp: Any) -> None:
    from billing.services import take_back_plan  # noqa: PLC0415 - as support would

    take_back_plan(staff=None, comp=comp)


def days_pass(cast: Cast) -> None:
    """The days in which somebody could have chosen."""
    with tenancy.system("test"):
        BillingAccount.objects.filter(workspace=cast.workspace).update(rests_from=timezone.now() - timedelta(seconds=1))
    following.follow_all()


def resting(cast: Cast) -> set[str]:
    with tenancy.system("test"):
        rows = Connection.objects.filter(workspace=cast.workspace, resting_at__isnull=False)
        return set(rows.values_list("remote_id", flat=True))


def accounts(cast: Cast, number: int = 4) -> list[Connection]:
    return [make_connection(cast.workspace, platform="linkedin") for _ in range(number)]


class TestAPlanThatEnds:
    def test_stops_nothing_before_the_owners_had_days_to_choose(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        posts = [make_post(cast.alice, cast.workspace, each, plan=tomorrow()) for each in accounts(cast)]
        end(comp)
        assert resting(cast) == set()
        assert {publication_of(post).state for post in posts} == {State.SCHEDULED}
        with tenancy.system("test"):
            told = Notification.objects.filter(user=cast.alice, title__startswith="Choose which accounts").get()
            assert "Free has 2 of your connections" in told.body
            assert not Notification.objects.filter(user=cast.bob, title__startswith="Choose").exists()

    def test_then_lets_rest_what_comes_last_and_holds_its_posts_for_people_to_see(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        rows = accounts(cast)
        posts = {each.remote_id: make_post(cast.alice, cast.workspace, each, plan=tomorrow()) for each in rows}
        with tenancy.system("test"):
            Connection.objects.filter(pk=rows[3].pk).update(last_published_at=timezone.now())
            Connection.objects.filter(pk=rows[0].pk).update(is_primary=True)
        end(comp)
        days_pass(cast)
        assert resting(cast) == {rows[1].remote_id, rows[2].remote_id}
        for remote_id, post in posts.items():
            found = publication_of(post)
            if remote_id in resting(cast):
                assert (found.state, found.error_code) == (State.HELD, "resting")
                assert found.error_sentence == "This account rests: Free has 2 connections."
            else:
                assert found.state == State.SCHEDULED
        with tenancy.system("test"):
            assert Notification.objects.filter(user=cast.alice, title__startswith="2 accounts rest").count() == 1
            assert AuditEntry.objects.filter(action="connection.rests").count() == 2

    def test_looking_again_changes_nothing(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        accounts(cast)
        end(comp)
        days_pass(cast)
        before = resting(cast)
        with tenancy.system("test"):  # whatever would have been chosen today
            Connection.objects.filter(resting_at__isnull=False).update(last_published_at=timezone.now())
        for _ in range(3):
            following.follow_all()
        assert resting(cast) == before
        with tenancy.system("test"):
            assert BillingAccount.objects.get(workspace=cast.workspace).rests_from is None
            assert Notification.objects.filter(user=cast.alice, title__startswith="2 accounts rest").count() == 1


@pytest.fixture
def short(cast: Cast) -> list[Connection]:
    """Four accounts under Free; the last two rest."""
    comp = give(cast.workspace, "team")
    rows = accounts(cast)
    end(comp)
    days_pass(cast)
    assert resting(cast) == {rows[2].remote_id, rows[3].remote_id}
    with tenancy.system("test"):
        return list(Connection.objects.filter(workspace=cast.workspace).order_by("id"))


class TestAnAccountAtRest:
    def test_takes_nothing_new(self, cast: Cast, short: list[Connection]) -> None:
        for plan in (tomorrow(), NOW()):
            with pytest.raises(Invalid) as refused:
                make_post(cast.alice, cast.workspace, short[2], plan=plan)
            assert [problem.code for problem in refused.value.problems] == ["resting_connection"]
            assert "Free has 2 connections" in refused.value.problems[0].message
        draft = make_post(cast.alice, cast.workspace, short[2])
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid):
            services.publish_now(actor=actor, post=draft)
        make_post(cast.alice, cast.workspace, short[0], plan=tomorrow())

    def test_still_counts_so_that_no_other_is_connected(self, cast: Cast, short: list[Connection]) -> None:
        from posts.tests.test_plan_and_posts import connect  # noqa: PLC0415 - only here

        with acting(cast.alice, cast.workspace) as actor, pytest.raises(LimitReached, match="Free has 2 connections"):
            connect(actor, "1009")

    def test_held_posts_cannot_be_sent_by_hand_but_can_be_moved_elsewhere(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        rows = accounts(cast)
        post = make_post(cast.alice, cast.workspace, rows[3], plan=tomorrow())
        end(comp)
        days_pass(cast)
        with acting(cast.alice, cast.workspace) as actor:
            with pytest.raises(Invalid):
                services.retry(actor=actor, publication=publication_of(post))
            services.edit_post(actor=actor, post=post, content=content("Hi", connections=(rows[0],)), plan=tomorrow())
        assert publication_of(post).state == State.SCHEDULED

    def test_goes_on_with_its_posts_when_there_is_room(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        rows = accounts(cast)
        post = make_post(cast.alice, cast.workspace, rows[3], plan=tomorrow())
        old = make_post(cast.alice, cast.workspace, rows[2], plan=tomorrow())
        end(comp)
        days_pass(cast)
        with tenancy.system("test"):
            Publication.objects.filter(post=old).update(due_at=timezone.now() - timedelta(days=1))
        give(cast.workspace, "creator")
        assert resting(cast) == set()
        back = publication_of(post)
        assert (back.state, back.error_code, back.error_sentence) == (State.SCHEDULED, "", "")
        assert (publication_of(old).state, publication_of(old).error_code) == (State.HELD, "missed_window")
        with tenancy.system("test"):
            assert Notification.objects.filter(user=cast.alice, title__startswith="All accounts of").count() == 1

    def test_another_goes_on_when_one_is_disconnected(self, cast: Cast, short: list[Connection]) -> None:
        from social.services import disconnect  # noqa: PLC0415 - only here

        with acting(cast.alice, cast.workspace) as actor:
            disconnect(actor=actor, connection=short[0])
        assert len(resting(cast)) == 1
        assert short[0].remote_id not in resting(cast)

    def test_all_go_on_where_nothing_is_sold_any_more(self, cast: Cast, short: list[Connection], selling: Any) -> None:
        selling.BILLING_ENABLED = False
        following.follow_all()
        assert resting(cast) == set()


def test_whom_a_workspace_paid_for_stands_alone_when_it_is_deleted(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    comp = give(cast.workspace, "team")
    client = create_workspace(owner=cast.alice, name="A client")
    theirs = [make_connection(client, platform="linkedin") for _ in range(2)]
    accounts(cast, 2)
    end(comp)
    with tenancy.system("test"):
        Connection.objects.filter(workspace=cast.workspace).update(is_primary=False, last_published_at=timezone.now())
    days_pass(cast)
    with tenancy.system("test"):
        assert Connection.objects.filter(workspace=client, resting_at__isnull=False).count() == 2
        Workspace.objects.filter(pk=cast.workspace.pk).update(closing_at=timezone.now() - timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_for_good(cast.workspace.pk)
    with tenancy.system("test"):
        for row in theirs:
            row.refresh_from_db()
    assert [row.rests for row in theirs] == [False, False]


class TestRestAndPause:
    def test_neither_undoes_the_other(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        rows = accounts(cast)
        post = make_post(cast.alice, cast.workspace, rows[3], plan=tomorrow())
        with acting(cast.alice, cast.workspace) as actor:
            services.pause_connection(actor=actor, connection=rows[3])
        end(comp)
        days_pass(cast)
        assert publication_of(post).error_code == "resting"
        with acting(cast.alice, cast.workspace) as actor:
            services.resume_connection(actor=actor, connection=rows[3])
        assert (rows[3].paused_at, rows[3].rests) == (None, True)
        assert publication_of(post).error_code == "resting"
        with acting(cast.alice, cast.workspace) as actor:
            services.pause_connection(actor=actor, connection=rows[3])
        give(cast.workspace, "team")
        with tenancy.system("test"):
            rows[3].refresh_from_db()
        assert (rows[3].paused_at is not None, rows[3].rests) == (True, False)
        assert publication_of(post).state == State.SCHEDULED
        assert lane_reason(rows[3]) == "paused"

    def test_a_lost_account_that_comes_back_still_rests(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        rows = accounts(cast)
        post = make_post(cast.alice, cast.workspace, rows[3], plan=tomorrow())
        with tenancy.system("test"):
            Connection.objects.filter(pk=rows[3].pk).update(health=Connection.Health.BROKEN)
        assert publication_of(post).error_code == "reconnect"
        end(comp)
        days_pass(cast)
        with tenancy.system("test"):
            Connection.objects.filter(pk=rows[3].pk).update(health=Connection.Health.OK)
            connection_restored.send(Connection, connection=Connection.objects.get(pk=rows[3].pk))
        assert lane_reason(rows[3]) == "resting"
        found = publication_of(post)
        assert (found.state, found.error_code) == (State.HELD, "resting")
        assert found.error_sentence == "This account rests: Free has 2 connections."

    def test_one_that_goes_on_while_it_is_lost_releases_nothing(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        rows = accounts(cast)
        post = make_post(cast.alice, cast.workspace, rows[3], plan=tomorrow())
        end(comp)
        days_pass(cast)
        with tenancy.system("test"):
            Connection.objects.filter(pk=rows[3].pk).update(health=Connection.Health.BROKEN)
        give(cast.workspace, "team")
        assert (publication_of(post).state, publication_of(post).error_code) == (State.HELD, "reconnect")


def lane_reason(row: Connection) -> str:
    from posts.models import Lane  # noqa: PLC0415 - only here

    with tenancy.system("test"):
        return str(Lane.objects.get(connection=row).paused_reason)


def test_an_approval_schedules_nothing_for_it(cast: Cast) -> None:
    from accounts.models import ApprovalPolicy  # noqa: PLC0415 - only here

    comp = give(cast.workspace, "team")
    rows = accounts(cast)
    with tenancy.system("test"):
        Workspace.objects.filter(pk=cast.workspace.pk).update(approval=ApprovalPolicy.OPTIONAL)
        cast.workspace.refresh_from_db()
    post = make_post(cast.bob, cast.workspace, rows[3], plan=Draft())
    with acting(cast.bob, cast.workspace) as actor:
        services.request_approval(actor=actor, post=post, plan=tomorrow())
    end(comp)
    days_pass(cast)
    with acting(cast.alice, cast.workspace) as actor:
        services.approve(actor=actor, post=post)
    assert (publication_of(post).state, publication_of(post).error_code) == (State.HELD, "resting")
