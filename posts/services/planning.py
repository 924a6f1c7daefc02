"""When a post should go out: exactly one of draft, now, or at a wall time in a zone."""

from dataclasses import dataclass
from datetime import datetime

from accounts.roles import Right
from multivio.errors import Problem
from posts import schedule
from posts.models import Post
from posts.schedule import WallTime


@dataclass(frozen=True)
class Draft:
    """Keep it; send nothing."""


@dataclass(frozen=True)
class Now:
    """As soon as a worker is free."""


@dataclass(frozen=True)
class At:
    """At a wall time in a zone."""

    wall: WallTime


Plan = Draft | Now | At


def needed_right(plan: Plan) -> Right:
    return Right.WRITE_POSTS if isinstance(plan, Draft) else Right.PUBLISH


def problems(plan: Plan, *, now: datetime) -> list[Problem]:
    return schedule.problems(plan.wall, now=now) if isinstance(plan, At) else []


def apply(plan: Plan, post: Post, *, now: datetime) -> None:
    """Write the plan into the post's fields; does not save."""
    if isinstance(plan, At):
        wall = plan.wall
        post.planned_on, post.planned_time, post.zone, post.fold = wall.on, wall.at, wall.zone, wall.fold
        post.due_at = wall.instant()
        return
    post.planned_on = post.planned_time = None
    post.zone, post.fold = "", 0
    post.due_at = now if isinstance(plan, Now) else None
