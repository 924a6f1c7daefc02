"""Posting schedules: the slots of connections. Changing one moves nothing that is planned already."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import time

from django.db import transaction

from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict, Invalid, NotFound, Problem, Stale
from posts.services import recording
from posts.slot_models import Slot
from social.models import Connection

MOST = 100
Times = Sequence[tuple[int, time]]  # ISO weekday, clock time


def schedule_of(connection: Connection) -> list[tuple[int, time]]:
    rows = Slot.objects.filter(workspace=connection.workspace_id, connection=connection).order_by("weekday", "at")
    return list(rows.values_list("weekday", "at"))


def version_of(times: Times) -> str:
    """The same for the same slots, for If-Match."""
    return hashlib.sha256(",".join(_words(times)).encode()).hexdigest()[:16]


@transaction.atomic
def set_schedule(*, actor: Actor, connection: Connection, times: Times, version: str | None = None) -> Times:
    """Replace the posting schedule. Raises Invalid; Stale when `version` is not that of the stored one."""
    actor.require(Right.PUBLISH)
    found = _locked(actor, [connection.pk])
    if not found:
        raise NotFound("There is no such connection.")
    if found[0].disconnected_at is not None:
        raise Conflict("This account is disconnected, so nothing can be scheduled on it.")
    wanted = _checked(times)
    before = schedule_of(found[0])
    if version is not None and version != version_of(before):
        raise Stale("Somebody else changed this posting schedule since you opened it.")
    _replace(actor, found[0], before, wanted)
    return wanted


@transaction.atomic
def copy_schedule(*, actor: Actor, connection: Connection) -> int:
    """Give its posting schedule to every other connected account of the workspace; how many had another one."""
    actor.require(Right.PUBLISH)
    live = Connection.objects.in_workspace(actor.workspace.pk).live()
    found = _locked(actor, live.values_list("pk", flat=True))
    wanted = next((schedule_of(one) for one in found if one.pk == connection.pk), None)
    if wanted is None:
        raise NotFound("There is no such connection.")
    others = [(one, schedule_of(one)) for one in found if one.pk != connection.pk]
    different = [(one, before) for one, before in others if before != wanted]
    for one, before in different:
        _replace(actor, one, before, wanted)
    return len(different)


def _locked(actor: Actor, keys: Iterable[int]) -> list[Connection]:
    rows = Connection.objects.select_for_update(of=("self",), no_key=True).filter(workspace=actor.workspace)
    return list(rows.filter(pk__in=list(keys)).order_by("pk"))


def _checked(times: Times) -> list[tuple[int, time]]:
    if any(not 1 <= weekday <= 7 for weekday, _at in times):
        raise Invalid.because([Problem("slots", "bad_weekday", "A weekday is a number from 1 (Monday) to 7 (Sunday).")])
    wanted = sorted({(weekday, at.replace(second=0, microsecond=0, tzinfo=None)) for weekday, at in times})
    if len(wanted) > MOST:
        raise Invalid.because([Problem("slots", "too_many", f"A posting schedule has at most {MOST} slots a week.")])
    return wanted


def _replace(actor: Actor, connection: Connection, before: Times, wanted: Times) -> None:
    if list(before) == list(wanted):
        return
    Slot.objects.filter(connection=connection).delete()
    Slot.objects.bulk_create(
        Slot(workspace_id=connection.workspace_id, connection=connection, weekday=weekday, at=at)
        for weekday, at in wanted
    )
    said = {"before": {"slots": _words(before)}, "after": {"slots": _words(wanted)}}
    recording.record(actor, "connection.schedule_set", connection, **said)


def _words(times: Times) -> list[str]:
    return [f"{Slot.Day(weekday).label[:3]} {at:%H:%M}" for weekday, at in times]
