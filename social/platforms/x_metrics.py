"""Numbers of posts on X (https://docs.x.com/x-api/posts/get-posts-by-ids). Each read is billed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings

from social.contract import GONE, Account, Metrics, Refused, metrics_named
from social.platforms import x_api

AT_ONCE = 100
FIELDS = ("tweet.fields", "post.fields")
# X's names, old and new -> ours. Whoever passes a post on does it with words of their own or without.
NAMES = {
    "impression_count": "impressions",
    "like_count": "reactions",
    "reply_count": "comments",
    "retweet_count": "shares",
    "repost_count": "shares",
    "quote_count": "shares",
    "bookmark_count": "saves",
}

GIVEN = metrics_named(NAMES.values())
SWITCHED_OFF = "Numbers of posts on X are switched off in this installation, since X bills each post that is read."


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id."""
    found: dict[str, Metrics] = {}
    for start in range(0, len(remote_ids), AT_ONCE):
        found.update(_asked(account, remote_ids[start : start + AT_ONCE]))
    return found


def _asked(account: Account, remote_ids: Sequence[str]) -> Iterator[tuple[str, Metrics]]:
    body = _in_either_vocabulary(account, {"ids": ",".join(remote_ids)})
    for row in _rows(body, "data"):
        if row.get("id") and isinstance(row.get("public_metrics"), dict):
            yield str(row["id"]), Metrics(numbers(row["public_metrics"]))
    for row in _rows(body, "errors"):
        # Of a protected or suspended account it says something else.
        is_missing = str(row.get("type") or "").endswith("/resource-not-found")
        if is_missing and str(row.get("value") or row.get("resource_id")) in remote_ids:
            yield str(row.get("value") or row.get("resource_id")), GONE


def _rows(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = body.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _in_either_vocabulary(account: Account, query: Mapping[str, str]) -> dict[str, Any]:
    """X is renaming its parameters: where it does not know one name, the other is meant."""
    first, second = sorted(FIELDS, key=lambda name: name != settings.X_FIELDS_PARAMETER)
    try:
        return x_api.repeatable("GET", "/2/tweets", account, query={**query, first: "public_metrics"})
    except Refused as error:
        if error.http_status != 400 or first not in error.detail:
            raise
    return x_api.repeatable("GET", "/2/tweets", account, query={**query, second: "public_metrics"})


def numbers(counts: Mapping[str, Any]) -> dict[str, int]:
    """X's counts by our names."""
    found: dict[str, int] = {}
    for theirs, value in counts.items():
        if theirs in NAMES and isinstance(value, int) and not isinstance(value, bool):
            found[NAMES[theirs]] = found.get(NAMES[theirs], 0) + value
    return found
