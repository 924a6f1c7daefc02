"""What the rules of protocol_machine.py draw from: errors, times, and the list of events with their weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import psycopg
from hypothesis import strategies as st

from multivio.errors import DomainError, Invalid
from posts.engine import protocol
from posts.engine.values import Work
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown

if TYPE_CHECKING:
    from posts.tests.protocol_machine import Together

# No two sums of these come close to each other: real time that passes in between decides nothing.
STEPS = [50.0, 50.0, 100.0, 250.0, 25_000.0]
ANY = range(8)
DICE = st.lists(st.integers(0, 839), min_size=5, max_size=5)  # 840 divides by every number up to 8
DUE: list[float | None] = [None, 0.0, 0.0, 0.0, 130.0]
BACKOFF = (80.0, 130.0, 230.0)
MISSED_SECONDS = 15 * 60.0  # what a new workspace has
START = datetime(2026, 1, 1, tzinfo=UTC)


def reason_of(error: Exception) -> str:
    """Which guard it was, in the model's words. Raises what is none."""
    if isinstance(error, DomainError):
        return "invalid" if isinstance(error, Invalid) else error.code
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    assert isinstance(cause, psycopg.Error)
    if isinstance(cause, psycopg.errors.UniqueViolation):
        return str(cause.diag.constraint_name)
    if not str(cause.sqlstate).startswith("MV"):
        raise error
    return str(cause.sqlstate)


T = TypeVar("T")


class Draw(Protocol):
    def __call__(self, options: Sequence[T]) -> T: ...


@dataclass(frozen=True)
class Event:
    """Something that can happen, how often, and when it makes sense."""

    name: str
    weight: int
    when: Callable[["Together"], Any]
    run: Callable[["Together", Draw], None]


EVENTS: list[Event] = []


def event(weight: int, when: Callable[["Together"], Any] = lambda _: True) -> Callable[[Any], Any]:
    def keep(run: Callable[["Together", Draw], None]) -> Callable[["Together", Draw], None]:
        EVENTS.append(Event(run.__name__, weight, when, run))
        return run

    return keep


@dataclass
class Hand:
    """A worker's claim, as it remembers it, however long ago."""

    work: Work
    sent: int = 0  # the part that is out, 0 before
    item: dict[str, Any] | None = None  # what it said last


LATER = START + timedelta(seconds=130)
ERRORS: list[PlatformError] = [
    Refused("No."),
    Refused("Said twice.", code="duplicate"),
    RateLimited("Too many.", until=LATER),
    AppBlocked("Out of credits.", until=LATER),
    NeedsReauth("Ended.", code="needs_reauth"),
    NotSent("Not reached."),
    protocol.Missed("Too late.", code="missed_window"),
    Unknown("No answer.", code="timeout"),
    Unknown("Trouble.", code="trouble", http_status=503),
]
