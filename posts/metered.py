"""What was published on X, told to billing for those who pay for each one. A tick looks for it, so that the engine need not."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from billing import metering
from billing.meter_models import MeteredPost
from billing.metering import Posted, Window
from multivio import tenancy
from posts.models import Publication
from posts.querysets import PublicationQuerySet
from posts.states import State
from social.models import PlatformSlug

# How far back a tick looks, from when something was published; and how much later than planned that may have been.
LOOKS_BACK, LATEST = timedelta(days=34), timedelta(days=60)


def count(workspace_id: int | None = None) -> int:
    """Count what is new, for everybody or for one that pays; how many parts that is. Doing so again, or at the same time, changes
    nothing. No transaction may be open: each window has one of its own, with its lock."""
    with tenancy.system("posts to X that are paid"):
        windows = metering.windows(workspace_id)
    made = 0
    for window in windows:
        with tenancy.system("posts to X that are paid"):
            made += metering.count(window, list(_posted(window)), _before)
    return made


def _posted(window: Window) -> Iterator[Posted]:
    """What was published while it was paid for, and is not counted."""
    since = max(window.since, timezone.now() - LOOKS_BACK)
    rows = _published(window.group).filter(finished_at__gte=since, due_at__gte=since - LATEST)
    if window.until is not None:
        rows = rows.filter(finished_at__lt=window.until)
    known = MeteredPost.objects.filter(publication=OuterRef("uid"))
    for uid, parts, due_at, posted_at in rows.exclude(Exists(known)).values_list(
        "uid", "commits", "due_at", "finished_at"
    ):
        yield Posted(uid, parts, due_at, posted_at)


def _before(workspaces: Sequence[int], since: datetime, until: datetime, moment: datetime) -> int:
    """Parts that count between two moments and were published before a third."""
    rows = _published(workspaces).filter(due_at__gte=since, due_at__lt=until, finished_at__lt=moment)
    return int(rows.aggregate(found=Sum("commits"))["found"] or 0)


def _published(workspaces: Sequence[int]) -> PublicationQuerySet:
    return Publication.objects.filter(workspace_id__in=workspaces, platform=PlatformSlug.X, state=State.PUBLISHED)
