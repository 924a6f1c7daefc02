"""What the tests of slots share: posting schedules in words, and weeks that begin on a known Monday."""

from datetime import UTC, datetime, time

from accounts.models import User, Workspace
from multivio import tenancy
from posts.models import Publication
from posts.services import set_schedule
from posts.tests.factories import acting
from social.models import Connection

DAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


def times(*said: str) -> list[tuple[int, time]]:
    """`times("tue 09:30")`."""
    return [(DAYS[day], time.fromisoformat(clock)) for day, clock in (one.split() for one in said)]


def give_schedule(user: User, workspace: Workspace, connection: Connection, *said: str) -> None:
    with acting(user, workspace) as actor:
        set_schedule(actor=actor, connection=connection, times=times(*said))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due_times(*connections: Connection) -> list[datetime | None]:
    """When the publications of these connections go out, in order of connection and time."""
    with tenancy.system("test"):
        rows = Publication.objects.filter(connection__in=connections).order_by("connection_id", "due_at")
        return list(rows.values_list("due_at", flat=True))
