"""A database that is away must not turn a known outcome into an unknown one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from posts.engine.spool import Spool
from posts.engine.store import Store
from posts.engine.values import Work
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Driven, Rows, connect, publication_of
from posts.tests.factories import Cast, make_connection, make_post
from sandbox.testing import Running

OK = {"kind": "ok", "step": "commit:1", "remote_id": "9", "remote_url": "", "lease": "60 s", "evidence": {}}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


class SpoolTests:
    def test_what_is_kept_is_handed_in_once(self, spool: Spool) -> None:
        item = {**OK, "id": 1, "fence": 1}
        spool.keep(item)
        taken: list[dict[str, Any]] = []
        assert spool.hand_in(taken.append) == 1
        assert taken == [item]
        assert spool.hand_in(taken.append) == 0

    def test_what_is_not_taken_stays(self, spool: Spool) -> None:
        spool.keep({**OK, "id": 1, "fence": 1})

        def refuse(_item: dict[str, Any]) -> None:
            raise psycopg.OperationalError("still away")

        with pytest.raises(psycopg.OperationalError):
            spool.hand_in(refuse)
        assert len(list(spool.folder.iterdir())) == 1

    def test_a_file_that_cannot_be_read_is_put_aside_not_lost(self, spool: Spool) -> None:
        (spool.folder / "7-1-commit-1-ok.json").write_text("{half")
        spool.keep({**OK, "id": 8, "fence": 1})
        taken: list[dict[str, Any]] = []
        assert spool.hand_in(taken.append) == 1
        assert [path.name for path in spool.folder.iterdir()] == ["7-1-commit-1-ok.unreadable"]

    def test_a_new_process_finds_what_a_dead_one_kept(self, spool: Spool) -> None:
        spool.keep({**OK, "id": 1, "fence": 1})
        taken: list[dict[str, Any]] = []
        assert Spool(spool.folder).hand_in(taken.append) == 1


@pytest.mark.real_commits
class DatabaseAwayTests:
    @pytest.fixture
    def store(self, system_url: str, spool: Spool) -> Iterator[Store]:
        store = Store(system_url, lease_seconds=60, workspace_cap=20, spool=spool)
        yield store
        store.close()

    def sent(self, cast: Cast, store: Store) -> Work:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        claim = store.claim("w", 1)[0]
        work = store.load([claim.id])[claim.id]
        assert store.intend(work, 1, 1)
        return work

    def test_an_outcome_waits_on_disk_and_arrives_after_the_sweep_doubted_it(
        self, cast: Cast, store: Store, spool: Spool, owner_sql: Rows, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        work = self.sent(cast, store)

        def away(_batch: Any) -> None:
            raise psycopg.OperationalError("the database system is shutting down")

        with monkeypatch.context() as patched:
            patched.setattr(store._results, "_write", away)
            store.record({**OK, "id": work.claim.id, "fence": work.claim.fence})
        assert len(list(spool.folder.iterdir())) == 1
        owner_sql("update posts_publication set lease_until = now() - interval '1 s'")
        store.sweep()
        assert owner_sql("select state from posts_publication") == [("unknown",)]
        assert store.hand_in() == 1
        assert owner_sql("select state, remote_id from posts_publication") == [("published", "9")]

    def test_a_thread_goes_on_only_when_the_database_knows_of_the_part_before(
        self,
        sandbox: Running,
        cast: Cast,
        driven: Driven,
        spool: Spool,
        owner_sql: Rows,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        store = driven.engine.store
        monkeypatch.setattr(store, "spool", spool)
        write = store._results._write

        def away(_batch: Any) -> None:
            monkeypatch.setattr(store._results, "_write", write)
            raise psycopg.OperationalError("the database system is shutting down")

        monkeypatch.setattr(store._results, "_write", away)
        account = connect(sandbox, cast.workspace)
        post = make_post(cast.alice, cast.workspace, account, parts=("one", "two"), plan=Now())
        driven.run()
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == ["one"]
        assert store.hand_in() == 1
        owner_sql("update posts_publication set lease_until = now() - interval '1 s'")
        store.sweep()
        driven.run()
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == ["one", "two"]
        assert publication_of(post).state == State.PUBLISHED

    def test_a_definite_no_that_comes_late_settles_the_doubt(self, cast: Cast, store: Store, owner_sql: Rows) -> None:
        work = self.sent(cast, store)
        owner_sql("update posts_publication set lease_until = now() - interval '1 s'")
        store.sweep()
        no = {"kind": "refused", "step": "commit:1", "code": "too_long", "sentence": "No.", "next": "failed"}
        store.record({**no, "id": work.claim.id, "fence": work.claim.fence, "connection_id": work.claim.connection_id})
        assert owner_sql("select state, error_code from posts_publication") == [("failed", "too_long")]
        assert owner_sql("select status from posts_attempt") == [("refused",)]

    def test_the_writer_outlives_an_item_that_cannot_be_written(self, cast: Cast, store: Store) -> None:
        with pytest.raises(TypeError):
            store.record({**OK, "id": 1, "fence": 1, "evidence": object()})
        work = self.sent(cast, store)
        store.record({**OK, "id": work.claim.id, "fence": work.claim.fence})
