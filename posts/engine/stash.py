"""What repeatable steps leave behind, kept in the database so that a retry starts where the last one ended."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from posts.engine.failpoints import failpoint
from posts.engine.values import Claim

PUT = """
insert into posts_stepresult (workspace_id, publication_id, name, value, expires_at)
values (%s, %s, %s, %s, clock_timestamp() + make_interval(secs => %s))
on conflict (publication_id, name) do update set value = excluded.value, expires_at = excluded.expires_at
"""
GET = "select value from posts_stepresult where publication_id = %s and name = %s and expires_at > clock_timestamp()"


class DatabaseStash:
    """Implements social.contract.Stash for one publication."""

    def __init__(self, pool: ConnectionPool, claim: Claim) -> None:
        self._pool = pool
        self._claim = claim

    def get(self, name: str) -> Mapping[str, Any] | None:
        with self._pool.connection() as connection:
            row = connection.execute(GET, [self._claim.id, name]).fetchone()
        return row[0] if row else None

    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None:
        failpoint("before_stash")
        with self._pool.connection() as connection:
            connection.execute(PUT, [self._claim.workspace_id, self._claim.id, name, Jsonb(dict(value)), lives_seconds])
        failpoint("after_stash")
