"""The queue is a query: a free slot is a time of the posting schedule at which nothing of the connection goes out yet. Nothing
is kept in step, so nothing can be out of step."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from posts.models import Publication
from posts.schedule import FURTHEST, WallTime
from posts.slot_models import Slot
from posts.states import State
from social.models import Connection

Weekly = Sequence[tuple[int, time]]  # ISO weekday, clock time

# What takes its time: everything that goes out then, or will once nothing holds it any more.
LIVE = frozenset(State) - {State.DRAFT, State.CANCELLED, State.FAILED}
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Opening:
    """A moment at which a slot falls, and the wall time that clocks then show."""

    due_at: datetime
    wall: WallTime

    @classmethod
    def at(cls, due_at: datetime, zone: str) -> "Opening":
        local = due_at.astimezone(ZoneInfo(zone))
        return cls(due_at.astimezone(UTC), WallTime(local.date(), local.time(), zone, local.fold))


def occurrences(weekly: Weekly, *, zone: str, after: datetime, until: datetime) -> Iterator[Opening]:
    """When the slots fall, later than `after` and up to `until`, in order, each moment once.

    A time that the clock skips moves forward by the gap, as everywhere here; where another slot is there already, they are
    one. Of a time that the clock shows twice, the first is meant.
    """
    by_day: dict[int, list[time]] = {}
    for weekday, at in weekly:
        by_day.setdefault(weekday, []).append(at)
    day, last = after.astimezone(ZoneInfo(zone)).date() - timedelta(days=1), after
    end = until.astimezone(ZoneInfo(zone)).date()
    while by_day and day <= end:
        for due_at in sorted({WallTime(day, at, zone).instant() for at in by_day.get(day.isoweekday(), ())}):
            if last < due_at <= until:
                last = due_at
                yield Opening.at(due_at, zone)
        day += timedelta(days=1)


def minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def free(weekly: Weekly, taken: Set[datetime], *, zone: str, after: datetime, until: datetime) -> Iterator[Opening]:
    """Slots minus taken times. `taken` holds minutes."""
    return (one for one in occurrences(weekly, zone=zone, after=after, until=until) if one.due_at not in taken)


def free_slots(
    connections: Iterable[Connection],
    *,
    zone: str,
    after: datetime,
    until: datetime | None = None,
    count: int = 1,
    weeks: Mapping[int, Weekly] | None = None,
) -> dict[int, list[Opening]]:
    """The first `count` free slots of each connection, by its key. Two queries, however many there are; one where the posting
    schedules are known (`weeks`)."""
    chosen, until = list(connections), until or after + FURTHEST
    weekly = weekly_of(chosen) if weeks is None else weeks
    taken = _taken(chosen, after, until)

    def of(key: int) -> list[Opening]:
        found = free(weekly.get(key, ()), taken.get(key, frozenset()), zone=zone, after=after, until=until)
        return list(islice(found, count))

    return {connection.pk: of(connection.pk) for connection in chosen}


def next_free_slot(connection: Connection, *, zone: str, after: datetime) -> Opening | None:
    """None where the connection has no slots, or every one of two years is taken."""
    return next(iter(free_slots([connection], zone=zone, after=after)[connection.pk]), None)


def weekly_of(connections: Sequence[Connection]) -> Mapping[int, Weekly]:
    """The posting schedule of each, by its key."""
    found: dict[int, list[tuple[int, time]]] = {}
    stored = _of(connections, Slot.objects.order_by("weekday", "at"))
    for key, weekday, at in stored.values_list("connection_id", "weekday", "at"):
        found.setdefault(key, []).append((weekday, at))
    return found


def _taken(connections: Sequence[Connection], after: datetime, until: datetime) -> Mapping[int, Set[datetime]]:
    rows = Publication.objects.filter(state__in=LIVE, due_at__gt=after - A_MINUTE, due_at__lt=until + A_MINUTE)
    found: dict[int, set[datetime]] = {}
    for key, due_at in _of(connections, rows).values_list("connection_id", "due_at"):
        found.setdefault(key, set()).add(minute(due_at))
    return found


def _of(connections: Sequence[Connection], rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
    workspaces = {connection.workspace_id for connection in connections}
    return rows.filter(workspace__in=workspaces, connection__in=[connection.pk for connection in connections])
