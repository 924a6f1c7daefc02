"""Google's daily quota: when it starts again, and how many videos this installation has begun to upload today.

Every channel shares it, since it belongs to the Google project (https://developers.google.com/youtube/v3/determine_quota_cost).
The count here is only for telling people in time; Google's own answer decides.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.cache import cache

log = structlog.get_logger(__name__)
PACIFIC = ZoneInfo("America/Los_Angeles")
WORTH_TELLING = 0.8
KEPT_SECONDS = 2 * 86_400


def resets_at(now: datetime | None = None) -> datetime:
    """The next midnight in California, in UTC."""
    local = (now or datetime.now(UTC)).astimezone(PACIFIC)
    tomorrow = local.date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=PACIFIC).astimezone(UTC)


def note_upload() -> None:
    """One more upload was begun. From four fifths of the day's number on it is told in the log."""
    name = _name()
    try:
        cache.add(name, 0, KEPT_SECONDS)
        used = cache.incr(name)
    except Exception as error:  # whatever the cache has: an upload does not hang on being counted
        log.info("upload not counted", error=type(error).__name__)
        return
    if used >= WORTH_TELLING * settings.YOUTUBE_UPLOADS_PER_DAY:
        log.warning("uploads of the day are nearly used up", used=used, of=settings.YOUTUBE_UPLOADS_PER_DAY)


def uploads_today() -> int:
    return int(cache.get(_name(), 0))


def _name() -> str:
    return f"youtube:uploads:{datetime.now(PACIFIC):%Y-%m-%d}"
