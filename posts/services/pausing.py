"""The crisis stop, for one account or the whole workspace, and what the workspace wishes for posts that missed their time."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import MissedPolicy, Workspace
from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict, Invalid, NotFound, Problem
from posts.missed import LATEST_MINUTES, window_of
from posts.models import Publication
from posts.querysets import PublicationQuerySet
from posts.services import recording
from posts.services.writing import database_now
from posts.states import State
from social.models import Connection

log = structlog.get_logger(__name__)
MISSED = {
    "state": State.HELD,
    "error_code": "missed_window",
    "error_sentence": "Its time passed while nothing could be sent, so it waits for you.",
    "error_next_step": "Publish it now, choose another time, or cancel it.",
}


@dataclass(frozen=True)
class Stopped:
    """What a pause met: publications that wait now, and calls that had left before it."""

    waiting: int
    on_their_way: int


@dataclass(frozen=True)
class GoingOn:
    """What goes on after a pause: publications back in line, and those whose time passed too long ago."""

    waiting: int
    missed: int


@transaction.atomic
def pause_workspace(*, actor: Actor) -> Stopped:
    """Nothing of the workspace leaves from now on; what is scheduled waits. Doing it twice is harmless."""
    actor.require(Right.PUBLISH)
    workspace = _locked(actor)
    if workspace.paused_at is None:
        Workspace.objects.filter(pk=workspace.pk).update(paused_at=timezone.now(), paused_by=actor.user)
        log.warning("publishing paused", workspace=workspace.pk, by=actor.user.pk)
        recording.record(actor, "workspace.paused", workspace)
    actor.workspace.refresh_from_db()
    return _stopped(actor)


@transaction.atomic
def resume_workspace(*, actor: Actor) -> GoingOn:
    """Go on. What is later than the workspace wants it is held, for a person to decide, before anything is sent."""
    actor.require(Right.PUBLISH)
    workspace = _locked(actor)
    if workspace.closing_at is not None:
        raise Conflict("This workspace is about to be deleted. An owner can keep it; then publishing can go on.")
    missed = _hold_missed(actor) if workspace.paused_at else 0
    Workspace.objects.filter(pk=workspace.pk).update(paused_at=None, paused_by=None)
    actor.workspace.refresh_from_db()
    log.warning("publishing goes on", workspace=workspace.pk, by=actor.user.pk)
    if workspace.paused_at:
        recording.record(actor, "workspace.resumed", workspace, after={"missed": missed})
    return GoingOn(waiting=_scheduled(actor), missed=missed)


@transaction.atomic
def pause_connection(*, actor: Actor, connection: Connection) -> Stopped:
    """The same for one account."""
    actor.require(Right.PUBLISH)
    found = _connection(actor, connection)
    if found.paused_at is None:
        Connection.objects.filter(pk=found.pk).update(paused_at=timezone.now(), paused_by=actor.user)
        recording.record(actor, "connection.paused", found)
    connection.refresh_from_db()
    return _stopped(actor, connection)


@transaction.atomic
def resume_connection(*, actor: Actor, connection: Connection) -> GoingOn:
    actor.require(Right.PUBLISH)
    found = _connection(actor, connection)
    missed = _hold_missed(actor, found) if found.paused_at else 0
    Connection.objects.filter(pk=found.pk).update(paused_at=None, paused_by=None)
    if found.paused_at:
        recording.record(actor, "connection.resumed", found, after={"missed": missed})
    connection.refresh_from_db()
    return GoingOn(waiting=_scheduled(actor, connection), missed=missed)


@transaction.atomic
def set_missed_window(*, actor: Actor, policy: str, minutes: int) -> Workspace:
    """What happens to posts whose time passed, and how late is too late. Raises Invalid."""
    actor.require(Right.MANAGE)
    problems = []
    if policy not in MissedPolicy.values:
        problems.append(Problem("missed_policy", "unknown_policy", f"Choose one of {', '.join(MissedPolicy.values)}."))
    if not 1 <= minutes <= LATEST_MINUTES:
        problems.append(Problem("missed_minutes", "out_of_range", f"Between 1 and {LATEST_MINUTES} minutes."))
    if problems:
        raise Invalid.because(problems)
    before = audit.fields(_locked(actor), "missed_policy", "missed_minutes")
    Workspace.objects.filter(pk=actor.workspace.pk).update(missed_policy=policy, missed_minutes=minutes)
    actor.workspace.refresh_from_db()
    after = audit.fields(actor.workspace, "missed_policy", "missed_minutes")
    recording.record(actor, "workspace.missed_window_set", actor.workspace, before=before, after=after)
    return actor.workspace


def _locked(actor: Actor) -> Workspace:
    found: Workspace = Workspace.objects.select_for_update().get(pk=actor.workspace.pk)
    return found


def _connection(actor: Actor, connection: Connection) -> Connection:
    rows = Connection.objects.select_for_update(of=("self",)).filter(pk=connection.pk, workspace=actor.workspace)
    found: Connection | None = rows.first()
    if found is None:
        raise NotFound("There is no such connection.")
    if found.disconnected_at is not None:
        raise Conflict("This account is disconnected, so there is nothing to pause.")
    return found


def _of(actor: Actor, connection: Connection | None) -> PublicationQuerySet:
    rows: PublicationQuerySet = Publication.objects.in_workspace(actor.workspace.pk)
    return rows.filter(connection=connection) if connection else rows


def _scheduled(actor: Actor, connection: Connection | None = None) -> int:
    return int(_of(actor, connection).filter(state=State.SCHEDULED).count())


def _stopped(actor: Actor, connection: Connection | None = None) -> Stopped:
    moving = _of(actor, connection).filter(state=State.SENDING).count()
    return Stopped(waiting=_scheduled(actor, connection), on_their_way=int(moving))


def _hold_missed(actor: Actor, connection: Connection | None = None) -> int:
    """Hold at once what is too late, so that a long pause does not end in a burst of old news."""
    too_old = database_now() - timedelta(seconds=window_of(actor.workspace))
    rows = _of(actor, connection).filter(state=State.SCHEDULED, due_at__lt=too_old, committed=0)
    return int(rows.update(**MISSED))
