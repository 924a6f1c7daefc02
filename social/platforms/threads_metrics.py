"""Numbers of threads and replies (https://developers.facebook.com/docs/threads/insights)."""

from collections.abc import Mapping, Sequence
from typing import Any

from social.contract import GONE, Account, Metrics, Refused, metrics_named
from social.platforms import graph_api, threads_api

# Threads' names -> ours. Whoever passes a thread on does it in one of three ways.
NAMES = {
    "views": "impressions",
    "likes": "reactions",
    "replies": "comments",
    "reposts": "shares",
    "quotes": "shares",
    "shares": "shares",
}

GIVEN = metrics_named(NAMES.values())
SCOPE = "threads_manage_insights"


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id. A number that Threads does not give is left out, and so is a post that it refuses to count."""
    found = {}
    for remote_id in remote_ids:
        try:
            found[remote_id] = Metrics(_asked(account, remote_id))
        except Refused as error:
            if error.code == "not_found":
                found[remote_id] = GONE
    return found


def _asked(account: Account, remote_id: str) -> dict[str, int]:
    query = {"metric": ",".join(NAMES)}
    path = f"/{remote_id}/insights"
    body = graph_api.repeatable(threads_api.graph(), "GET", path, account.access_token, query=query)
    rows = body.get("data")
    found: dict[str, int] = {}
    for row in rows if isinstance(rows, list) else []:
        value = _value(row) if isinstance(row, dict) else None
        if value is not None and row.get("name") in NAMES:
            name = NAMES[row["name"]]
            found[name] = found.get(name, 0) + value
    return found


def _value(row: Mapping[str, Any]) -> int | None:
    """The newest of a series, or the total."""
    values, total = row.get("values"), row.get("total_value")
    last = values[-1] if isinstance(values, list) and values else total
    value = last.get("value") if isinstance(last, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
