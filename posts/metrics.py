"""Numbers of what is public: read soon after publishing, and then at growing distances.

What is due stands in rows; a tick finds the accounts of which something is due, and a task for each asks the platform in its
batches. Nothing here touches lanes, leases or gates of publishing, it only keeps away while they say that the platform or the
account takes no calls. No transaction is open during a call.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Now

from multivio import tenancy
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Lane, PlatformGate, Publication
from posts.states import State
from social import platforms, tokens
from social.contract import (
    Account,
    AppBlocked,
    Metric,
    Metrics,
    NeedsReauth,
    NotSent,
    Platform,
    PlatformError,
    RateLimited,
)
from social.models import Connection

log = structlog.get_logger(__name__)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# So long after publishing; a post that is asked for at another time keeps these.
AFTER = (HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY)
TOO_OLD = AFTER[-1] + 2 * DAY
TURN = timedelta(minutes=10)  # so long nobody else takes up what somebody is at
AT_ONCE = 100
MOST_ACCOUNTS = 500
IN_WORDS = {
    Metric.IMPRESSIONS: "Impressions",
    Metric.REACH: "Reach",
    Metric.VIDEO_VIEWS: "Views",
    Metric.REACTIONS: "Reactions",
    Metric.COMMENTS: "Comments",
    Metric.SHARES: "Shares",
    Metric.SAVES: "Saves",
    Metric.CLICKS: "Clicks",
    Metric.WATCHED_MINUTES: "Minutes watched",
    Metric.FOLLOWERS_GAINED: "Followers gained",
}
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=15), 6 * HOUR


@dataclass(frozen=True)
class Watched:
    """One publication of a batch."""

    pk: int
    publication_id: int
    workspace_id: int
    remote_id: str
    published_at: datetime
    was_gone: bool
    tries: int


def next_due(published_at: datetime, now: datetime) -> datetime | None:
    """The first planned moment that is still to come; None after the last."""
    return next((published_at + after for after in AFTER if published_at + after > now), None)


def reason_against(publication: Publication) -> str:
    """Why there are no numbers of it to read, in plain words; empty when there are."""
    platform = platforms.get(publication.platform)
    if publication.state != State.PUBLISHED:
        return "Numbers are read once it is published."
    why_not = platform.why_not_measured(publication.connection.traits, publication.options)
    if why_not:
        return why_not
    if not publication.remote_id:
        return f"We do not know what {platform.name} calls this post, so it cannot be asked about."
    if getattr(publication, "deletion", None) is not None and publication.deletion.state == Deletion.State.DONE:
        return f"It was deleted on {platform.name}."
    if not publication.connection.is_usable:
        return "Reconnect the account first: without it no numbers can be read."
    return ""


def watch(publications: Iterable[Publication]) -> None:
    """Read their numbers from now on. Being asked twice changes nothing."""
    rows = [
        MetricsWatch(
            workspace_id=one.workspace_id,
            publication=one,
            published_at=one.finished_at,
            due_at=next_due(one.finished_at, datetime.now(UTC)),
        )
        for one in publications
        if one.state == State.PUBLISHED and one.remote_id and one.finished_at
    ]
    MetricsWatch.objects.bulk_create(rows, ignore_conflicts=True)


def due_connections() -> list[int]:
    """Accounts of which numbers are due and may be read: connected, and neither limited nor closed just now."""
    counted = [platform.slug for platform in platforms.enabled() if platform.capabilities.metrics]
    with tenancy.system("numbers that are due"):
        MetricsWatch.objects.filter(due_at__lte=Now(), published_at__lt=Now() - TOO_OLD).update(due_at=None)
        closed = PlatformGate.objects.filter(platform=OuterRef("platform"), closed_until__gt=Now())
        limited = Lane.objects.filter(connection=OuterRef("pk"), blocked_until__gt=Now())
        rows = Connection.objects.filter(
            ~Exists(closed),
            ~Exists(limited),
            pk__in=MetricsWatch.objects.filter(due_at__lte=Now()).values("publication__connection"),
            platform__in=counted,
            disconnected_at=None,
            workspace__closing_at=None,
        ).exclude(health=Connection.Health.BROKEN)
        return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_ACCOUNTS])


def read(connection: int) -> int:
    """Ask for what is due of one account; how many readings came of it. No transaction may be open."""
    platform, batch = _take(connection)
    if platform is None or not batch:
        return 0
    try:
        found = _asked(platform, connection, [one.remote_id for one in batch])
    except PlatformError as error:
        _postpone(platform, batch, error)
        return 0
    except Exception:  # a bug in an adapter costs these numbers, not the worker
        log.exception("reading numbers failed unexpectedly", connection=connection)
        _postpone(platform, batch, NotSent("", code="bug"))
        return 0
    return _store(batch, found)


def _take(connection: int) -> tuple[Platform | None, list[Watched]]:
    """Have what is due for a while. What can have no numbers, by its account or its audience, is put off without a call."""
    with tenancy.system("take up numbers"):
        rows = list(
            MetricsWatch.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("publication__connection")
            .filter(
                due_at__lte=Now(), publication__connection=connection, publication__connection__disconnected_at=None
            )
            .order_by("due_at")[:AT_ONCE]
        )
        if not rows:
            return None, []
        account = rows[0].publication.connection
        platform = platforms.get(account.platform)
        able = [one for one in rows if not platform.why_not_measured(account.traits, one.publication.options)]
        MetricsWatch.objects.filter(pk__in=[one.pk for one in able]).update(due_at=Now() + TURN)
        for one in rows:
            if one not in able:
                _plan(one.pk, next_due(one.published_at, datetime.now(UTC)))
        return platform, [_watched(one) for one in able]


def _watched(row: MetricsWatch) -> Watched:
    return Watched(
        pk=row.pk,
        publication_id=row.publication_id,
        workspace_id=row.workspace_id,
        remote_id=row.publication.remote_id or "",
        published_at=row.published_at,
        was_gone=row.gone_at is not None,
        tries=row.tries,
    )


def _asked(platform: Platform, connection: int, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
    account: Account = tokens.account_for(connection)
    try:
        return platform.metrics(account, remote_ids)
    except NeedsReauth as error:
        if error.code != "unauthorized":
            raise
        return platform.metrics(tokens.account_for(connection, force_refresh=True), remote_ids)


def _store(batch: Sequence[Watched], found: Mapping[str, Metrics]) -> int:
    stored = 0
    with tenancy.system("keep numbers"):
        now = datetime.now(UTC)
        deleted = set(
            Deletion.objects.filter(
                publication__in=[one.publication_id for one in batch], state=Deletion.State.DONE
            ).values_list("publication_id", flat=True)
        )
        for one in batch:
            told = found.get(one.remote_id)
            due_at = None if one.publication_id in deleted else next_due(one.published_at, now)
            if told is not None and told.is_gone:
                # Perhaps it is only not shown just now: asked about once more, and then no longer.
                _plan(one.pk, None if one.was_gone else due_at, gone_at=Coalesce(F("gone_at"), Now()))
            elif told is not None and told.values:
                stored += 1
                _plan(one.pk, due_at, gone_at=None, latest=_reading(one, told))
            else:
                _plan(one.pk, due_at)
    return stored


def _reading(one: Watched, told: Metrics) -> MetricsReading:
    values: dict[str, Any] = {str(name): value for name, value in told.values.items()}
    return MetricsReading.objects.create(workspace_id=one.workspace_id, publication_id=one.publication_id, **values)


def _plan(watch_id: int, due_at: datetime | None, *, tries: int = 0, **changes: Any) -> None:
    MetricsWatch.objects.filter(pk=watch_id).update(due_at=due_at, asked_at=None, tries=tries, **changes)


def _postpone(platform: Platform, batch: Sequence[Watched], error: PlatformError) -> None:
    """It did not work this time. What blocks our application puts off every account's, what limits an account its own."""
    log.info("numbers not read", platform=platform.slug, code=error.code, posts=len(batch))
    now = datetime.now(UTC)
    with tenancy.system("put numbers off"):
        if isinstance(error, AppBlocked):
            until = _within_a_day(error.until, now)
            others = Q(publication__platform=platform.slug, due_at__lt=until)
            MetricsWatch.objects.filter(others).update(due_at=until)
        for one in batch:
            _plan(one.pk, _later(one, error, now), tries=min(one.tries + 1, 100))


def _later(one: Watched, error: PlatformError, now: datetime) -> datetime | None:
    if isinstance(error, (RateLimited, AppBlocked)):
        return _within_a_day(error.until, now)
    if isinstance(error, NotSent):
        pause: timedelta = FIRST_PAUSE * 2 ** min(one.tries, 10)
        return now + min(LONGEST_PAUSE, pause)
    return next_due(one.published_at, now)


def _within_a_day(until: datetime, now: datetime) -> datetime:
    return min(max(until, now + timedelta(minutes=1)), now + DAY)
