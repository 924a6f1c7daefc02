"""Reads of the audit trail: what may be asked of it, and one page of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.timezone import get_current_timezone

from accounts.audit_models import AuditEntry
from accounts.models import Member, User, Workspace
from accounts.signals import history_asked

PAGE = 50
# The first word of an action is what it was done to.
AREAS = (
    ("post", "Posts"),
    ("publication", "Publications"),
    ("missed", "Missed posts"),
    ("media", "Media"),
    ("connection", "Connections"),
    ("workspace", "Workspace"),
    ("member", "Members"),
    ("invitation", "Invitations"),
    ("key", "API keys"),
    ("plan", "Plan and payment"),
    ("note", "Notes"),
    ("access", "Refusals"),
    ("support", "Support"),
    ("audit", "Audit trail"),
)


@dataclass(frozen=True)
class Filters:
    """What of the trail somebody wants to see. Empty: everything."""

    kind: str = ""
    user: int | None = None
    area: str = ""
    action: str = ""
    target: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Filters":
        """Out of a query string; what cannot be read is left out, and the form shows what is left."""
        user = asked.get("user", "")
        return cls(
            kind=asked["kind"] if asked.get("kind") in AuditEntry.Kind.values else "",
            user=int(user) if user.isascii() and user.isdigit() and len(user) < 19 else None,
            area=asked["area"] if asked.get("area") in dict(AREAS) else "",
            action=asked.get("action", "")[:60],
            target=asked.get("target", "").strip()[:64],
            since=_date(asked.get("since", "")),
            until=_date(asked.get("until", "")),
        )

    def as_query(self) -> dict[str, str]:
        """The query string that gives these filters again."""
        return {name: str(value) for name, value in vars(self).items() if value}

    def apply(self, rows: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry]":
        exact: dict[str, Any] = {
            "kind": self.kind,
            "user_id": self.user,
            "action": self.action,
            "target_id": self.target,
        }
        rows = rows.filter(**{name: value for name, value in exact.items() if value})
        if self.area:
            rows = rows.filter(action__startswith=f"{self.area}.")
        if self.since:
            rows = rows.filter(at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return rows


def _date(value: str) -> date | None:
    try:
        return parse_date(value)
    except ValueError:  # looks like a date and is none
        return None


def _midnight(day: date) -> datetime:
    """Of the zone in force, which is the workspace's."""
    return datetime.combine(day, time.min, get_current_timezone())


@dataclass(frozen=True)
class Page:
    entries: list[AuditEntry]
    older: str  # cursors; empty at the ends
    newer: str


def page(rows: "QuerySet[AuditEntry]", *, after: int | None = None, before: int | None = None) -> Page:
    """Up to fifty of these entries, newest first, older than `after` or newer than `before`."""
    if before is not None:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        return Page(found, older=_cursor(found[-1:]), newer=_cursor(found[:1]) if more else "")
    found = list((rows.filter(pk__lt=after) if after is not None else rows)[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return Page(found, older=_cursor(found[-1:]) if more else "", newer=_cursor(found[:1]) if after is not None else "")


def _cursor(entry: list[AuditEntry]) -> str:
    return str(entry[0].pk) if entry else ""


def entries(workspace: Workspace, filters: Filters) -> "QuerySet[AuditEntry]":
    """Everything that the filters let through, newest first."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.of_workspace(workspace.pk)
    return filters.apply(rows.select_related("api_key"))


def shown(workspace: Workspace, filters: Filters) -> "QuerySet[AuditEntry]":
    """The same as far back as pages and the API show the past."""
    answers = [answer for _, answer in history_asked.send(Workspace, workspace=workspace) if answer is not None]
    rows = entries(workspace, filters)
    return rows.filter(at__gte=max(answers)) if answers else rows


def of_account(user: User) -> "QuerySet[AuditEntry]":
    """What somebody did with their account, and what was done to it, newest first."""
    own = Q(user_id=user.pk) | Q(target_type="user", target_id=str(user.pk))
    return AuditEntry.objects.filter(own, workspace_id__isnull=True).select_related("api_key").order_by("-id")


def people(workspace: Workspace) -> list[tuple[int, str]]:
    """Whom to filter by: the members, by name."""
    rows = Member.objects.filter(workspace=workspace).select_related("user").order_by("user__name", "user__email")
    return [(member.user_id, str(member.user)) for member in rows]
