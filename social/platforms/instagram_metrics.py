"""Numbers of posts on Instagram (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights)."""

from collections.abc import Sequence
from typing import Any

from social.contract import GONE, Account, Metrics, Refused, metrics_named
from social.platforms import graph_api, instagram_api

# Instagram's names -> ours. Stories know `replies` instead of likes, comments and saves.
INSIGHTS = {
    "views": "impressions",
    "reach": "reach",
    "likes": "reactions",
    "comments": "comments",
    "saved": "saves",
    "shares": "shares",
}
OF_STORIES = {"views": "impressions", "reach": "reach", "shares": "shares", "replies": "comments"}

COUNTS = ("reactions", "comments")
GIVEN = metrics_named({**INSIGHTS, **OF_STORIES}.values())


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id; a number that Instagram does not give is left out, and so is a post that it refuses to count."""
    found: dict[str, Metrics] = {}
    for remote_id in remote_ids:
        try:
            values = {**_counts(account, remote_id), **_insights(account, remote_id)}
        except Refused as error:
            if error.code == "not_found":
                found[remote_id] = GONE
            continue
        found[remote_id] = Metrics(values)
    return found


def _counts(account: Account, remote_id: str) -> dict[str, int]:
    """What even accounts without insights show."""
    body = _get(account, f"/{remote_id}", fields="id,like_count,comments_count")
    counts = {"reactions": body.get("like_count"), "comments": body.get("comments_count")}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _insights(account: Account, remote_id: str) -> dict[str, int]:
    """One bad name fails the whole call, so after a refusal a story's are asked for, and then one by one."""
    for names in (INSIGHTS, OF_STORIES):
        try:
            return _asked(account, remote_id, names)
        except Refused:
            continue
    found: dict[str, int] = {}
    for name, ours in {**INSIGHTS, **OF_STORIES}.items():
        try:
            found |= _asked(account, remote_id, {name: ours})
        except Refused:
            continue  # names are withdrawn now and then
    return found


def _asked(account: Account, remote_id: str, names: dict[str, str]) -> dict[str, int]:
    rows = _get(account, f"/{remote_id}/insights", metric=",".join(names)).get("data")
    found = {}
    for row in rows if isinstance(rows, list) else []:
        value = _value(row)
        if value is not None and row.get("name") in names:
            found[names[row["name"]]] = value
    return found


def _value(row: Any) -> int | None:
    """Out of `values`, or `total_value` as some metrics come."""
    if not isinstance(row, dict):
        return None
    values, total = row.get("values"), row.get("total_value")
    last = values[-1] if isinstance(values, list) and values else total
    value = last.get("value") if isinstance(last, dict) else None
    return value if isinstance(value, int) else None


def _get(account: Account, path: str, **query: str) -> dict[str, Any]:
    return graph_api.repeatable(instagram_api.graph_of(account), "GET", path, account.access_token, query=query)
