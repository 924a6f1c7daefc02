"""Workspaces, accounts and scheduled posts by plain SQL: a million rows through services would take an hour.

The tokens are sealed by the product, so the engine reads them as it always does.
"""

from dataclasses import dataclass
from typing import Any

import psycopg

AT_ONCE = 10_000


@dataclass(frozen=True)
class Accounts:
    """Ids of connections, by workspace, in the order in which they were made."""

    by_workspace: tuple[tuple[int, ...], ...]

    @property
    def all(self) -> list[int]:
        return [connection for own in self.by_workspace for connection in own]


def accounts(url: str, *, workspaces: int, each: int) -> Accounts:
    """Workspaces with one grant and `each` connections. Django has to be set up."""
    from accounts.models import User  # noqa: PLC0415 - settings are only known once the servers run
    from accounts.services import create_workspace  # noqa: PLC0415
    from multivio import tenancy  # noqa: PLC0415
    from social.models import Grant  # noqa: PLC0415

    owner = User.objects.create_user("bench@example.org", None, name="Bench")
    made = []
    for number in range(workspaces):
        workspace = create_workspace(owner=owner, name=f"Bench {number}", zone="UTC")
        with tenancy.system("bench"):
            grant = Grant.objects.create(
                workspace=workspace, platform="x", remote_user_id=f"b{number}", access_token=f"bench-{number}"
            )
        made.append((workspace.pk, grant.pk))
    with psycopg.connect(url, autocommit=True) as database:
        return Accounts(tuple(_connect(database, workspace, grant, each) for workspace, grant in made))


def _connect(database: psycopg.Connection[Any], workspace: int, grant: Any, each: int) -> tuple[int, ...]:
    rows = database.execute(
        """insert into social_connection (uid, workspace_id, grant_id, platform, remote_id, kind, username, name, avatar_url,
             traits, health, health_reason, connected_at)
           select gen_random_uuid(), %s, %s, 'x', %s || '-' || n, 'profile', 'b' || n, '', '', '{}', 'ok', '', now()
           from generate_series(1, %s) n returning id""",
        [workspace, grant, str(workspace), each],
    ).fetchall()
    return tuple(row[0] for row in rows)


def schedule(url: str, connections: list[int], count: int, *, due: str, first: int = 1) -> None:
    """`count` posts, one publication each, dealt out to the connections in turn. `due` is SQL over `n` (0 to count - 1);
    the text begins with the post's number, from `first` on."""
    with psycopg.connect(url, autocommit=True) as database, database.transaction():
        for start in range(0, count, AT_ONCE):  # triggers look at all rows of a statement together
            given = {"ids": connections, "from": start, "to": min(count, start + AT_ONCE) - 1, "first": first}
            database.execute(_SCHEDULE.replace("DUE", due).encode(), given)
    with psycopg.connect(url, autocommit=True) as database:
        # As autovacuum leaves them: otherwise it would clean up after the schedule while lag is measured.
        database.execute("vacuum (analyze) posts_publication, posts_post, posts_lane, posts_attempt, social_connection")


_SCHEDULE = """
with dealt as (
  select n, (%(ids)s::bigint[])[1 + n %% cardinality(%(ids)s::bigint[])] as connection_id, DUE as due
  from generate_series(%(from)s::bigint, %(to)s::bigint) n),
 written as (
  insert into posts_post (uid, workspace_id, text, thread, zone, fold, version, state, due_at, created_at, updated_at)
  select gen_random_uuid(), c.workspace_id, (d.n + %(first)s) || ' bench', '[]', 'UTC', 0, 1, 'scheduled', d.due, now(), now()
  from dealt d join social_connection c on c.id = d.connection_id
  returning id, text)
insert into posts_publication (uid, workspace_id, post_id, connection_id, platform, state, priority, fence, cancel_requested,
  content_sha256, commits, committed, tries, checks, remote_url, duplicate_remote_id, error_code, error_sentence,
  error_next_step, created_at, due_at)
select gen_random_uuid(), c.workspace_id, w.id, d.connection_id, 'x', 'scheduled', 1, 0, false, '', 1, 0, 0, 0, '', '', '', '', '',
  now(), d.due
from dealt d join social_connection c on c.id = d.connection_id
  join written w on w.text = (d.n + %(first)s) || ' bench'
"""


def dues(url: str) -> dict[int, float]:
    """When each post is due, by its number; seconds since the epoch."""
    with psycopg.connect(url) as database:
        rows = database.execute(
            "select split_part(o.text, ' ', 1)::bigint, extract(epoch from p.due_at)::double precision"
            " from posts_publication p join posts_post o on o.id = p.post_id"
        ).fetchall()
    return dict(rows)


def left(url: str) -> int:
    """How many publications are not published yet."""
    with psycopg.connect(url) as database:
        row = database.execute(
            "select count(*) from posts_publication where state <> 'published' and due_at < now()"
        ).fetchone()
    return int(row[0]) if row else 0


def empty(url: str) -> None:
    """Forget all posts; the accounts stay."""
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("truncate posts_post cascade")
        database.execute("update posts_lane set wake_at = null, blocked_until = null")
        database.execute("delete from posts_platformgate")
