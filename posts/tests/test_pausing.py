"""The crisis stop: nothing leaves while a workspace or an account is paused, and nothing is lost by it."""

from collections.abc import Callable

import pytest

from accounts.roles import Role
from multivio.errors import Conflict, Forbidden, Invalid
from posts import services
from posts.models import Post
from posts.services import Now
from posts.states import State
from posts.tests import outcomes
from posts.tests.conftest import Driven, connect, publication_of
from posts.tests.factories import Cast, acting, add_member, make_connection, make_post, make_user, rewind
from sandbox.testing import Running
from social.models import Connection

pytestmark = pytest.mark.real_commits


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    return connect(sandbox, cast.workspace)


def pause(cast: Cast) -> services.Stopped:
    with acting(cast.alice, cast.workspace) as actor:
        return services.pause_workspace(actor=actor)


def resume(cast: Cast) -> services.GoingOn:
    with acting(cast.alice, cast.workspace) as actor:
        return services.resume_workspace(actor=actor)


class TestTheWholeWorkspace:
    def test_what_is_due_waits_and_goes_out_afterwards(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        assert pause(cast) == services.Stopped(waiting=1, on_their_way=0)
        driven.run()
        assert publication_of(post).state == State.SCHEDULED
        assert sandbox.control.posts(username="norrestudio") == []
        assert resume(cast) == services.GoingOn(waiting=1, missed=0)
        driven.run()
        assert publication_of(post).state == State.PUBLISHED
        assert len(sandbox.control.posts(username="norrestudio")) == 1

    def test_a_worker_that_holds_a_post_is_stopped_before_the_call(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        claim = driven.engine.store.claim("worker", 1)[0]
        work = driven.engine.store.load([claim.id])[claim.id]
        pause(cast)
        driven.engine.publisher.run(work)
        assert publication_of(post).state == State.SCHEDULED
        assert sandbox.control.ledger(operation="create_post") == []

    def test_a_thread_stops_between_two_parts_and_goes_on_with_the_next(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, parts=("one", "two", "three"), plan=Now())

        def stop_once(_seconds: float) -> None:
            driven.engine.publisher.pause = lambda _seconds: None
            pause(cast)

        driven.engine.publisher.pause = stop_once
        driven.run()
        publication = publication_of(post)
        assert (publication.state, publication.committed) == (State.SCHEDULED, 1)
        resume(cast)
        driven.run()
        assert publication_of(post).state == State.PUBLISHED
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == ["one", "two", "three"]

    def test_a_call_that_has_left_is_counted(self, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        outcomes.sending(post)
        assert pause(cast) == services.Stopped(waiting=0, on_their_way=1)

    def test_an_account_that_is_connected_meanwhile_is_paused_too(self, cast: Cast, driven: Driven) -> None:
        pause(cast)
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        assert driven.engine.store.claim("worker", 1) == []

    def test_other_workspaces_do_not_notice(self, cast: Cast, driven: Driven) -> None:
        make_post(cast.charlie, cast.elsewhere, make_connection(cast.elsewhere), plan=Now())
        pause(cast)
        assert len(driven.engine.store.claim("worker", 1)) == 1

    def test_posts_that_got_too_old_are_held_before_anything_is_sent(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        old = make_post(cast.alice, cast.workspace, account, text="old", plan=Now())
        fresh = make_post(cast.alice, cast.workspace, account, text="fresh", plan=Now())
        pause(cast)
        rewind(publication_of(old), 16 * 60)
        assert resume(cast) == services.GoingOn(waiting=1, missed=1)
        assert (publication_of(old).state, publication_of(old).error_code) == (State.HELD, "missed_window")
        driven.run()
        assert publication_of(fresh).state == State.PUBLISHED
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == ["fresh"]

    def test_pausing_twice_keeps_who_paused_first(self, cast: Cast) -> None:
        pause(cast)
        erin = make_user("Erin")
        add_member(cast.workspace, erin, Role.EDITOR)
        with acting(erin, cast.workspace) as actor:
            services.pause_workspace(actor=actor)
            assert actor.workspace.paused_by == cast.alice

    def test_a_contributor_may_not(self, cast: Cast) -> None:
        erin = make_user("Erin")
        add_member(cast.workspace, erin, Role.CONTRIBUTOR)
        with acting(erin, cast.workspace) as actor:
            for service in (services.pause_workspace, services.resume_workspace):
                with pytest.raises(Forbidden):
                    service(actor=actor)


class TestOneAccount:
    def test_it_waits_and_the_others_go_on(self, cast: Cast, driven: Driven) -> None:
        quiet, loud = make_connection(cast.workspace), make_connection(cast.workspace)
        make_post(cast.alice, cast.workspace, quiet, plan=Now())
        make_post(cast.alice, cast.workspace, loud, plan=Now())
        with acting(cast.alice, cast.workspace) as actor:
            assert services.pause_connection(actor=actor, connection=quiet).waiting == 1
        assert [claim.connection_id for claim in driven.engine.store.claim("worker", 9)] == [loud.pk]

    def test_the_workspace_going_on_leaves_it_paused(self, cast: Cast, driven: Driven) -> None:
        quiet = make_connection(cast.workspace)
        make_post(cast.alice, cast.workspace, quiet, plan=Now())
        with acting(cast.alice, cast.workspace) as actor:
            services.pause_connection(actor=actor, connection=quiet)
            services.pause_workspace(actor=actor)
            services.resume_workspace(actor=actor)
        assert driven.engine.store.claim("worker", 9) == []
        with acting(cast.alice, cast.workspace) as actor:
            services.resume_connection(actor=actor, connection=quiet)
        assert len(driven.engine.store.claim("worker", 9)) == 1

    def test_a_lost_account_weighs_more(self, cast: Cast, owner_sql: Callable[..., object]) -> None:
        quiet = make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, quiet, plan=Now())
        with acting(cast.alice, cast.workspace) as actor:
            services.pause_connection(actor=actor, connection=quiet)
        owner_sql("update social_connection set health = 'broken' where id = %s", [quiet.pk])
        assert (publication_of(post).state, publication_of(post).error_code) == (State.HELD, "reconnect")

    def test_one_that_is_disconnected_cannot_be_paused(self, cast: Cast, owner_sql: Callable[..., object]) -> None:
        gone = make_connection(cast.workspace)
        owner_sql("update social_connection set disconnected_at = now() where id = %s", [gone.pk])
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Conflict):
            services.pause_connection(actor=actor, connection=gone)


class TestTheMissedWindow:
    @pytest.mark.parametrize(
        ("policy", "minutes", "late", "state"),
        [
            ("ask", 15, 14, State.PUBLISHED),
            ("ask", 15, 16, State.HELD),
            ("hold", 60, 59, State.PUBLISHED),
            ("hold", 60, 61, State.HELD),
            ("publish", 15, 5 * 60 + 59, State.PUBLISHED),
            ("publish", 15, 6 * 60 + 1, State.HELD),
        ],
    )
    def test_decides_what_is_still_sent(
        self, cast: Cast, account: Connection, driven: Driven, policy: str, minutes: int, late: int, state: State
    ) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            services.set_missed_window(actor=actor, policy=policy, minutes=minutes)
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        rewind(publication_of(post), late * 60)
        driven.run()
        assert publication_of(post).state == state

    def test_refuses_what_makes_no_sense(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid) as refused:
            services.set_missed_window(actor=actor, policy="never", minutes=0)
        assert [problem.field for problem in refused.value.problems] == ["missed_policy", "missed_minutes"]

    def test_an_editor_may_not_change_it(self, cast: Cast) -> None:
        erin = make_user("Erin")
        add_member(cast.workspace, erin, Role.EDITOR)
        with acting(erin, cast.workspace) as actor, pytest.raises(Forbidden):
            services.set_missed_window(actor=actor, policy="publish", minutes=15)


class TestOneDecisionForAll:
    @pytest.fixture
    def missed(self, cast: Cast, account: Connection) -> list[Post]:
        found = [make_post(cast.alice, cast.workspace, account, text=f"number {n}", plan=Now()) for n in range(3)]
        for post in found:
            outcomes.held(post)
        return found

    def test_publish_sends_each_once(self, sandbox: Running, cast: Cast, missed: list[Post], driven: Driven) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            assert services.decide_missed(actor=actor, publish=True) == services.Decided(done=3, left=0)
        driven.run()
        assert len(sandbox.control.posts(username="norrestudio")) == 3

    def test_cancel_takes_them_out(self, cast: Cast, missed: list[Post]) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            assert services.decide_missed(actor=actor, publish=False).done == 3
        assert {publication_of(p).state for p in missed} == {State.CANCELLED}

    def test_only_the_named_ones(self, cast: Cast, missed: list[Post]) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            services.decide_missed(actor=actor, publish=False, uids=[publication_of(missed[0]).uid])
        assert [publication_of(p).state for p in missed] == [State.CANCELLED, State.HELD, State.HELD]

    def test_what_is_held_for_another_reason_is_left_alone(
        self, cast: Cast, missed: list[Post], owner_sql: Callable[..., object]
    ) -> None:
        owner_sql("update posts_publication set error_code = 'reconnect' where id = %s", [publication_of(missed[0]).pk])
        with acting(cast.alice, cast.workspace) as actor:
            assert services.decide_missed(actor=actor, publish=False).done == 2
        assert publication_of(missed[0]).state == State.HELD

    def test_nothing_to_decide_is_said(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Conflict):
            services.decide_missed(actor=actor, publish=True)
