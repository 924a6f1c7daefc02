"""Publishing to X, over HTTP against the sandbox, with its ledger as the witness."""

from typing import Any

import pytest

from posts.models import Attempt
from posts.services import Now, decide_not_there
from posts.states import State
from posts.tests.conftest import Driven, Rows, attempts_of, connect, publication_of
from posts.tests.factories import Cast, acting, make_post, rewind
from sandbox.testing import Running
from social.models import Connection
from social.platforms.x import X

pytestmark = pytest.mark.real_commits


def creates(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.control.ledger(operation="create_post")


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    return connect(sandbox, cast.workspace)


class PlainTests:
    def test_a_post_is_public_once_with_its_proof(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, text="Alma ships on 1 December.", plan=Now())
        driven.run()
        publication = publication_of(post)
        assert publication.state == State.PUBLISHED
        public = sandbox.control.posts(username="norrestudio")
        assert [p["text"] for p in public] == ["Alma ships on 1 December."]
        assert publication.remote_id == public[0]["id"] == publication.outcome_proof["remote_id"]
        assert publication.remote_url.endswith(f"/norrestudio/status/{public[0]['id']}")
        assert len(creates(sandbox)) == 1

    def test_the_intent_is_stored_before_the_call_leaves(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        started = owner_sql("select extract(epoch from started_at) from posts_attempt where step = 'commit:1'")[0][0]
        assert float(started) < creates(sandbox)[0]["at"]

    def test_a_thread_goes_out_in_order_each_part_once(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, parts=("one", "two", "three"), plan=Now())
        driven.run()
        publication = publication_of(post)
        assert (publication.state, publication.committed, publication.commits) == (State.PUBLISHED, 3, 3)
        public = sandbox.control.posts(username="norrestudio")
        assert [p["text"] for p in public] == ["one", "two", "three"]
        assert [a.step for a in attempts_of(post)] == ["commit:1", "commit:2", "commit:3"]
        assert publication.remote_id == public[0]["id"]
        assert driven.pauses == [1.0, 1.0]

    def test_one_account_publishes_in_order_of_time(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        for number in (3, 1, 2):
            post = make_post(cast.alice, cast.workspace, account, text=f"number {number}", plan=Now())
            owner_sql(
                "update posts_publication set due_at = now() - make_interval(secs => %s) where post_id = %s",
                [10 - number, post.pk],
            )
        driven.run()
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == [
            "number 1",
            "number 2",
            "number 3",
        ]

    def test_two_accounts_get_one_each(self, sandbox: Running, cast: Cast, account: Connection, driven: Driven) -> None:
        other = connect(sandbox, cast.workspace, "alma_lamps")
        make_post(cast.alice, cast.workspace, account, other, text="both", plan=Now())
        driven.run()
        assert sorted(row["username"] for row in creates(sandbox)) == ["alma_lamps", "norrestudio"]

    def test_what_is_cancelled_is_never_sent(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        owner_sql("update posts_publication set state = 'cancelled'")
        driven.run()
        assert creates(sandbox) == []
        assert publication_of(post).state == State.CANCELLED

    def test_a_cancel_that_comes_while_it_is_prepared_still_counts(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        claims = driven.engine.store.claim("w", 1)
        owner_sql("update posts_publication set cancel_requested = true")
        driven.engine._publish(claims[0], driven.engine.store.load([claims[0].id])[claims[0].id])
        assert creates(sandbox) == []
        assert publication_of(post).state == State.CANCELLED

    def test_what_is_six_hours_late_is_held_and_said(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        rewind(publication_of(post), 7 * 3600)
        driven.run()
        publication = publication_of(post)
        assert (publication.state, publication.error_code) == (State.HELD, "missed_window")
        assert creates(sandbox) == []
        assert publication.connection.health == "ok"


class RefusedTests:
    def test_a_refusal_is_final_and_has_a_sentence(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        first = make_post(cast.alice, cast.workspace, account, text="twice", plan=Now())
        driven.run()
        second = make_post(cast.alice, cast.workspace, account, text="twice", plan=Now())
        driven.run()
        assert publication_of(first).state == State.PUBLISHED
        publication = publication_of(second)
        assert (publication.state, publication.error_code) == (State.FAILED, "duplicate")
        assert publication.error_sentence
        assert len(sandbox.control.posts(username="norrestudio")) == 1

    def test_a_thread_that_is_refused_half_way_says_how_far_it_came_and_goes_on_from_there(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind="suspended", match_text="part two")
        post = make_post(cast.alice, cast.workspace, account, parts=("part one", "part two", "part three"), plan=Now())
        driven.run()
        publication = publication_of(post)
        assert (publication.state, publication.committed, publication.commits) == (State.FAILED, 1, 3)
        assert owner_sql("select state from posts_post where id = %s", [post.pk]) == [("partly",)]
        owner_sql("update posts_publication set state = 'scheduled', due_at = now() where post_id = %s", [post.pk])
        driven.run()
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == [
            "part one",
            "part two",
            "part three",
        ]

    def test_a_rate_limit_waits_for_the_reset_and_blocks_only_this_account(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        other = connect(sandbox, cast.workspace, "alma_lamps")
        sandbox.control.add_fault(
            operation="create_post", kind="rate_limit", username="norrestudio", params={"seconds": 300}
        )
        limited = make_post(cast.alice, cast.workspace, account, text="limited", plan=Now())
        free = make_post(cast.alice, cast.workspace, other, text="free", plan=Now())
        driven.run()
        assert publication_of(limited).state == State.SCHEDULED
        assert publication_of(free).state == State.PUBLISHED
        seconds = owner_sql(
            "select extract(epoch from blocked_until - now()) from posts_lane where connection_id = %s", [account.pk]
        )[0][0]
        assert 280 < float(seconds) <= 310

    def test_empty_credits_pause_the_platform_and_blame_nobody(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind="credits_depleted")
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        publication = publication_of(post)
        assert publication.state == State.SCHEDULED
        assert publication.connection.health == "ok"
        assert owner_sql("select platform from posts_platformgate where closed_until > now()") == [("x",)]

    def test_a_dead_grant_holds_the_post_and_marks_the_connection(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, owner_sql: Rows
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind="token_revoked")
        post = make_post(cast.alice, cast.workspace, account, text="first", plan=Now())
        next_one = make_post(cast.alice, cast.workspace, account, text="second", plan=Now())
        driven.run()
        publication = publication_of(post)
        assert publication.state == State.HELD
        assert publication.connection.health == "broken"
        driven.engine.store.sweep()
        assert publication_of(next_one).state == State.HELD, "due on a broken connection: said, not left waiting"
        assert sandbox.control.posts(username="norrestudio") == []

    def test_an_access_token_that_died_early_is_renewed_once_without_asking_anybody(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind="unauthorized")
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        rewind(publication_of(post), 0)
        driven.run()
        publication = publication_of(post)
        assert publication.state == State.PUBLISHED
        assert publication.connection.health == "ok"

    def test_a_token_that_is_refused_again_after_it_was_renewed_asks_the_person(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        for _ in range(2):
            sandbox.control.add_fault(operation="create_post", kind="unauthorized")
            rewind(publication_of(post), 0)
            driven.run()
        publication = publication_of(post)
        assert publication.state == State.HELD
        assert publication.connection.health == "broken"

    def test_a_platform_that_is_down_is_tried_again_later(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        sandbox.stop()
        try:
            post = make_post(cast.alice, cast.workspace, account, plan=Now())
            driven.run()
            publication = publication_of(post)
            assert publication.state == State.SCHEDULED
            assert attempts_of(post)[-1].status == Attempt.Status.REFUSED
        finally:
            sandbox.restart()
        rewind(publication, 0)
        driven.run()
        assert publication_of(post).state == State.PUBLISHED

    def test_what_has_too_little_of_its_lease_left_is_not_sent(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        driven.engine.publisher.call_seconds = driven.engine.store.lease_seconds + 1.0
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        publication = publication_of(post)
        assert (publication.state, publication.error_code) == (State.SCHEDULED, "too_slow")
        assert creates(sandbox) == []


class UnknownTests:
    @pytest.mark.parametrize(
        "fault", ["accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id", "accept_then_hang"]
    )
    def test_what_may_have_arrived_is_looked_up_and_never_sent_again(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, fault: str
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind=fault, params={"hang_seconds": 30})
        post = make_post(cast.alice, cast.workspace, account, text=f"After {fault} & more <3", plan=Now())
        driven.run()
        publication = publication_of(post)
        assert publication.state == State.UNKNOWN
        rewind(publication, 60)
        assert driven.settle() == 1
        publication = publication_of(post)
        assert publication.state == State.PUBLISHED
        assert publication.remote_id == sandbox.control.posts(username="norrestudio")[0]["id"]
        assert len(creates(sandbox)) == 1

    @pytest.mark.parametrize("fault", ["hang", "reset", "reject_5xx", "html_502"])
    def test_what_is_not_found_goes_to_a_person_after_the_last_look(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven, fault: str
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind=fault, params={"hang_seconds": 30})
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        looks = 0
        while publication_of(post).state == State.UNKNOWN:
            rewind(publication_of(post), 3600)
            looks += driven.settle()
        publication = publication_of(post)
        assert publication.state == State.NEEDS_HUMAN
        assert looks >= 4
        assert publication.error_sentence
        assert publication.error_next_step
        assert len(creates(sandbox)) == 1, "never sent again on a guess"

    def test_a_mistake_of_ours_while_sending_leaves_the_outcome_in_doubt(
        self, cast: Cast, account: Connection, driven: Driven, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object) -> None:
            raise KeyError("id")

        monkeypatch.setattr(X, "commit", broken)
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        assert (publication_of(post).state, publication_of(post).error_code) == (State.UNKNOWN, "bug")

    def test_a_delivery_that_comes_late_is_found(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        sandbox.control.settings(visibility_delay_seconds=600)
        sandbox.control.add_fault(operation="create_post", kind="accept_then_reset")
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        driven.run()
        rewind(publication_of(post), 60)
        driven.settle()
        assert publication_of(post).state == State.UNKNOWN, "a list that does not show it proves nothing"
        sandbox.control.advance(700)
        rewind(publication_of(post), 600)
        driven.settle()
        assert publication_of(post).state == State.PUBLISHED

    def test_a_part_of_a_thread_that_turned_up_lets_the_rest_go_on(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        sandbox.control.add_fault(operation="create_post", kind="accept_then_reset", match_text="two")
        post = make_post(cast.alice, cast.workspace, account, parts=("one", "two", "three"), plan=Now())
        driven.run()
        assert publication_of(post).state == State.UNKNOWN
        rewind(publication_of(post), 60)
        driven.settle()
        driven.run()
        assert publication_of(post).state == State.PUBLISHED
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == ["one", "two", "three"]

    def test_an_older_post_with_the_same_words_is_not_taken_for_it(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        sandbox.control.settings(duplicate_filter=False)
        make_post(cast.alice, cast.workspace, account, text="same words", plan=Now())
        driven.run()
        sandbox.control.add_fault(operation="create_post", kind="reject_5xx")
        second = make_post(cast.alice, cast.workspace, account, text="same words", plan=Now())
        driven.run()
        rewind(publication_of(second), 60)
        driven.settle()
        assert publication_of(second).state == State.UNKNOWN

    def test_a_duplicate_refusal_after_a_persons_no_is_looked_up_instead_of_believed(
        self, sandbox: Running, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        sandbox.control.settings(visibility_delay_seconds=36_000)
        sandbox.control.add_fault(operation="create_post", kind="accept_then_reset")
        post = make_post(cast.alice, cast.workspace, account, text="it was there after all", plan=Now())
        driven.run()
        while publication_of(post).state == State.UNKNOWN:
            rewind(publication_of(post), 3600)
            driven.settle()
        with acting(cast.alice, cast.workspace) as actor:
            decide_not_there(actor=actor, publication=publication_of(post))
        driven.run()
        assert publication_of(post).state == State.UNKNOWN, "the refusal says that the first one went through"
        sandbox.control.advance(40_000)
        for _ in range(2):  # the token ended in the meantime: the first look renews it
            rewind(publication_of(post), 60)
            driven.settle()
        assert publication_of(post).state == State.PUBLISHED
        assert len(sandbox.control.posts(username="norrestudio")) == 1
