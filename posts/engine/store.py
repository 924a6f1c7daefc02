"""The engine's side of PostgreSQL: a pool of its own, logged in as the system role, and group commit for the two hot
writes. Plain SQL on purpose: the ORM on intent and result cost two thirds of the throughput.
"""

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Generic, TypeVar

import psycopg
import structlog
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from posts import content
from posts.engine.failpoints import failpoint
from posts.engine.protocol import Item
from posts.engine.spool import Spool
from posts.engine.values import Attempted, Claim, Work, step_name
from posts.missed import missed_seconds
from social import tokens
from social.contract import MediaKind, Variant, VariantMedia

log = structlog.get_logger(__name__)
T = TypeVar("T")
R = TypeVar("R")
MOST_IN_ONE_COMMIT = 64
BUSY_BATCH = 4
GATHER_SECONDS = 0.01

LOAD = """
select p.id, p.fence, p.connection_id, p.workspace_id, p.platform, p.due_at, p.tries, p.checks,
       po.text, po.thread, p.own_texts, p.options,
       w.missed_policy, w.missed_minutes,
       ACCOUNT_COLUMNS,
       (select coalesce(json_agg(json_build_object(
                 'part', pm.part, 'uid', m.uid, 'kind', m.kind, 'mime', m.mime, 'size', m.size, 'width', m.width,
                 'height', m.height, 'sha256', m.sha256, 'alt_text', m.alt_text, 'duration_ms', m.duration_ms,
                 'frames', m.frames, 'storage_name', m.storage_name) order by pm.part, pm.position), '[]')
        from posts_postmedia pm join posts_media m on m.id = pm.media_id where pm.post_id = p.post_id) as media,
       (select coalesce(json_agg(json_build_object(
                 'step', a.step, 'fence', a.fence, 'status', a.status, 'disproved', a.disproved, 'code', a.code,
                 'started_at', a.started_at, 'remote_id', a.remote_id, 'remote_url', a.remote_url) order by a.id), '[]')
        from posts_attempt a where a.publication_id = p.id) as attempts
from posts_publication p join posts_post po on po.id = p.post_id
  join social_connection c on c.id = p.connection_id join social_grant g on g.id = c.grant_id
  join accounts_workspace w on w.id = p.workspace_id
where p.id = any(%s)
""".replace("ACCOUNT_COLUMNS", tokens.AT_HAND)
CLOSE_PLATFORM = """
insert into posts_platformgate (platform, closed_until, reason) values (%s, clock_timestamp() + make_interval(secs => %s), %s)
on conflict (platform) do update
set closed_until = greatest(posts_platformgate.closed_until, excluded.closed_until), reason = excluded.reason
"""
# Remote ids of this account that other publications own: a match must not be one of them.
TAKEN = """
select a.remote_id from posts_attempt a join posts_publication p on p.id = a.publication_id
where p.connection_id = %s and a.status = 'ok' and a.remote_id <> '' and a.started_at > %s - interval '1 day'
"""


