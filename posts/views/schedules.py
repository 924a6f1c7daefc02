"""Pages of posting schedules: all of the workspace's accounts at a glance, and the week of one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.utils import timezone

from accounts.pages import WorkspaceRequest
from accounts.roles import Right
from multivio.errors import Conflict, DomainError, Invalid, Problem, Stale
from posts import services, slots
from posts.services.scheduling import Times
from posts.slot_models import DEFAULT, Slot
from posts.slots import Opening
from posts.views.doors import page
from social.models import Connection


@dataclass
class Day:
    """A row of the editor: the times of a weekday as they were typed, and empty fields for more."""

    number: int
    typed: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(Slot.Day(self.number).label)

    @property
    def shown(self) -> list[str]:
        return [*self.typed, ""]


@dataclass(frozen=True)
class Week:
    """The whole schedule as it was typed."""

    days: tuple[Day, ...]

    @classmethod
    def of(cls, times: Times, *, first: int = 1) -> "Week":
        rows = {number: Day(number) for number in _days(first)}
        for number, at in times:
            rows[number].typed.append(f"{at:%H:%M}")
        return cls(tuple(rows.values()))

    @classmethod
    def sent(cls, data: QueryDict, *, first: int = 1) -> "Week":
        """All of it: what is too much is refused with a sentence, never left out."""
        return cls(
            tuple(Day(number, [text for text in data.getlist(f"at-{number}") if text]) for number in _days(first))
        )

    def times(self) -> list[tuple[int, time]]:
        """Raises Invalid for what is no time of day."""
        return [(day.number, _read(text)) for day in self.days for text in day.typed]

    @property
    def is_empty(self) -> bool:
        return not any(day.typed for day in self.days)


@dataclass(frozen=True)
class Row:
    """An account in the overview."""

    connection: Connection
    week: Week
    opening: Opening | None


@page
def schedules(request: WorkspaceRequest) -> HttpResponse:
    """Every account with its slots and the next free one."""
    workspace = request.actor.workspace
    live = list(Connection.objects.in_workspace(workspace.pk).live())
    weeks = slots.weekly_of(live)
    free = slots.free_slots(live, zone=workspace.zone, after=timezone.now(), weeks=weeks)
    rows = [
        Row(one, Week.of(weeks.get(one.pk, ()), first=workspace.week_start), next(iter(free[one.pk]), None))
        for one in live
    ]
    context = {"rows": rows, "may_connect": request.actor.may(Right.CONNECT)}
    return render(request, "posts/schedules.html", context)


@page
def schedule(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """The week of one account. Sent by who may schedule posts, it is stored, and copied to the others if that was pressed."""
    connection = _connection(request, uid)
    first = request.actor.workspace.week_start
    stored = services.schedule_of(connection)
    version = services.version_of(stored)
    if request.method != "POST":
        return _show(request, connection, Week.of(stored, first=first), version)
    action, week = request.POST.get("action", "save"), Week.sent(request.POST, first=first)
    if action == "default":
        return _show(request, connection, Week.of(DEFAULT, first=first), version)
    if action == "more":
        return _show(request, connection, week, request.POST.get("version", ""))
    try:
        services.set_schedule(
            actor=request.actor, connection=connection, times=week.times(), version=request.POST.get("version", "")
        )
        copied = services.copy_schedule(actor=request.actor, connection=connection) if action == "copy" else None
    except (Invalid, Conflict, Stale) as error:
        return _show(request, connection, week, version, _said(error), status=error.status)
    _say_saved(request, copied)
    return redirect("schedule", request.actor.workspace.slug, connection.uid)


def _said(error: DomainError) -> list[Problem]:
    return list(error.problems) or [Problem("", error.code, error.message)]


def _say_saved(request: WorkspaceRequest, copied: int | None) -> None:
    if copied is None:
        messages.success(request, "Saved. What is planned already stays where it is.")
    elif copied:
        messages.success(request, f"Saved, and copied to {copied} other account{pluralize(copied)}.")
    else:
        messages.success(request, "Saved. The other accounts had this schedule already.")


def _show(
    request: WorkspaceRequest,
    connection: Connection,
    week: Week,
    version: str,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    live = Connection.objects.in_workspace(request.actor.workspace.pk).live()
    context = {
        "connection": connection,
        "week": week,
        "version": version,
        "problems": problems,
        "others": live.exclude(pk=connection.pk).count(),
        "may_schedule": request.actor.may(Right.PUBLISH) and connection.disconnected_at is None,
        "openings": slots.free_slots([connection], zone=request.actor.workspace.zone, after=timezone.now(), count=3)[
            connection.pk
        ],
    }
    return render(request, "posts/schedule.html", context, status=status)


def _days(first: int) -> list[int]:
    return [(first - 1 + offset) % 7 + 1 for offset in range(7)]


def _read(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        sentence = f"“{text[:20]}” is not a time of day such as 09:30."
        raise Invalid.because([Problem("slots", "unreadable", sentence)]) from None


def _connection(request: WorkspaceRequest, uid: UUID) -> Connection:
    rows = Connection.objects.in_workspace(request.actor.workspace.pk).select_related("workspace")
    found: Connection | None = rows.filter(uid=uid).first()
    if found is None:
        raise Http404("no such connection")
    return found
