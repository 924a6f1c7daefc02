"""The engine and accounts at rest: nothing new leaves, what has begun is finished, and no two at once slip through."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import close_old_connections, transaction
from django.db import connection as database
from django.utils import timezone

from billing import following, limits
from billing.errors import LimitReached
from billing.standing import account_of
from billing.tests.conftest import SELLS
from billing.tests.shop import give
from multivio import tenancy
from multivio.errors import Invalid
from posts import services
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Driven, connect, publication_of
from posts.tests.factories import Cast, acting, make_connection, make_post
from sandbox.testing import Running
from social.models import Connection

pytestmark = pytest.mark.real_commits


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    return connect(sandbox, cast.workspace)


def rest(row: Connection, reason: str = "This account rests: Free has 2 connections.") -> None:
    """What social/resting.py writes."""
    with tenancy.system("test"):
        Connection.objects.filter(pk=row.pk).update(resting_at=timezone.now(), resting_reason=reason)


class TestNothingLeaves:
    def test_what_is_due_is_held_and_not_claimed(self, cast: Cast, account: Connection, driven: Driven) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        rest(account)
        assert driven.engine.store.claim("worker", 9) == []
        assert (publication_of(post).state, publication_of(post).error_code) == (State.HELD, "resting")

    def test_a_worker_that_holds_a_post_is_stopped_before_the_call(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        claim = driven.engine.store.claim("worker", 1)[0]
        work = driven.engine.store.load([claim.id])[claim.id]
        rest(account)
        driven.engine.publisher.run(work)
        assert sandbox.control.ledger(operation="create_post") == []
        sweep()
        assert (publication_of(post).state, publication_of(post).error_code) == (State.HELD, "resting")

    def test_what_slips_into_the_line_all_the_same_is_held_by_the_sweep(
        self, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        rest(account)
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        with tenancy.system("test"), database.cursor() as cursor:
            cursor.execute("update posts_publication set connection_id = %s where post_id = %s", [account.pk, post.pk])
        assert driven.engine.store.claim("worker", 9) == []
        sweep()
        assert publication_of(post).error_sentence == "This account rests: Free has 2 connections."


class TestWhatHasBegun:
    def test_a_thread_is_finished(self, sandbox: Running, cast: Cast, account: Connection, driven: Driven) -> None:
        post = make_post(cast.alice, cast.workspace, account, parts=("one", "two", "three"), plan=Now())

        def rest_once(_seconds: float) -> None:
            driven.engine.publisher.pause = lambda _seconds: None
            rest(account)

        driven.engine.publisher.pause = rest_once
        driven.run()
        assert publication_of(post).state == State.PUBLISHED
        assert [each["text"] for each in sandbox.control.posts(username="norrestudio")] == ["one", "two", "three"]

    def test_not_when_a_person_paused_the_account_too(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, parts=("one", "two", "three"), plan=Now())

        def stop_once(_seconds: float) -> None:
            driven.engine.publisher.pause = lambda _seconds: None
            rest(account)
            with acting(cast.alice, cast.workspace) as actor:
                services.pause_workspace(actor=actor)

        driven.engine.publisher.pause = stop_once
        driven.run()
        assert publication_of(post).committed == 1
        assert [each["text"] for each in sandbox.control.posts(username="norrestudio")] == ["one"]


def sweep() -> None:
    with tenancy.system("test"), database.cursor() as cursor:
        cursor.execute("select * from mv_sweep()")


class TestAtTheSameTime:
    @pytest.fixture(autouse=True)
    def selling(self, settings: Any) -> None:
        for name, value in SELLS.items():
            setattr(settings, name, value)

    def test_nothing_is_scheduled_while_accounts_come_to_rest(self, cast: Cast) -> None:
        """Whoever schedules waits for the plan's lock, and then finds the account at rest."""
        rows = [make_connection(cast.workspace, platform="linkedin") for _ in range(3)]
        with tenancy.system("test"):
            account_of(cast.workspace.pk)
        begun = Event()

        def schedule() -> str:
            close_old_connections()
            begun.set()
            try:
                make_post(cast.alice, cast.workspace, rows[2], plan=Now())
            except Invalid as error:
                return error.problems[0].code
            finally:
                database.close()
            return "scheduled"

        with ThreadPoolExecutor(1) as crew:
            with tenancy.system("test"), transaction.atomic():
                account = account_of(cast.workspace.pk)
                limits.lock(cast.workspace.pk)
                late = crew.submit(schedule)
                begun.wait(10)
                wait_for_a_lock()
                account.chosen_at, account.staying = timezone.now(), [str(rows[0].uid), str(rows[1].uid)]
                account.save()
                following.follow(account)
            assert late.result(20) == "resting_connection"

    def test_connecting_and_coming_to_rest_do_not_wait_for_each_other_for_ever(self, cast: Cast) -> None:
        """One handshake brings an account that is here and a new one, while the plan's lock is held by whoever lets rest."""
        from posts.tests.test_plan_and_posts import connect_several  # noqa: PLC0415 - only here

        give(cast.workspace, "team")
        with acting(cast.alice, cast.workspace) as actor:
            connect_several(actor, "2001")
        begun = Event()

        def again() -> str:
            close_old_connections()
            begun.set()
            try:
                with acting(cast.alice, cast.workspace) as actor:
                    connect_several(actor, "2001", "2002", "2003")
            except LimitReached:
                return "refused"
            finally:
                database.close()
            return "connected"

        with ThreadPoolExecutor(1) as crew:
            with tenancy.system("test"), transaction.atomic():
                account = account_of(cast.workspace.pk)
                limits.lock(cast.workspace.pk)
                late = crew.submit(again)
                begun.wait(10)
                wait_for_a_lock()
                Connection.objects.filter(workspace=cast.workspace).update(resting_reason="x")
                following.follow(account)
            assert late.result(20) == "connected"


def wait_for_a_lock() -> None:
    """Until another session waits for one."""
    with database.cursor() as cursor:
        for _ in range(400):
            cursor.execute("select exists (select from pg_locks where not granted), pg_sleep(0.02)")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody came to wait")
