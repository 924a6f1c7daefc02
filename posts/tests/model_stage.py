"""The database's side of the comparison with the model: lanes to play on, a clock that moves by shifting rows, snapshots."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from multivio import tenancy
from posts.engine.model import Attempt, Lane, Row, World
from posts.engine.store import Store
from posts.models import Post, Publication
from posts.states import State
from posts.tests.factories import Cast, make_connection
from social.models import Connection

LEASE, CAP = 60, 20

SNAPSHOT = """
select p.*, po.state as post_state, l.blocked_until, l.paused_reason, l.wake_at,
  (select coalesce(json_agg(json_build_object('step', a.step, 'fence', a.fence, 'status', a.status, 'disproved', a.disproved,
     'code', a.code, 'remote_id', a.remote_id) order by a.id), '[]') from posts_attempt a where a.publication_id = p.id) as attempts
from posts_publication p join posts_post po on po.id = p.post_id join posts_lane l on l.connection_id = p.connection_id
order by p.id
"""
TABLES = ("posts_publication", "posts_lane", "posts_platformgate")
SHIFT = """
update posts_publication set due_at = due_at + make_interval(secs => {by}), lease_until = lease_until + make_interval(secs => {by}),
  next_check_at = next_check_at + make_interval(secs => {by});
update posts_lane set wake_at = wake_at + make_interval(secs => {by}), blocked_until = blocked_until + make_interval(secs => {by});
update posts_platformgate set closed_until = closed_until + make_interval(secs => {by});
"""
EMPTY = """
delete from posts_outbox; delete from posts_attempt; delete from posts_publication; delete from posts_post; delete from posts_platformgate;
update social_connection set health = 'ok', health_reason = '', disconnected_at = null, paused_at = null;
update posts_lane set wake_at = null, blocked_until = null, priority = 1;
"""


@dataclass
class Stage:
    """Three lanes in two workspaces, and both sides' clocks: the model's is a number, the database's follows it."""

    store: Store
    owner: psycopg.Connection[Any]
    cast: Cast
    lanes: list[Connection]
    now: float = 0.0
    origin: float = 0.0  # the database's time at which the model's is 0
    posts: dict[int, int] = field(default_factory=dict)  # publication -> post

    @classmethod
    def build(cls, cast: Cast, store: Store, owner: psycopg.Connection[Any]) -> "Stage":
        lanes = [make_connection(workspace) for workspace in (cast.workspace, cast.workspace, cast.elsewhere)]
        return cls(store, owner, cast, lanes)

    def empty(self) -> None:
        self.owner.execute(EMPTY.encode())
        self.now, self.posts = 0.0, {}
        self.origin = self._clock()

    def _clock(self) -> float:
        row = self.owner.execute("select extract(epoch from clock_timestamp())::double precision").fetchone()
        assert row is not None
        return float(row[0])

    def follow(self, forward: float = 0.0) -> None:
        """Take over the database's time, after `forward` seconds have passed: the rows move, past the triggers, since those
        would repair a hint that is wrong."""
        if forward:
            switch = "alter table {table} {to} trigger user;"
            off, on = ("".join(switch.format(table=t, to=to) for t in TABLES) for to in ("disable", "enable"))
            with self.owner.transaction():
                self.owner.execute((off + SHIFT.format(by=repr(-forward)) + on).encode())
            self.origin -= forward
        self.now = self._clock() - self.origin

    def add(self, connections: list[Connection], parts: int, due_at: float | None) -> list[Row]:
        """A post with a publication on each connection; drafts without a time."""
        texts = [f"part {number + 1}" for number in range(parts)]
        workspace = connections[0].workspace_id
        fields: dict[str, Any] = {"state": State.DRAFT if due_at is None else State.SCHEDULED, "commits": parts}
        if due_at is not None:
            fields["due_at"] = self.moment(due_at)
        with tenancy.system("test set-up"):
            post = Post.objects.create(workspace_id=workspace, text=texts[0], thread=texts[1:])
            added = Publication.objects.bulk_create(
                Publication(workspace_id=workspace, post=post, connection=c, platform="x", **fields)
                for c in connections
            )
        self.posts.update({publication.pk: post.pk for publication in added})
        return [
            Row(p.pk, p.connection_id, workspace, "x", State(p.state), due_at, commits=parts, fence=0) for p in added
        ]

    def moment(self, at: float) -> datetime:
        row = self.owner.execute("select to_timestamp(%s)", [self.origin + at]).fetchone()
        assert row is not None
        return row[0]  # type: ignore[no-any-return]

    def _since(self, moment: datetime | None) -> float | None:
        return None if moment is None else moment.timestamp() - self.origin

    def snapshot(self) -> tuple[World, list[dict[str, Any]]]:
        """The database as a world of the model, and the raw rows."""
        rows = self.owner.cursor(row_factory=dict_row).execute(SNAPSHOT.encode()).fetchall()
        gates = self.owner.execute("select platform, closed_until from posts_platformgate").fetchall()
        broken = self.owner.execute(
            "select id, health = 'broken', disconnected_at is not null, paused_at is not null from social_connection"
        )
        blocked = dict(self.owner.execute("select connection_id, blocked_until from posts_lane").fetchall())
        lanes = {c: Lane(self._since(blocked[c]), bad, gone, stop) for c, bad, gone, stop in broken.fetchall()}
        world = World(
            {row["id"]: self._row(row) for row in rows},
            lanes,
            {platform: self._since(until) or 0.0 for platform, until in gates},
        )
        return world, rows

    def _row(self, row: dict[str, Any]) -> Row:
        same = ("id", "platform", "priority", "fence", "cancel_requested", "commits", "committed", "tries", "checks")
        return Row(
            **{name: row[name] for name in same},
            connection=row["connection_id"],
            workspace=row["workspace_id"],
            state=State(row["state"]),
            due_at=self._since(row["due_at"]),
            lease_until=self._since(row["lease_until"]),
            next_check_at=self._since(row["next_check_at"]),
            remote_id=row["remote_id"] or "",
            duplicate=row["duplicate_remote_id"],
            error_code=row["error_code"],
            attempts=tuple(Attempt(**attempt) for attempt in row["attempts"]),
        )


def sleeping(rows: list[dict[str, Any]], clock: datetime) -> list[int]:
    """Scheduled publications whose lane's hint lies later than the truth: they would be sent too late, or never."""
    late = []
    for row in rows:
        if row["state"] != State.SCHEDULED or row["paused_reason"]:
            continue
        truth = max(moment for moment in (row["due_at"], row["blocked_until"], clock) if moment is not None)
        if row["wake_at"] is None or row["wake_at"] > truth:
            late.append(row["id"])
    return late
