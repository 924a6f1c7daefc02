"""The claim, the guards and the kept post state, in the database itself."""

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
import pytest

from posts.engine import protocol
from posts.engine.store import Store
from posts.services import Now
from posts.states import TRANSITIONS, State, post_state, transition_pairs
from posts.tests.factories import Cast, make_cast, make_connection, make_post
from social.contract import NotSent, Proof

pytestmark = pytest.mark.real_commits
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def store(system_url: str) -> Any:
    store = Store(system_url, lease_seconds=60, workspace_cap=20)
    yield store
    store.close()


STATE_AND_LEASE = "state = %s, lease_until = case when %s in ('leased', 'sending') then now() + interval '1 minute' end"


def force(owner: psycopg.Connection, state: str, *, live: int = 0, row: int | None = None) -> None:
    """Put rows into a state past the guards, to try what may follow it."""
    owner.execute("alter table posts_publication disable trigger user")
    owner.execute(
        f"update posts_publication set {STATE_AND_LEASE}, committed = %s, outcome_proof = '{{}}', due_at = now()"
        " where id = coalesce(%s, id)",
        [state, state, live, row],
    )
    owner.execute("alter table posts_publication enable trigger user")


class TransitionTests:
    def test_the_database_allows_exactly_the_transitions_of_the_table(self, cast: Cast, owner_url: str) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        allowed = set()
        with psycopg.connect(owner_url, autocommit=True) as owner:
            for before, after in itertools.permutations([s.value for s in State], 2):
                force(owner, before)
                try:
                    owner.execute(f"update posts_publication set {STATE_AND_LEASE}, fence = fence + 1", [after, after])
                except psycopg.Error as error:
                    if error.sqlstate == "MV001":
                        continue
                    if error.sqlstate != "MV004":  # allowed, but this one has no proof
                        raise
                allowed.add((before, after))
        assert allowed == transition_pairs()

    def test_every_state_is_in_the_table(self) -> None:
        assert set(TRANSITIONS) == set(State)

    def test_what_is_public_in_part_is_never_called_cancelled(self, cast: Cast, owner_url: str) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), parts=("one", "two"))
        with psycopg.connect(owner_url, autocommit=True) as owner:
            for before in (State.SCHEDULED, State.HELD, State.FAILED, State.NEEDS_HUMAN):
                force(owner, before.value, live=1)
                with pytest.raises(psycopg.Error, match="not allowed"):
                    owner.execute("update posts_publication set state = 'cancelled'")

    def test_a_fence_never_goes_back(self, cast: Cast, owner_sql: Sql, store: Store) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        claim = store.claim("w", 1)[0]
        with pytest.raises(psycopg.Error, match="not allowed"):
            owner_sql("update posts_publication set fence = 0 where id = %s", [claim.id])

    def test_a_publication_cannot_be_born_published(self, cast: Cast, owner_sql: Sql) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        with pytest.raises(psycopg.Error, match="cannot begin"):
            owner_sql(
                """insert into posts_publication (uid, workspace_id, post_id, connection_id, platform, state, priority, fence,
                     cancel_requested, content_sha256, commits, committed, tries, checks, remote_url, duplicate_remote_id,
                     error_code, error_sentence, error_next_step, created_at, due_at, outcome_proof)
                   select gen_random_uuid(), workspace_id, post_id, connection_id, platform, 'published', 1, 0, false, '', 1, 1, 0,
                     0, '', '', '', '', '', now(), now(), '{}' from posts_publication where post_id = %s""",
                [post.pk],
            )


class PostStateTests:
    def test_the_kept_state_equals_the_documented_rule(self, cast: Cast, owner_url: str) -> None:
        post = make_post(cast.alice, cast.workspace, *[make_connection(cast.workspace) for _ in range(2)])
        choices = [(state.value, live) for state in State for live in ((0, 1) if state == State.FAILED else (0,))]
        wrong = []
        with psycopg.connect(owner_url, autocommit=True) as owner:
            ids = [row[0] for row in owner.execute("select id from posts_publication order by id")]
            for pair in itertools.combinations_with_replacement(choices, 2):
                for row in ids:
                    force(owner, "draft", row=row)
                for row, (state, live) in zip(ids, pair, strict=True):
                    force(owner, state, live=live, row=row)
                kept = owner.execute("select mv_post_state(%s)", [post.pk]).fetchone()
                if kept != (post_state(pair),):
                    wrong.append((pair, kept, post_state(pair)))
        assert wrong == []

    def test_a_post_without_publications_is_a_draft(self, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace)
        assert post.state == "draft" == post_state([])


