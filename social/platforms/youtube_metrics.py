"""Numbers of videos: public counts (https://developers.google.com/youtube/v3/docs/videos#statistics), and from Analytics
what only the channel may know (https://developers.google.com/youtube/analytics/reference/reports/query)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from social.contract import GONE, Account, Metrics, PlatformError, metrics_named
from social.platforms import youtube_api
from social.platforms.youtube_api import items, section
from social.platforms.youtube_quota import PACIFIC

ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
AT_ONCE = 50
# YouTube's names -> ours. Counts are texts, and one that is hidden is missing.
COUNTS = {"viewCount": "video_views", "likeCount": "reactions", "commentCount": "comments"}
REPORT = {"shares": "shares", "estimatedMinutesWatched": "watched_minutes", "subscribersGained": "followers_gained"}
COUNTED = metrics_named(COUNTS.values())
GIVEN = metrics_named((*COUNTS.values(), *REPORT.values()))
FIRST_DAY = "2005-02-14"  # YouTube's own


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by video id; a number that YouTube does not give is left out. To its owner YouTube lists every video that there
    is, private ones as well."""
    found: dict[str, dict[str, int]] = {}
    gone: set[str] = set()
    for ids in _batches(remote_ids):
        counts = _counts(account, ids)
        found |= counts
        gone |= set(ids) - counts.keys()
        for video_id, values in _report(account, ids).items():
            if video_id in found:
                found[video_id] |= values
    return {video_id: Metrics(values) for video_id, values in found.items()} | dict.fromkeys(gone, GONE)


def _batches(remote_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(remote_ids), AT_ONCE):
        yield remote_ids[start : start + AT_ONCE]


def _counts(account: Account, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    query = {"part": "statistics", "id": ",".join(ids), "maxResults": str(AT_ONCE)}
    body = youtube_api.repeatable("GET", youtube_api.url("/videos"), account.access_token, query=query)
    return {str(row.get("id")): _named(section(row, "statistics"), COUNTS) for row in items(body)}


def _named(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    return {ours: int(told[name]) for name, ours in names.items() if str(told.get(name, "")).isdigit()}


def _report(account: Account, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Lags a day or two, and is only an addition: without it the public counts remain."""
    if ANALYTICS_SCOPE in account.traits.get("lacks", ()):
        return {}
    query = {
        "ids": "channel==MINE",
        "startDate": FIRST_DAY,
        "endDate": f"{datetime.now(PACIFIC):%Y-%m-%d}",
        "metrics": ",".join(REPORT),
        "dimensions": "video",
        "filters": f"video=={','.join(ids)}",
        "maxResults": str(AT_ONCE),
        "sort": f"-{next(iter(REPORT))}",
    }
    address = f"{settings.YOUTUBE_ANALYTICS_URL}/v2/reports"
    try:
        body = youtube_api.repeatable("GET", address, account.access_token, query=query)
    except PlatformError:
        return {}
    columns = [str(one.get("name")) for one in body.get("columnHeaders") or () if isinstance(one, dict)]
    rows = body.get("rows")
    named = [dict(zip(columns, row, strict=False)) for row in (rows if isinstance(rows, list) else [])]
    return {str(row.get("video")): _named(row, REPORT) for row in named}
