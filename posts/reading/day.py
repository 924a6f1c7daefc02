"""The workspace's day, on a line of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby

from accounts.models import Workspace
from posts.models import Post, PostMedia, Publication
from posts.reading.naming import attached_media, handle
from posts.states import MOVING, State

ENTRIES_SHOWN = 60
PLANNED = frozenset({State.SCHEDULED, *MOVING})


@dataclass
class Entry:
    """A moment on the line of time: one post, with the publications of it that share the time and the state."""

    at: datetime
    state: str
    post: Post
    platforms: list[str]
    names: list[str]
    sentence: str = ""

    @property
    def is_planned(self) -> bool:
        return self.state in PLANNED

    @property
    def thumb(self) -> PostMedia | None:
        return next(iter(self.post.attached.all()), None)


@dataclass(frozen=True)
class Day:
    """Today: what was and what will be, and how much is still to come."""

    past: Sequence[Entry]
    coming: Sequence[Entry]
    now: datetime

    @property
    def still_to_go(self) -> list[Entry]:
        return [entry for entry in self.coming if entry.is_planned]

    @property
    def next_at(self) -> datetime | None:
        return next((entry.at for entry in self.still_to_go), None)

    @property
    def is_empty(self) -> bool:
        return not self.past and not self.coming


def today(workspace: Workspace, *, now: datetime) -> Day:
    """The publications of the workspace's own day, in order of time."""
    local = now.astimezone(workspace.tz)
    start = datetime.combine(local.date(), time(), tzinfo=workspace.tz)
    end = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=workspace.tz)
    rows = (
        Publication.objects.filter(workspace=workspace)
        .between(start, end)
        .exclude(state__in=[State.DRAFT, State.CANCELLED])
        .select_related("post", "connection")
        .prefetch_related(attached_media("post__attached"))
    )
    entries = _entries(rows[:ENTRIES_SHOWN])
    return Day(
        past=[entry for entry in entries if entry.at <= now],
        coming=[entry for entry in entries if entry.at > now],
        now=now,
    )


def _entries(publications: Iterable[Publication]) -> list[Entry]:
    ordered = sorted(publications, key=lambda p: (p.due_at, p.post_id, p.state, p.platform))
    found = []
    for (at, _post, state), group in groupby(ordered, key=lambda p: (p.due_at, p.post_id, p.state)):
        same = list(group)
        found.append(
            Entry(
                at=at,
                state=state,
                post=same[0].post,
                platforms=[p.platform for p in same],
                names=[handle(p.connection) for p in same],
                sentence=same[0].error_sentence,
            )
        )
    return found
