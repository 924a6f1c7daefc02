"""The channel's own list of uploads, on which private videos stand too (https://developers.google.com/youtube/v3/docs/playlistItems/list).

It lags by seconds to minutes. search.list would lag longer and has only a hundred calls a day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from social.contract import Account, NotSent, Refused
from social.platforms import sentences, youtube_api
from social.platforms import sentences_youtube as ours
from social.platforms.youtube_api import items, section

SKEW = timedelta(minutes=2)  # between our clock and YouTube's
MOST_PAGES = 4
PAGE = 50


class SeveralCopies(Refused):
    """More than one private video could be ours."""


def playlist_of(account: Account) -> str:
    """The playlist of uploads has the channel's id, with another beginning."""
    return str(account.traits.get("uploads") or f"UU{account.remote_id[2:]}")


def find(account: Account, *, title: str, size: int, since: datetime) -> str:
    """The id of a private video with this title and as many bytes, uploaded since then; empty when there is none.

    Raises SeveralCopies; NotSent when YouTube cannot say yet how many bytes a candidate has.
    """
    rows = [row for row in _since(account, since - SKEW) if section(row, "snippet").get("title") == title]
    ids = [str(section(row, "contentDetails").get("videoId", "")) for row in rows]
    found = [video for video in _videos(account, [one for one in ids if one]) if _is_private(video)]
    sizes = {str(video["id"]): section(video, "fileDetails").get("fileSize") for video in found}
    same = [video_id for video_id, told in sizes.items() if str(told) == str(size)]
    if len(same) > 1:
        raise SeveralCopies(ours.SEVERAL_COPIES, code="upload_unclear", next_step=ours.DELETE_COPIES)
    if not same and None in sizes.values():
        raise NotSent(ours.STILL_LOOKING, code="upload_unclear", next_step=sentences.NOTHING_TO_DO)
    return same[0] if same else ""


def _since(account: Account, since: datetime) -> Iterator[dict[str, Any]]:
    """Newest first, so the first one that is too old ends it."""
    query = {"part": "snippet,contentDetails", "playlistId": playlist_of(account), "maxResults": str(PAGE)}
    for _ in range(MOST_PAGES):
        body = youtube_api.repeatable("GET", youtube_api.url("/playlistItems"), account.access_token, query=query)
        for row in items(body):
            if moment(section(row, "snippet").get("publishedAt")) < since:
                return
            yield row
        if not body.get("nextPageToken"):
            return
        query["pageToken"] = str(body["nextPageToken"])


def _videos(account: Account, ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    query = {"part": "status,fileDetails", "id": ",".join(ids[:PAGE])}
    return items(youtube_api.repeatable("GET", youtube_api.url("/videos"), account.access_token, query=query))


def _is_private(video: dict[str, Any]) -> bool:
    return section(video, "status").get("privacyStatus") == "private"


def moment(said: Any) -> datetime:
    """A time as YouTube writes it; the beginning of time for what is none, so that it never matches."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