BY_UPDATE = "update posts_publication set state = 'scheduled', due_at = now() where post_id = %s"
BY_INSERT = """
with gone as (delete from posts_publication where post_id = %s returning *)
insert into posts_publication (uid, workspace_id, post_id, connection_id, platform, state, priority, fence, cancel_requested,
  content_sha256, commits, committed, tries, checks, remote_url, duplicate_remote_id, error_code, error_sentence, error_next_step,
  created_at, due_at)
select gen_random_uuid(), workspace_id, post_id, connection_id, platform,
  'scheduled', 1, 0, false, '', 1, 0, 0, 0, '', '', '', '', '', now(), now() from gone
"""


class ClaimTests:
    def test_two_of_one_connection_are_never_in_flight(self, cast: Cast, owner_sql: Sql, owner_url: str) -> None:
        connection = make_connection(cast.workspace)
        for _ in range(2):
            make_post(cast.alice, cast.workspace, connection, plan=Now())
        with psycopg.connect(owner_url) as owner, pytest.raises(psycopg.errors.UniqueViolation):
            force(owner, "leased")

    def test_it_claims_what_is_due_and_nothing_else(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        due = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        later = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        owner_sql("update posts_publication set due_at = now() + interval '1 hour' where post_id = %s", [later.pk])
        owner_sql("update posts_lane set wake_at = now()")
        claims = store.claim("w", 10)
        assert [c.id for c in claims] == [
            row[0] for row in owner_sql("select id from posts_publication where post_id = %s", [due.pk])
        ]
        assert claims[0].fence == 1

    def test_one_connection_has_one_in_flight_in_order_of_time(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        connection = make_connection(cast.workspace)
        first = make_post(cast.alice, cast.workspace, connection, text="first", plan=Now())
        second = make_post(cast.alice, cast.workspace, connection, text="second", plan=Now())
        owner_sql("update posts_publication set due_at = now() - interval '5 s' where post_id = %s", [second.pk])
        claims = store.claim("w", 10)
        assert len(claims) == 1
        assert store.load([claims[0].id])[claims[0].id].variant.parts[0].text == "second"
        assert store.claim("w", 10) == []
        assert first is not None

    def test_two_claimers_never_get_the_same(self, cast: Cast, system_url: str) -> None:
        for _ in range(12):
            make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        stores = [Store(system_url, lease_seconds=60, workspace_cap=100) for _ in range(3)]
        got: list[int] = []
        start = threading.Barrier(3)

        def claim(store: Store) -> None:
            start.wait()
            for _ in range(6):
                got.extend(c.id for c in store.claim("w", 2))

        threads = [threading.Thread(target=claim, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for store in stores:
            store.close()
        assert len(got) == len(set(got)) == 12

    def test_a_workspace_stays_under_its_cap(self, cast: Cast, system_url: str) -> None:
        store = Store(system_url, lease_seconds=60, workspace_cap=2)
        for _ in range(5):
            make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        make_post(cast.charlie, cast.elsewhere, make_connection(cast.elsewhere), plan=Now())
        claims = store.claim("w", 10)
        store.close()
        assert sorted(c.workspace_id for c in claims) == sorted([cast.workspace.pk] * 2 + [cast.elsewhere.pk])

    @pytest.mark.parametrize("planned", [BY_UPDATE, BY_INSERT], ids=["update", "insert"])
    def test_a_row_that_is_planned_while_a_claim_runs_does_not_sleep(
        self, cast: Cast, store: Store, owner_url: str, owner_sql: Sql, planned: LiteralString
    ) -> None:
        connection = make_connection(cast.workspace)
        make_post(cast.alice, cast.workspace, connection, text="A", plan=Now())
        late = make_post(cast.alice, cast.workspace, connection, text="B")
        with psycopg.connect(owner_url) as open_transaction:
            open_transaction.execute(planned, [late.pk])
            assert store.claim("w", 5) == [], "the lane is locked by the insert, so the claim steps over it"
        first = store.claim("w", 5)
        assert len(first) == 1
        owner_sql("update posts_publication set state = 'failed', lease_until = null where id = %s", [first[0].id])
        assert len(store.claim("w", 5)) == 1, "the second must not be left asleep"

    def test_a_paused_lane_is_not_claimed_and_wakes_again(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        connection = make_connection(cast.workspace)
        owner_sql("update social_connection set health = 'broken' where id = %s", [connection.pk])
        post = make_post(cast.alice, cast.workspace, connection)
        owner_sql("update posts_publication set state = 'scheduled', due_at = now() where post_id = %s", [post.pk])
        assert store.claim("w", 5) == []
        owner_sql("update social_connection set health = 'ok' where id = %s", [connection.pk])
        assert len(store.claim("w", 5)) == 1

    def test_a_closed_platform_is_not_claimed(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        owner_sql("insert into posts_platformgate values ('x', now() + interval '1 hour', 'credits')")
        assert store.claim("w", 5) == []
        owner_sql("update posts_platformgate set closed_until = now() - interval '1 s'")
        assert len(store.claim("w", 5)) == 1


class JournalTests:
    def claimed(self, cast: Cast, store: Store) -> Any:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        claim = store.claim("w", 1)[0]
        return store.load([claim.id])[claim.id]

    def test_the_same_step_is_never_open_twice(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        work = self.claimed(cast, store)
        assert store.intend(work, 1, 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner_sql(
                """insert into posts_attempt (workspace_id, publication_id, fence, step, status, disproved, request_sha256, started_at,
                     code, sentence, detail, remote_id, remote_url)
                   select workspace_id, publication_id, fence + 1, step, 'intent', false, '', now(), '', '', '', '', '' from posts_attempt"""
            )

    def test_an_intent_needs_the_lease_and_the_fence(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        work = self.claimed(cast, store)
        owner_sql("update posts_publication set lease_until = now() - interval '1 s' where id = %s", [work.claim.id])
        assert store.intend(work, 1, 1) is False
        store.sweep()
        again = store.claim("w", 1)[0]
        assert again.fence == work.claim.fence + 1
        assert store.intend(work, 1, 1) is False, "the old fence changes nothing"
        assert owner_sql("select count(*) from posts_attempt") == [(0,)]

    def test_a_cancelled_publication_may_not_be_sent(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        work = self.claimed(cast, store)
        owner_sql("update posts_publication set cancel_requested = true where id = %s", [work.claim.id])
        assert store.intend(work, 1, 1) is False

    def test_nothing_goes_back_to_the_queue_with_an_open_attempt(
        self, cast: Cast, store: Store, owner_sql: Sql
    ) -> None:
        work = self.claimed(cast, store)
        store.intend(work, 1, 1)
        with pytest.raises(psycopg.Error, match="not disproved"):
            owner_sql(
                "update posts_publication set state = 'scheduled', lease_until = null where id = %s", [work.claim.id]
            )

    def test_the_sweep_releases_what_was_not_sent_and_doubts_what_may_have_been(
        self, cast: Cast, store: Store, owner_sql: Sql
    ) -> None:
        untouched, sent = self.claimed(cast, store), self.claimed(cast, store)
        store.intend(sent, 1, 1)
        owner_sql("update posts_publication set lease_until = now() - interval '1 s'")
        assert store.sweep() == (1, 1, 0)
        states: dict[int, str] = dict(owner_sql("select id, state from posts_publication"))
        assert states == {untouched.claim.id: "scheduled", sent.claim.id: "unknown"}

    def test_the_journal_cannot_be_rewritten_by_the_app(self, cast: Cast, store: Store, app_url: str) -> None:
        work = self.claimed(cast, store)
        store.intend(work, 1, 1)
        with psycopg.connect(app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("update posts_attempt set status = 'refused'")

    def test_a_settled_attempt_keeps_its_outcome(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        work = self.claimed(cast, store)
        store.intend(work, 1, 1)
        owner_sql("update posts_attempt set status = 'refused'")
        with pytest.raises(psycopg.Error, match="cannot become"):
            owner_sql("update posts_attempt set status = 'ok'")

    def test_late_proof_beats_doubt(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        work = self.claimed(cast, store)
        store.intend(work, 1, 1)
        owner_sql("update posts_publication set lease_until = now() - interval '1 s'")
        store.sweep()
        store.record(
            {"kind": "ok", "id": work.claim.id, "fence": work.claim.fence, "step": "commit:1", "remote_id": "77",
             "remote_url": "https://x.example/77", "lease": "60 s", "evidence": {"late": True}}
        )  # fmt: skip
        row = owner_sql("select state, remote_id, outcome_proof from posts_publication where id = %s", [work.claim.id])
        assert row == [("published", "77", {"late": True})]

    def doubted(self, cast: Cast, store: Store, owner_sql: Sql) -> Any:
        work = self.claimed(cast, store)
        store.intend(work, 1, 1)
        owner_sql("update posts_publication set lease_until = now() - interval '1 s'")
        store.sweep()
        return work

    def test_a_no_that_comes_late_settles_the_doubt(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        work = self.doubted(cast, store, owner_sql)
        store.record(protocol.not_accepted(work, 1, NotSent("Not reached.")))
        assert owner_sql("select state from posts_publication") == [("scheduled",)]
        assert owner_sql("select status from posts_attempt") == [("refused",)]

    @pytest.mark.parametrize("order", [("2", "1"), ("1", "2")])
    def test_a_second_copy_is_shown(self, cast: Cast, store: Store, owner_sql: Sql, order: tuple[str, str]) -> None:
        first = self.doubted(cast, store, owner_sql)
        owner_sql("update posts_attempt set disproved = true")  # a person said that it is not there
        owner_sql("update posts_publication set state = 'scheduled'")
        claim = store.claim("w", 1)[0]
        second = store.load([claim.id])[claim.id]
        second = replace(second, claim=claim)
        store.intend(second, 1, 1)
        works = {"1": first, "2": second}
        for remote_id in order:
            store.record(protocol.accepted(works[remote_id], 1, Proof(remote_id, ""), lease_seconds=60))
        row = owner_sql("select state, remote_id, duplicate_remote_id from posts_publication")
        assert row == [("published", "2", "1")]

    def test_one_bad_row_does_not_fail_its_neighbours(self, cast: Cast, store: Store, owner_sql: Sql) -> None:
        good, bad = self.claimed(cast, store), self.claimed(cast, store)
        store.intend(good, 1, 1)
        store.intend(bad, 1, 1)
        ok = {"kind": "ok", "step": "commit:1", "remote_url": "", "lease": "60 s", "evidence": {}}
        items = [
            {**ok, "id": good.claim.id, "fence": good.claim.fence, "remote_id": "1"},
            {
                **ok,
                "id": bad.claim.id,
                "fence": bad.claim.fence,
                "remote_id": "2",
                "lease": "no interval",
                "http_status": "x",
            },
        ]
        failures = []

        def put(item: dict[str, Any]) -> None:
            try:
                store.record(item)
            except psycopg.Error as error:
                failures.append(error)

        threads = [threading.Thread(target=put, args=(json.loads(json.dumps(item)),)) for item in items]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failures) == 1
        assert owner_sql("select state from posts_publication where id = %s", [good.claim.id]) == [("published",)]

    def test_published_means_that_every_part_is(self, cast: Cast, owner_sql: Sql, store: Store) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), parts=("one", "two"), plan=Now())
        claim = store.claim("w", 1)[0]
        work = store.load([claim.id])[claim.id]
        store.intend(work, 1, 2)
        with pytest.raises(psycopg.Error, match="only 0 of 2"):
            owner_sql(
                "update posts_publication set state = 'published', lease_until = null, outcome_proof = '{}' where id = %s",
                [claim.id],
            )
