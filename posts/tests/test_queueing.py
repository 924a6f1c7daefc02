"""The plan “next free slot”: each connection its own, never the same one twice, kept by whoever edits the post."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import close_old_connections
from django.db import connection as database

from accounts.models import ApprovalPolicy, User
from accounts.roles import Role
from multivio import tenancy
from multivio.errors import Forbidden, Invalid
from posts import retiming
from posts.models import Post, Publication
from posts.schedule import WallTime
from posts.services import (
    At,
    Draft,
    NeedsApproval,
    NextSlot,
    approve,
    cancel_post,
    create_post,
    edit_post,
    publish_now,
    request_approval,
)
from posts.states import OnApproval, PostState, State
from posts.tests.approving import set_policy_row
from posts.tests.factories import Cast, acting, add_member, content, make_connection, make_post, make_user
from posts.tests.scheduling import due_times, give_schedule
from social.models import Connection


@pytest.fixture
def account(cast: Cast) -> Connection:
    """An account with a slot at every full hour of Mondays."""
    found = make_connection(cast.workspace)
    give_schedule(cast.alice, cast.workspace, found, *(f"mon {hour:02}:00" for hour in range(8, 18)))
    return found


@pytest.fixture
def other(cast: Cast) -> Connection:
    found = make_connection(cast.workspace, platform="linkedin")
    give_schedule(cast.alice, cast.workspace, found, "thu 12:15")
    return found


def queue(cast: Cast, *accounts: Connection, user: User | None = None, text: str = "Hello") -> Post:
    return make_post(user or cast.alice, cast.workspace, *accounts, text=text, plan=NextSlot())


def edit(cast: Cast, post: Post, *accounts: Connection, plan: Any, text: str = "Other words") -> Post:
    with acting(cast.alice, cast.workspace) as actor:
        return edit_post(actor=actor, post=post, content=content(text, connections=accounts), plan=plan)


def local(moment: datetime | None, cast: Cast) -> str:
    assert moment is not None
    return f"{moment.astimezone(cast.workspace.tz):%a %H:%M}"


class TakingTests:
    def test_each_connection_gets_its_own_next_slot_and_the_post_the_first(
        self, cast: Cast, account: Connection, other: Connection
    ) -> None:
        post = queue(cast, account, other)
        dues = due_times(account, other)
        assert [local(due, cast) for due in dues] == ["Mon 08:00", "Thu 12:15"]
        assert post.state == PostState.SCHEDULED
        assert post.due_at == min(due for due in dues if due)
        assert (post.planned_time, post.zone) == (post.due_at.astimezone(cast.workspace.tz).time(), "Europe/Copenhagen")

    def test_the_next_post_gets_the_next_slot_and_a_cancelled_one_gives_its_own_back(
        self, cast: Cast, account: Connection
    ) -> None:
        first, _second = queue(cast, account), queue(cast, account)
        assert [local(due, cast) for due in due_times(account)] == ["Mon 08:00", "Mon 09:00"]
        with acting(cast.alice, cast.workspace) as actor:
            cancel_post(actor=actor, post=first)
        assert queue(cast, account).due_at == first.due_at

    def test_a_connection_without_slots_is_named_and_nothing_is_kept(
        self, cast: Cast, account: Connection, other: Connection
    ) -> None:
        give_schedule(cast.alice, cast.workspace, other)
        with pytest.raises(Invalid) as refused:
            queue(cast, account, other)
        assert [(found.code, found.connection) for found in refused.value.problems] == [
            ("no_free_slot", str(other.uid))
        ]
        with tenancy.system("test"):
            assert not Post.objects.exists()

    def test_who_may_not_schedule_may_not_queue(self, cast: Cast, account: Connection) -> None:
        writer = make_user("Writer")
        add_member(cast.workspace, writer, Role.CONTRIBUTOR)
        with pytest.raises(Forbidden):
            queue(cast, account, user=writer)


@pytest.mark.real_commits
def test_ten_at_once_get_ten_different_slots(cast: Cast, account: Connection, other: Connection) -> None:
    """They are let go at the same moment, and each takes the next free slot of both accounts."""
    start = Barrier(10)

    def one(number: int) -> None:
        close_old_connections()
        try:
            with acting(cast.alice, cast.workspace) as actor:
                start.wait(20)
                accounts = (account, other) if number % 2 else (other, account)
                create_post(actor=actor, content=content(f"{number}", connections=accounts), plan=NextSlot())
        finally:
            database.close()

    with ThreadPoolExecutor(10) as crew:
        list(crew.map(one, range(10)))
    for each in (account, other):
        assert len(set(due_times(each))) == 10


class EditingTests:
    def test_whoever_changes_the_words_leaves_it_in_its_slot(self, cast: Cast, account: Connection) -> None:
        first, second = queue(cast, account), queue(cast, account)
        with acting(cast.alice, cast.workspace) as actor:
            cancel_post(actor=actor, post=first)
        assert edit(cast, second, account, plan=NextSlot()).due_at == second.due_at

    def test_an_account_that_is_added_gets_a_slot_and_the_others_keep_theirs(
        self, cast: Cast, account: Connection, other: Connection
    ) -> None:
        queue(cast, account)
        post = queue(cast, account)
        before = post.due_at
        edit(cast, post, account, other, plan=NextSlot())
        assert before in due_times(account)
        assert [local(due, cast) for due in due_times(other)] == ["Thu 12:15"]

    def test_another_plan_takes_it_out_of_its_slot(self, cast: Cast, account: Connection) -> None:
        post = queue(cast, account)
        day = (datetime.now(UTC) + timedelta(days=40)).date()
        wall = WallTime(day, datetime(2026, 1, 1, 12).time(), "UTC")
        edit(cast, post, account, plan=At(wall))
        assert due_times(account) == [wall.instant()]
        edit(cast, post, account, plan=Draft())
        assert due_times(account) == [None]
        with tenancy.system("test"):
            assert set(Publication.objects.values_list("state", "planned_on")) == {(State.DRAFT, None)}
            assert set(Post.objects.values_list("due_at", "planned_on")) == {(None, None)}

    def test_publishing_now_frees_it(self, cast: Cast, account: Connection) -> None:
        post = queue(cast, account)
        slot = post.due_at
        with acting(cast.alice, cast.workspace) as actor:
            publish_now(actor=actor, post=post)
        assert queue(cast, account).due_at == slot


class ApprovalTests:
    @pytest.fixture(autouse=True)
    def _everything_needs_approval(self, cast: Cast) -> None:
        set_policy_row(cast.workspace, ApprovalPolicy.REQUIRED)

    def test_nothing_is_queued_before_somebody_says_yes(self, cast: Cast, account: Connection) -> None:
        with pytest.raises(NeedsApproval):
            queue(cast, account)

    def test_with_the_yes_it_takes_the_next_slot_of_that_moment(self, cast: Cast, account: Connection) -> None:
        waiting, taker = (make_post(cast.bob, cast.workspace, account, text=text) for text in ("one", "two"))
        for post in (waiting, taker):
            with acting(cast.bob, cast.workspace) as actor:
                asked = request_approval(actor=actor, post=post, plan=NextSlot())
            assert (asked.on_approval, asked.due_at) == (OnApproval.NEXT, None)
        assert due_times(account) == [None, None]
        for post in (taker, waiting):
            with acting(cast.alice, cast.workspace) as actor:
                assert approve(actor=actor, post=post).state == PostState.SCHEDULED
        with tenancy.system("test"):
            dues = {post.text: post.due_at for post in Post.objects.all()}
        assert [local(dues[text], cast) for text in ("two", "one")] == ["Mon 08:00", "Mon 09:00"]

    def test_where_no_slot_is_left_by_then_the_yes_counts_and_it_stays_a_draft(
        self, cast: Cast, account: Connection
    ) -> None:
        post = make_post(cast.bob, cast.workspace, account)
        with acting(cast.bob, cast.workspace) as actor:
            request_approval(actor=actor, post=post, plan=NextSlot())
        give_schedule(cast.alice, cast.workspace, account)
        with acting(cast.alice, cast.workspace) as actor:
            done = approve(actor=actor, post=post)
        assert (done.approval, done.state) == ("approved", PostState.DRAFT)


def test_slots_keep_their_clock_time_when_the_rules_of_the_zone_change(
    cast: Cast, account: Connection, other: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(cast, account, other)
    before, instant = due_times(account, other), WallTime.instant
    monkeypatch.setattr(WallTime, "instant", lambda self: instant(self) - timedelta(hours=1))
    assert retiming.recompute_due_times() == 1
    assert due_times(account, other) == [due - timedelta(hours=1) for due in before if due]
    assert retiming.recompute_due_times() == 0
