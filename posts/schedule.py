"""Wall times in zones, and the instants they mean. One time-zone database: Python's, never PostgreSQL's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from multivio.errors import Problem
from multivio.zones import is_zone


@dataclass(frozen=True)
class WallTime:
    """A time as people say it: a date and a clock time in an IANA zone. `fold` 1 means the second of two equal times."""

    on: date
    at: time
    zone: str
    fold: int = 0

    def exists(self) -> bool:
        """False in the hour that a clock skips in spring."""
        local = self._local()
        return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)

    def is_ambiguous(self) -> bool:
        """True in the hour that a clock repeats in autumn."""
        local = self._local()
        return self.exists() and local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()

    def instant(self) -> datetime:
        """The moment it means, in UTC. A time that does not exist moves forward by the gap: 02:30 becomes 03:30."""
        return self._local().astimezone(UTC)

    def _local(self) -> datetime:
        return datetime.combine(self.on, self.at.replace(microsecond=0), tzinfo=ZoneInfo(self.zone)).replace(
            fold=self.fold
        )


# A minute that has just begun is still "now" to the person who chose it.
PAST_TOLERANCE = timedelta(seconds=60)
FURTHEST = timedelta(days=2 * 365)
# Beyond these, converting between zones leaves the calendar that Python knows.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def _past(field: str) -> Problem:
    return Problem(f"{field}.time", "past_time", "This time has passed. Choose a later one, or publish now.")


def _too_far(field: str) -> Problem:
    return Problem(f"{field}.time", "too_far", "This is more than two years away.")


def problems(wall: WallTime, *, now: datetime, field: str = "plan") -> list[Problem]:
    """What is wrong with a planned time, as sentences: unknown zone, in the past, too far away; the gap as a warning."""
    if not is_zone(wall.zone):
        return [
            Problem(
                f"{field}.zone",
                "unknown_zone",
                f"“{wall.zone}” is not a time zone. Use a name such as Europe/Copenhagen.",
            )
        ]
    if wall.on.year < FIRST_YEAR:
        return [_past(field)]
    if wall.on.year > LAST_YEAR:
        return [_too_far(field)]
    instant = wall.instant()
    if instant < now - PAST_TOLERANCE:
        return [_past(field)]
    if instant > now + FURTHEST:
        return [_too_far(field)]
    if not wall.exists():
        moved = instant.astimezone(ZoneInfo(wall.zone))
        return [
            Problem(
                f"{field}.time",
                "skipped_hour",
                f"The clock skips this time on {wall.on:%d %B}: it goes out at {moved:%H:%M}.",
                severity="warning",
            )
        ]
    return []
