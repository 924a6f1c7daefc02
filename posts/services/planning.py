"""When a post should go out: exactly one of draft, now, at a wall time in a zone, or in the next free slot."""

from dataclasses import dataclass
from datetime import datetime

from accounts.roles import Right
from multivio.errors import Problem
from posts import schedule
from posts.models import Post
from posts.schedule import WallTime


@dataclass(frozen=True)
class Draft:
    """Keep it; send nothing. A time may be proposed with it, for whoever schedules it; none leaves an earlier one as it is."""

    proposed_for: datetime | None = None


@dataclass(frozen=True)
class Now:
    """As soon as a worker is free."""


@dataclass(frozen=True)
class At:
    """At a wall time in a zone."""

    wall: WallTime


@dataclass(frozen=True)
class NextSlot:
    """Each connection in its own next free slot; one that has a slot already keeps it. See posts/services/queueing.py."""


Plan = Draft | Now | At | NextSlot


def needed_right(plan: Plan) -> Right:
    return Right.WRITE_POSTS if isinstance(plan, Draft) else Right.PUBLISH


def problems(plan: Plan, *, now: datetime) -> list[Problem]:
    return schedule.problems(plan.wall, now=now) if isinstance(plan, At) else []


def apply(plan: Plan, post: Post, *, now: datetime) -> None:
    """Write the plan into the post's fields; does not save. A slot is written when it is taken."""
    post.proposed_for = plan.proposed_for or post.proposed_for if isinstance(plan, Draft) else None
    if isinstance(plan, At):
        wall = plan.wall
        post.planned_on, post.planned_time, post.zone, post.fold = wall.on, wall.at, wall.zone, wall.fold
        post.due_at = wall.instant()
        return
    post.planned_on = post.planned_time = None
    post.zone, post.fold = "", 0
    post.due_at = now if isinstance(plan, Now) else None
