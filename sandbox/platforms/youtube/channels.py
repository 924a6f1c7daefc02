"""Channels and their reports (https://developers.google.com/youtube/v3/docs/channels/list,
https://developers.google.com/youtube/analytics/reference/reports/query)."""

import re
from typing import Any

from sandbox.accounts import Account
from sandbox.calls import Call, Reply
from sandbox.growth import between
from sandbox.platforms.youtube import answers, requests, videos
from sandbox.platforms.youtube.identity import SLUG, has_channel, is_verified, uploads_of
from sandbox.world import World

PARTS = ("id", "snippet", "contentDetails", "statistics", "status", "brandingSettings")
FILTER = re.compile(r"video==([\w,-]+)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SHARES = {
    "likes": 0.04,
    "comments": 0.004,
    "shares": 0.01,
    "estimatedMinutesWatched": 0.8,
    "subscribersGained": 0.002,
}
FIXED = {"averageViewPercentage": 47.5}
LAG_SECONDS = 2 * 86400


def listed(call: Call) -> Reply:
    """`mine` is the one channel that was picked with the consent; an account without a channel has none."""
    named, asked = requests.parts(call, PARTS), requests.query(call)
    if asked.get("mine") == "true":
        found = [call.account]
    elif "id" in asked:
        found = [one for value in requests.ids(call) if (one := call.world.accounts.get(SLUG, value)) is not None]
    else:
        message = "No filter selected. Expected one of: mine, managedByMe, id, forUsername, categoryId"
        raise answers.refused(400, "missingRequiredParameter", message, domain="youtube.parameter")
    shown = [described(call.world, one, named) for one in found if has_channel(one)]
    envelope: dict[str, Any] = {
        "kind": "youtube#channelListResponse",
        "pageInfo": {"totalResults": len(shown), "resultsPerPage": 5},
    }
    # An empty list is left out.
    return Reply(200, envelope | ({"items": shown} if shown else {}))


def described(world: World, account: Account, named: list[str]) -> dict[str, Any]:
    avatar = f"{world.base_url}/avatars/youtube/{account.username}"
    posted = world.store.scalar(
        "select count(*) from yt_video where account_id = ? and deleted_at is null", [account.id]
    )
    every = {
        "snippet": {
            "title": account.name,
            "description": f"{account.name} in the sandbox.",
            "customUrl": f"@{account.username}",
            "thumbnails": {"default": {"url": f"{avatar}_normal.png"}, "high": {"url": f"{avatar}.png"}},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": uploads_of(account.id)}},
        "statistics": {
            "viewCount": str(int(between(f"{account.id}/views", 900, 90_000))),
            "subscriberCount": str(int(between(f"{account.id}/subscribers", 12, 9000))),
            "hiddenSubscriberCount": False,
            "videoCount": str(posted),
        },
        "status": {
            "privacyStatus": "public",
            "isLinked": True,
            "longUploadsStatus": "allowed" if is_verified(account) else "eligible",
        },
    }
    shown: dict[str, Any] = {"kind": "youtube#channel", "id": account.id}
    return shown | {part: every[part] for part in named if part in every}


def report(call: Call) -> Reply:
    """Numbers that lag by two days, for one's own videos."""
    asked = requests.query(call)
    names = [one for one in asked.get("metrics", "").split(",") if one]
    found = FILTER.fullmatch(asked.get("filters", ""))
    is_right = asked.get("ids") == "channel==MINE" and asked.get("dimensions") == "video" and found is not None
    known = {"views", *SHARES, *FIXED}
    days = [asked.get(name, "") for name in ("startDate", "endDate")]
    if not is_right or found is None or not names or any(name not in known for name in names):
        raise answers.refused(400, "badRequest", "The query is not supported.", domain="global")
    if not all(DAY.fullmatch(day) for day in days):
        raise answers.refused(400, "badRequest", "startDate and endDate are required.", domain="global")
    rows = []
    for video_id in found[1].split(","):
        row = videos.find(call.world, video_id)
        is_told = row is not None and row["account_id"] == call.account.id and row["public_at"] is not None
        if row is not None and is_told and call.world.clock.now() - row["public_at"] > LAG_SECONDS:
            views = videos.views_of(call.world, row)
            values = {"views": views, **{name: int(views * share) for name, share in SHARES.items()}, **FIXED}
            rows.append([video_id, *(values[name] for name in names)])
    columns = [{"name": "video", "columnType": "DIMENSION", "dataType": "STRING"}]
    columns += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in names]
    return Reply(200, {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns, "rows": rows})
