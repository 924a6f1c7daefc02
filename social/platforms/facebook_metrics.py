"""Numbers of posts on Pages (https://developers.facebook.com/docs/graph-api/reference/insights, names as of 2026-06-15)."""

from collections.abc import Mapping, Sequence
from typing import Any

from social.contract import GONE, Account, Metrics, Refused, metrics_named
from social.platforms import facebook_api, graph_api

# Facebook's names -> ours. The names with "impressions" are withdrawn.
INSIGHTS = {
    "post_media_view": "impressions",
    "post_total_media_view_unique": "reach",
    "post_clicks": "clicks",
    "post_reactions_by_type_total": "reactions",
}
COUNTS = ("reactions", "comments", "shares")
GIVEN = metrics_named((*INSIGHTS.values(), *COUNTS))
FIELDS = "id,shares,comments.limit(0).summary(true),reactions.limit(0).summary(true)"


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id; a number that Facebook does not give is left out, and so is a post that it refuses to count."""
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
    query = {"fields": FIELDS}
    body = graph_api.repeatable(facebook_api.graph(), "GET", f"/{remote_id}", account.access_token, query=query)
    counts = {
        "shares": (body.get("shares") or {}).get("count"),
        "comments": ((body.get("comments") or {}).get("summary") or {}).get("total_count"),
        "reactions": ((body.get("reactions") or {}).get("summary") or {}).get("total_count"),
    }
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _insights(account: Account, remote_id: str) -> dict[str, int]:
    """One bad name fails the whole call, so after a refusal they are asked for one by one."""
    try:
        return _asked(account, remote_id, list(INSIGHTS))
    except Refused:
        found: dict[str, int] = {}
        for name in INSIGHTS:
            try:
                found |= _asked(account, remote_id, [name])
            except Refused:
                continue  # small Pages have no insights, and names are withdrawn now and then
        return found


def _asked(account: Account, remote_id: str, names: Sequence[str]) -> dict[str, int]:
    query = {"metric": ",".join(names)}
    path = f"/{remote_id}/insights"
    body = graph_api.repeatable(facebook_api.graph(), "GET", path, account.access_token, query=query)
    rows = body.get("data")
    found = {}
    for row in rows if isinstance(rows, list) else []:
        value = _value(row) if isinstance(row, dict) else None
        if value is not None and row.get("name") in INSIGHTS:
            found[INSIGHTS[row["name"]]] = value
    return found


def _value(row: Mapping[str, Any]) -> int | None:
    """The newest value; an object (by kind of reaction, paid and organic) counts together."""
    values = row.get("values")
    last = values[-1] if isinstance(values, list) and values else None
    value = last.get("value") if isinstance(last, dict) else None
    if isinstance(value, dict):
        return sum(one for one in value.values() if isinstance(one, int))
    return value if isinstance(value, int) else None