class GroupCommit(Generic[T, R]):
    """One writer thread: whatever waits when it is free goes in one statement and one commit.

    A lone item goes at once. While many come, each batch waits a moment for more: a commit costs the same for one or for
    sixty.
    """

    def __init__(self, name: str, write: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._write = write
        self._queue: queue.SimpleQueue[tuple[T, Future[R]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"group-{name}", daemon=True)
        self._thread.start()

    def put(self, item: T) -> R:
        """Hand an item over and wait until it is committed. Raises what the database said."""
        future: Future[R] = Future()
        self._queue.put((item, future))
        return future.result()

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(10)

    def _run(self) -> None:
        last = 1
        while (first := self._queue.get()) is not None:
            if last >= BUSY_BATCH:
                time.sleep(GATHER_SECONDS)
            batch = [first]
            while len(batch) < MOST_IN_ONE_COMMIT:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._queue.put(None)
                    break
                batch.append(following)
            last = len(batch)
            self._commit(batch)

    def _commit(self, batch: list[tuple[T, Future[R]]]) -> None:
        try:
            results = self._write([item for item, _ in batch])
        except psycopg.Error as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            # One bad row must not fail its neighbours.
            for single in batch:
                self._commit([single])
            return
        except Exception as error:  # whatever an item holds, the writer has to outlive it: others wait for it
            log.exception("an item could not be written")
            for _item, future in batch:
                future.set_exception(error)
            return
        for (_item, future), result in zip(batch, results, strict=True):
            future.set_result(result)


class Store:
    """Claims, intents and results. One per process."""

    def __init__(
        self, url: str, *, lease_seconds: int, workspace_cap: int, size: int = 6, spool: Spool | None = None
    ) -> None:
        self.lease_seconds = lease_seconds
        self.spool = spool
        self.workspace_cap = workspace_cap
        self.pool = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            kwargs={"autocommit": True, "application_name": "multivio engine"},
            configure=_by_key_alone,
            open=True,
        )
        self._intents: GroupCommit[tuple[Work, int, int], bool] = GroupCommit("intents", self._write_intents)
        self._results: GroupCommit[Item, None] = GroupCommit("results", self._write_results)

    def close(self) -> None:
        self._intents.close()
        self._results.close()
        self.pool.close()

    @property
    def lease(self) -> str:
        return f"{self.lease_seconds} seconds"

    def claim(self, owner: str, count: int) -> list[Claim]:
        with self.pool.connection() as connection:
            rows = connection.execute(
                "select id, fence, connection_id, workspace_id, platform, due_at, late_seconds"
                " from mv_claim(%s, %s, %s::interval, %s)",
                [owner, count, self.lease, self.workspace_cap],
            ).fetchall()
        return [Claim(*row) for row in rows]

    def next_wake_seconds(self) -> float | None:
        """Seconds until something is due by what the lanes say; negative when it is, None when nothing is planned."""
        with self.pool.connection() as connection:
            row = connection.execute(
                "select extract(epoch from mv_next_wake() - clock_timestamp())::double precision"
            ).fetchone()
        return row[0] if row else None

    def load(self, ids: Sequence[int]) -> dict[int, Work]:
        """Everything the steps need, in one query. Read after the lease, so nobody changes it any more."""
        with self.pool.connection() as connection:
            rows = connection.cursor(row_factory=dict_row).execute(LOAD, [list(ids)]).fetchall()
        return {row["id"]: _read(row) for row in rows}

    def intend(self, work: Work, number: int, total: int) -> bool:
        """Journal that step `number` of `total` is about to leave, durably. False: the lease or the right to send is gone."""
        return self._intents.put((work, number, total))

    def record(self, item: Item) -> bool:
        """Store an outcome, durably. While the database is away it goes to the spool and is handed in later: False."""
        try:
            self._results.put(item)
            return True
        except psycopg.OperationalError:
            if self.spool is None:
                raise
            self.spool.keep(item)
            log.warning("outcome kept on disk, the database is away", publication=item["id"], kind=item["kind"])
            return False

    def hand_in(self) -> int:
        """Give the database what was kept for it."""
        return self.spool.hand_in(self._results.put) if self.spool else 0

    def is_cancelled(self, claim: Claim) -> bool:
        """Whether a person asked to stop it."""
        with self.pool.connection() as connection:
            row = connection.execute(
                "select cancel_requested from posts_publication where id = %s", [claim.id]
            ).fetchone()
        return bool(row and row[0])

    def renew(self, claim: Claim) -> bool:
        with self.pool.connection() as connection:
            row = connection.execute(
                "select mv_renew(%s, %s, %s::interval)", [claim.id, claim.fence, self.lease]
            ).fetchone()
        return bool(row and row[0])

    def sweep(self) -> tuple[int, int, int]:
        """Leases that ended: (released, became unknown, held)."""
        failpoint("in_sweeper")
        with self.pool.connection() as connection:
            row = connection.execute("select * from mv_sweep()").fetchone()
        return (row[0], row[1], row[2]) if row else (0, 0, 0)

    def close_platform(self, platform: str, seconds: float, reason: str) -> None:
        """Claim nothing for this platform for a while, in no worker."""
        with self.pool.connection() as connection:
            connection.execute(CLOSE_PLATFORM, [platform, seconds, reason])

    def take_checks(self, platform: str, backoff: Sequence[float], count: int) -> list[int]:
        with self.pool.connection() as connection:
            rows = connection.execute(
                "select id from mv_take_checks(%s, %s, %s::double precision[])", [platform, count, list(backoff)]
            ).fetchall()
        return [row[0] for row in rows]

    def taken(self, connection_id: int, since: datetime) -> frozenset[str]:
        with self.pool.connection() as connection:
            return frozenset(row[0] for row in connection.execute(TAKEN, [connection_id, since]))

    def disprove(self, work: Work, step: str, fence: int, sentence: str) -> None:
        with self.pool.connection() as connection:
            connection.execute("select mv_disprove(%s, %s, %s, %s)", [work.claim.id, fence, step, sentence])

    def give_up(self, work: Work, sentence: str, next_step: str) -> bool:
        with self.pool.connection() as connection:
            row = connection.execute(
                "select mv_give_up(%s, %s, %s, %s)", [work.claim.id, work.claim.fence, sentence, next_step]
            ).fetchone()
        return bool(row and row[0])

    def _write_intents(self, batch: Sequence[tuple[Work, int, int]]) -> list[bool]:
        columns = [
            [work.claim.id for work, _, _ in batch],
            [work.claim.fence for work, _, _ in batch],
            [step_name(number) for _, number, _ in batch],
            [work.digest for work, _, _ in batch],
            [total for _, _, total in batch],
        ]
        with self.pool.connection() as connection:
            rows = connection.execute(
                "select mv_intend(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::interval)",
                [*columns, self.lease],
            ).fetchall()
        failpoint("after_intent")
        going = {row[0] for row in rows}
        return [work.claim.id in going for work, _, _ in batch]

    def _write_results(self, batch: Sequence[Item]) -> list[None]:
        with self.pool.connection() as connection:
            connection.execute("select mv_record(%s::jsonb)", [json.dumps(list(batch))])
        return [None] * len(batch)


def _by_key_alone(connection: psycopg.Connection[Any]) -> None:
    """The engine reads and writes rows by their keys. A plan that was made while a table was small must not read all of
    it later, for as long as the session lives."""
    connection.execute("set enable_seqscan = off")
    connection.execute("set enable_hashjoin = off")
    connection.execute("set enable_mergejoin = off")
    connection.execute("set jit = off")


def _read(row: dict[str, Any]) -> Work:
    """A row as work. One that cannot be read says so instead: it must not keep the rows beside it from being published."""
    try:
        return as_work(row)
    except Exception as error:  # whatever is wrong with a row, it is this row's trouble alone
        log.exception("a publication cannot be read", publication=row["id"])
        why = f"{type(error).__name__}: {error}"
        return Work(
            _claim_of(row), Variant(parts=()), digest="", tries=row["tries"], traits={}, account=None, unreadable=why
        )


def _claim_of(row: dict[str, Any]) -> Claim:
    return Claim(row["id"], row["fence"], row["connection_id"], row["workspace_id"], row["platform"], row["due_at"])


def as_work(row: dict[str, Any]) -> Work:
    media: dict[int, list[VariantMedia]] = {}
    for item in row["media"]:
        part = item.pop("part")
        media.setdefault(part, []).append(VariantMedia(**{**item, "kind": MediaKind(item["kind"])}))
    variant = content.variant_of([row["text"], *row["thread"]], media, row["own_texts"], row["options"])
    return Work(
        claim=_claim_of(row),
        variant=variant,
        digest=content.digest(variant),
        tries=row["tries"],
        checks=row["checks"],
        missed_seconds=missed_seconds(row["missed_policy"], row["missed_minutes"]),
        traits=row["traits"],
        account=tokens.account_at_hand(row),
        attempts=tuple(
            Attempted(**{**item, "started_at": datetime.fromisoformat(item["started_at"])}) for item in row["attempts"]
        ),
    )
