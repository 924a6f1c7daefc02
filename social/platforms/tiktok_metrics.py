"""Numbers of posts (https://developers.tiktok.com/doc/tiktok-api-v2-video-query): public ones only, since their beginning."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from social.contract import Account, Metrics, NeedsReauth, Refused, metrics_named
from social.platforms import tiktok_api, tiktok_status

# TikTok's names -> ours.
NUMBERS = {
    "view_count": "impressions",
    "like_count": "reactions",
    "comment_count": "comments",
    "share_count": "shares",
}
FIELDS = "id," + ",".join(NUMBERS)
AT_ONCE = 20
GIVEN = metrics_named(NUMBERS.values())


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id. A post that is not public, or that TikTok has not given an id yet, is left out. Empty for an
    account that was connected without the right to read them: nobody has to reconnect for that."""
    if tiktok_api.LISTING in account.traits.get("lacks", ()):
        return {}
    by_post = dict(_post_ids(account, remote_ids))
    found = {}
    ids = list(by_post)
    for start in range(0, len(ids), AT_ONCE):
        data = tiktok_api.repeatable(
            "POST",
            "/v2/video/query/",
            account.access_token,
            query={"fields": FIELDS},
            body={"filters": {"video_ids": ids[start : start + AT_ONCE]}},
        )
        videos = data.get("videos")
        for row in videos if isinstance(videos, list) else []:
            remote_id = by_post.get(str(row.get("id", ""))) if isinstance(row, dict) else None
            if remote_id is not None:
                found[remote_id] = Metrics(_values(row))
    return found


def _values(row: Mapping[str, Any]) -> dict[str, int]:
    return {ours: row[name] for name, ours in NUMBERS.items() if isinstance(row.get(name), int)}


def _post_ids(account: Account, remote_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The post's own id for each of ours; what is known by its task only is asked for, and may have one by now."""
    for remote_id in remote_ids:
        if remote_id.isdigit():
            yield remote_id, remote_id
            continue
        try:
            standing = tiktok_status.look(account, remote_id)
        except NeedsReauth:
            raise
        except Refused:
            continue
        if standing.post_id:
            yield standing.post_id, remote_id
