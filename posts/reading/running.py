"""Whether publishing runs: what is late although nothing holds it back, and every process that said it was alive."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Now
from redis import RedisError

from accounts.models import Workspace
from multivio.health import Process, processes
from posts.models import LATE, PlatformGate, Publication
from posts.states import State

KEPT_SECONDS = 15
WORDS = {
    "worker": ("Publishing worker", "sends what is due"),
    "dispatcher": ("Dispatcher", "wakes the workers on time; without it they look once a second"),
    "beat": ("Beat", "ticks for repairs, uploads ahead of time and mails"),
}


@dataclass(frozen=True)
class Standstill:
    """Posts that should have gone out while nothing at all was sent."""

    count: int
    since: datetime


def standstill(workspace: Workspace) -> Standstill | None:
    """None while publishing runs. Every page asks, so the answer is kept for a few seconds."""
    if workspace.paused_at is not None:
        return None
    key = f"standstill:{workspace.uid}"
    with suppress(RedisError):
        kept: Standstill | str | None = cache.get(key)
        if kept is not None:
            return None if isinstance(kept, str) else kept
    found = _standstill(workspace)
    with suppress(RedisError):
        cache.set(key, found or "none", KEPT_SECONDS)
    return found


def _standstill(workspace: Workspace) -> Standstill | None:
    """Late is what was due two minutes ago, was never tried, and is neither paused nor closed."""
    closed = PlatformGate.objects.filter(closed_until__gt=Now()).values("platform")
    late = Q(
        state=State.SCHEDULED,
        due_at__lt=Now() - LATE,
        error_code="",
        connection__paused_at=None,
        connection__disconnected_at=None,
    ) & ~Q(platform__in=closed)
    rows = Publication.objects.in_workspace(workspace.pk)
    found = rows.filter(late).aggregate(count=Count("id"), since=Min("due_at"))
    if not found["count"]:
        return None
    last = rows.filter(claimed_at__gt=Now() - LATE).aggregate(last=Max("claimed_at"))["last"]
    return None if last else Standstill(found["count"], found["since"])


@dataclass(frozen=True)
class Part:
    """A kind of process on the status page."""

    name: str
    does: str
    running: Sequence[Process]
    silent: Sequence[Process]

    @property
    def is_alive(self) -> bool:
        return bool(self.running)


def parts() -> list[Part] | None:
    """Every kind of process with those of it that speak and those that fell silent; None while Redis is away."""
    found = processes()
    if found is None:
        return None
    return [
        Part(
            name,
            does,
            [p for p in found if p.kind == kind and p.is_alive],
            [p for p in found if p.kind == kind and not p.is_alive],
        )
        for kind, (name, does) in WORDS.items()
    ]


def closed_platforms() -> list[PlatformGate]:
    """Platforms to which nothing is sent just now, for anybody."""
    return list(PlatformGate.objects.filter(closed_until__gt=Now()).order_by("platform"))
