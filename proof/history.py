"""What a run left behind, read by plain SQL and from the sandbox's control API; the checker's only sources.

Nothing here is imported from the product: a mistake there must not excuse itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg.rows import dict_row

X = "x"
PUBLICATIONS = """
select p.id, p.post_id, p.workspace_id, p.state, extract(epoch from p.due_at)::float8 as due_at, p.tries, p.commits,
       p.committed, p.remote_id, p.duplicate_remote_id, extract(epoch from p.claimed_at)::float8 as claimed_at,
       extract(epoch from p.finished_at)::float8 as finished_at, p.error_code, p.error_sentence,
       c.id as connection_id, c.remote_id as account_id, p.platform, array[po.text] || array(
         select jsonb_array_elements_text(po.thread)) as texts
from posts_publication p join posts_post po on po.id = p.post_id join social_connection c on c.id = p.connection_id
order by p.id
"""
ATTEMPTS = """
select a.id, a.publication_id, a.fence, a.step, a.status, a.disproved, a.code, a.sentence, a.remote_id,
       extract(epoch from a.started_at)::float8 as started_at, extract(epoch from a.finished_at)::float8 as finished_at
from posts_attempt a order by a.id
"""


@dataclass(frozen=True)
class Publication:
    """Times are epoch seconds. `texts` are the parts as the database has them now; `account_id` is the platform's."""

    id: int
    post_id: int
    workspace_id: int
    state: str
    due_at: float | None
    tries: int
    commits: int
    committed: int
    remote_id: str | None
    duplicate_remote_id: str
    claimed_at: float | None
    finished_at: float | None
    error_code: str
    error_sentence: str
    connection_id: int
    account_id: str
    texts: tuple[str, ...]
    platform: str = X
    username: str = ""  # the account's name in the sandbox


@dataclass(frozen=True)
class Attempt:
    id: int
    publication_id: int
    fence: int
    step: str
    status: str
    disproved: bool
    code: str
    sentence: str
    remote_id: str
    started_at: float
    finished_at: float | None

    @property
    def part(self) -> int:
        """The part that a committing step makes public, from 1; 0 for other steps."""
        return int(self.step.removeprefix("commit:")) if self.step.startswith("commit:") else 0


@dataclass(frozen=True)
class Request:
    """A request to create a post, as the platform saw it. `post_id` None: it had no effect."""

    id: int
    at: float
    first_byte: float
    account_id: str | None
    status: int | None
    fault: str | None
    concurrent: int
    post_id: str | None
    text_sha256: str | None
    reply_to: str | None = None
    body_sha256: str = ""
    platform: str = X
    username: str = ""


@dataclass(frozen=True)
class RemotePost:
    """`names` is everything by which the platform calls it."""

    id: str
    account_id: str
    text: str
    platform: str = X
    username: str = ""
    names: tuple[str, ...] = ()
    is_public: bool = True


@dataclass(frozen=True)
class Operation:
    """What a person did: ok, refused, or unsure (the database went away meanwhile)."""

    op: str
    post: int
    outcome: str
    since: float
    until: float


@dataclass(frozen=True)
class Span:
    """A time in which a worker process was stopped, epoch seconds."""

    since: float
    until: float


@dataclass
class History:
    lease_seconds: float
    publications: list[Publication] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    remote_posts: list[RemotePost] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    pauses: list[Span] = field(default_factory=list)

    def of(self, platform: str) -> "History":
        """Only what happened there."""
        rows = [row for row in self.publications if row.platform == platform]
        own, elsewhere = (
            {row.id for row in rows},
            {row.post_id for row in self.publications if row.platform != platform},
        )
        return replace(
            self,
            publications=rows,
            attempts=[one for one in self.attempts if one.publication_id in own],
            requests=[one for one in self.requests if one.platform == platform],
            remote_posts=[one for one in self.remote_posts if one.platform == platform],
            operations=[one for one in self.operations if one.post not in elsewhere],
        )


def read(
    *,
    database_url: str,
    sandbox_url: str,
    journal: Path,
    accounts: Path,
    commits: Mapping[str, Sequence[str]],
    lease_seconds: float,
    pauses: list[Span],
) -> History:
    """Everything the checker needs. The database role must see all workspaces. `commits` are the operations of each
    platform that make something public; `accounts` says which account of the sandbox each connection is."""
    known: dict[str, str] = json.loads(accounts.read_text())

    def named(row: dict[str, Any]) -> dict[str, Any]:
        """Not every platform has one id for an account: apart from X, its name in the sandbox stands for it."""
        name = known.get(str(row["connection_id"]), "")
        return {**row, "username": name, "account_id": row["account_id"] if row["platform"] == X else name}

    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        publications = [
            Publication(**{**named(row), "texts": tuple(row["texts"])}) for row in connection.execute(PUBLICATIONS)
        ]
        attempts = [Attempt(**row) for row in connection.execute(ATTEMPTS)]
    return History(
        lease_seconds=lease_seconds,
        publications=publications,
        attempts=attempts,
        requests=[
            one
            for slug, operations in commits.items()
            for operation in operations
            for one in _requests(sandbox_url, slug, operation)
        ],
        remote_posts=[one for slug in commits for one in _remote_posts(sandbox_url, slug)],
        operations=_operations(journal),
        pauses=pauses,
    )


def _get(url: str, **query: str | int) -> dict[str, Any]:
    session = requests.Session()
    session.trust_env = False  # proxies of the environment have no business with loopback
    answer = session.get(url, params=query, timeout=60)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _requests(sandbox_url: str, platform: str, operation: str) -> list[Request]:
    found: list[Request] = []
    since = 0
    while rows := _get(
        f"{sandbox_url}/_sandbox/api/ledger", platform=platform, operation=operation, since_id=since, limit=5000
    )["rows"]:
        since = rows[-1]["id"]
        for row in rows:
            effect = row["effect"] or {}
            found.append(
                Request(
                    id=row["id"],
                    at=row["at"],
                    first_byte=row["at_first_byte"],
                    account_id=row["account_id"] if platform == X else row["username"],
                    status=row["status"],
                    fault=row["fault"],
                    concurrent=row["concurrent"],
                    post_id=effect.get("post_id"),
                    text_sha256=effect.get("text_sha256"),
                    reply_to=effect.get("in_reply_to"),
                    body_sha256=row["request_sha256"],
                    platform=platform,
                    username=row["username"] or "",
                )
            )
    return found


def _remote_posts(sandbox_url: str, platform: str) -> list[RemotePost]:
    """Everything that was published there, also what was deleted since."""
    rows = _get(f"{sandbox_url}/_sandbox/api/{platform}/posts", limit=1_000_000, deleted=1)["posts"]
    return [
        RemotePost(
            id=str(row["id"]),
            account_id=str(row.get("account_id", "")),
            text=str(row.get("text") or ""),
            platform=platform,
            username=str(row.get("username") or ""),
            names=tuple(str(value) for value in row.values() if isinstance(value, str | int)),
            is_public=row.get("privacy") != "private",
        )
        for row in rows
    ]


def _operations(journal: Path) -> list[Operation]:
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    return [Operation(row["op"], row["post"], row["outcome"], row["from"], row["to"]) for row in rows]
