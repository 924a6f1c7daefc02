"""The summary of the week: on its first morning where the workspace lives, to every member who wants it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member, Workspace
from accounts.notification_models import Kind
from accounts.notifications import notify
from multivio import tenancy
from posts.models import Publication
from posts.querysets import NEEDS_A_PERSON
from posts.states import State

WEEK = timedelta(days=7)
MONDAY = 1
# A tick that comes late still brings it; what came before is not brought again.
HOURS = 3


@dataclass(frozen=True)
class Summary:
    """What a week was, and what comes."""

    published: int
    failed: int
    coming: int
    waiting: int

    def __bool__(self) -> bool:
        return any((self.published, self.failed, self.coming, self.waiting))

    def in_words(self) -> str:
        said = [f"{_posts(self.published)} published"]
        if self.failed:
            said.append(f"{self.failed} failed")
        sentences = [", ".join(said) + ".", f"{_posts(self.coming)} planned for the week ahead."]
        if self.waiting:
            sentences.append(f"{self.waiting} need{'s' if self.waiting == 1 else ''} you.")
        return " ".join(sentences)


def _posts(number: int) -> str:
    return f"{number or 'No'} post{'' if number == 1 else 's'}"


def tell_of_the_week() -> int:
    """For the hourly tick: find whose week has just begun, and tell them; how many people. Repeatable."""
    now = timezone.now()
    with tenancy.system("whose week begins"):
        zones = list(Workspace.objects.order_by().values_list("zone", flat=True).distinct())
        mornings = [zone for zone in zones if _is_morning(now.astimezone(ZoneInfo(zone)))]
        workspaces = list(Workspace.objects.filter(zone__in=mornings).order_by("id"))
    return sum(_tell(workspace, now) for workspace in workspaces if _begins(workspace, now))


def _is_morning(local: datetime) -> bool:
    return 0 <= local.hour - int(settings.DIGEST_HOUR) < HOURS


def _begins(workspace: Workspace, now: datetime) -> bool:
    first_day: int = getattr(workspace, "week_start", MONDAY)
    return now.astimezone(workspace.tz).isoweekday() == first_day


def _tell(workspace: Workspace, now: datetime) -> int:
    today = now.astimezone(workspace.tz).date()
    with tenancy.system("tell of the week"):
        summary = _summary(workspace, today)
        if not summary:
            return 0
        members = Member.objects.filter(workspace=workspace, user__is_active=True).select_related("user")
        return notify(
            kind=Kind.WEEKLY,
            workspace=workspace,
            users=[member.user for member in members],
            title=f"Your week in {workspace.name}",
            body=summary.in_words(),
            url=reverse("home", args=[workspace.slug]),
            key=f"weekly:{workspace.pk}:{today.isoformat()}",
        )


def _summary(workspace: Workspace, today: date) -> Summary:
    midnight = datetime(today.year, today.month, today.day, tzinfo=workspace.tz)
    last, next_ = midnight - WEEK, midnight + WEEK
    in_week = Q(finished_at__gte=last, finished_at__lt=midnight)
    counts = Publication.objects.in_workspace(workspace.pk).aggregate(
        published=Count("id", filter=in_week & Q(state=State.PUBLISHED)),
        failed=Count("id", filter=in_week & Q(state=State.FAILED)),
        coming=Count("id", filter=Q(state=State.SCHEDULED, due_at__lt=next_)),
        waiting=Count("id", filter=Q(state__in=NEEDS_A_PERSON)),
    )
    return Summary(**counts)
