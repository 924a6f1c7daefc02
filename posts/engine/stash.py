"""What repeatable steps leave behind, kept in the database so that a retry starts where the last one ended."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from posts.engine.failpoints import failpoint
from posts.engine.values import Claim
from social.contract import NotSent

# Only who holds the publication writes: a worker that was stopped for long must not replace what its successor sends from.
PUT = """
insert into posts_stepresult (workspace_id, publication_id, name, value, expires_at)
select p.workspace_id, p.id, %(name)s, %(value)s, clock_timestamp() + make_interval(secs => %(seconds)s)
from posts_publication p
where p.id = %(id)s and p.fence = %(fence)s and p.state in ('leased', 'sending')
for share
on conflict (publication_id, name) do update set value = excluded.value, expires_at = excluded.expires_at
returning publication_id
"""
GET = "select value from posts_stepresult where publication_id = %s and name = %s and expires_at > clock_timestamp()"


class KeptStash:
    """Implements social.contract.Stash for looking at one publication: it can be read, not written."""

    def __init__(self, pool: ConnectionPool, claim: Claim) -> None:
        self._pool = pool
        self._claim = claim

    def get(self, name: str) -> Mapping[str, Any] | None:
        with self._pool.connection() as connection:
            row = connection.execute(GET, [self._claim.id, name]).fetchone()
        return row[0] if row else None

    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None:
        raise RuntimeError("looking after an outcome leaves nothing behind")


class ClaimedStash(KeptStash):
    """The stash of a worker that holds a claim. What it has read or written once stays as it was for this claim: a call
    that leaves late still names the container of its own time, which the platform publishes at most once."""

    def __init__(self, pool: ConnectionPool, claim: Claim) -> None:
        super().__init__(pool, claim)
        self._seen: dict[str, Mapping[str, Any] | None] = {}

    def get(self, name: str) -> Mapping[str, Any] | None:
        if name not in self._seen:
            self._seen[name] = super().get(name)
        return self._seen[name]

    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None:
        """Keep a result. Raises NotSent when somebody else holds the publication by now."""
        failpoint("before_stash")
        given = {
            "id": self._claim.id,
            "fence": self._claim.fence,
            "name": name,
            "value": Jsonb(dict(value)),
            "seconds": lives_seconds,
        }
        with self._pool.connection() as connection:
            kept = connection.execute(PUT, given).fetchone()
        if kept is None:
            raise NotSent("Another worker has taken this over.", code="lease_lost")
        self._seen[name] = dict(value)
        failpoint("after_stash")
