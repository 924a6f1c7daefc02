"""Numbers of posts on X (https://docs.x.com/x-api/posts/get-posts-by-ids). Each read is billed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings

from social.contract import Account, Metrics, Refused
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


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id; a post that is gone is left out."""
    return {
        str(post["id"]): Metrics(numbers(post["public_metrics"]))
        for start in range(0, len(remote_ids), AT_ONCE)
        for post in _asked(account, remote_ids[start : start + AT_ONCE])
    }


def _asked(account: Account, remote_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    rows = _in_either_vocabulary(account, {"ids": ",".join(remote_ids)}).get("data")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("id") and isinstance(row.get("public_metrics"), dict):
            yield row


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
