"""What hangs on connections, as the apps above say: posts that wait for them, and how long they may not be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social.models import Connection
from social.signals import hanging_asked


@dataclass(frozen=True)
class Hanging:
    """Of one connection: scheduled posts, those of them that are due after its access ends, and a rate limit's end."""

    scheduled: int = 0
    after_the_end: int = 0
    blocked_until: datetime | None = None


NOTHING = Hanging()


def on(connections: Sequence[Connection], *, ends: Mapping[int, datetime] | None = None) -> dict[int, Hanging]:
    """By the connections' ids; `ends` says when access ends, where it does."""
    answers: list[Any] = [
        answer for _, answer in hanging_asked.send(Connection, connections=list(connections), ends=dict(ends or {}))
    ]
    found: dict[int, Hanging] = {connection.pk: NOTHING for connection in connections}
    for answer in answers:
        for pk, hanging in answer.items():
            found[pk] = _together(found.get(pk, NOTHING), hanging)
    return found


def _together(one: Hanging, other: Hanging) -> Hanging:
    gates = [at for at in (one.blocked_until, other.blocked_until) if at is not None]
    return Hanging(
        scheduled=one.scheduled + other.scheduled,
        after_the_end=one.after_the_end + other.after_the_end,
        blocked_until=max(gates, default=None),
    )
