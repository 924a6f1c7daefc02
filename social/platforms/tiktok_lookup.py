"""Finding out about an unknown outcome, by reading: from the task itself, or else among the account's newest public posts.

https://developers.tiktok.com/doc/tiktok-api-v2-video-list
"""

import time
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from social.contract import Account, AttemptRef, Job, Proof, Refused, Settled, Settlement
from social.platforms import tiktok_api, tiktok_content, tiktok_media, tiktok_status
from social.platforms.tiktok_content import PUBLIC
from social.platforms.tiktok_status import Standing

SKEW = timedelta(minutes=2)  # between our clock and TikTok's
# A chunk that is still on its way may arrive after a look: the time of a call, of a lease, and some more.
ON_ITS_WAY_SECONDS = 180
# The id of a public post comes about a minute after the post. Waiting that long is worth an address; moderation that takes
# longer is not waited for.
WAITS_FOR_ID_SECONDS = 240
FIELDS = "id,title,video_description,create_time,share_url"
MOST_PAGES = 3
CUT = 140  # TikTok cuts descriptions at about 150

Row = Mapping[str, Any]


def settle(job: Job, attempt: AttemptRef) -> Settlement:
    """Whether the unknown call had its effect. Raises a PlatformError when TikTok cannot be read."""
    state = tiktok_media.state_of(job)
    if state.get("publish_id"):
        try:
            standing = tiktok_status.look(job.account, str(state["publish_id"]))
        except Refused as error:
            if error.code != tiktok_status.NOT_FOUND:
                raise
        else:
            return _of_task(job, state, standing)
    return _of_list(job, attempt)


def _of_task(job: Job, state: Mapping[str, Any], standing: Standing) -> Settlement:
    sent_at = float(state.get("sent_at", 0))
    if standing.is_complete:
        waits = state.get("privacy") == PUBLIC and time.time() < sent_at + WAITS_FOR_ID_SECONDS
        if waits and not standing.post_id:
            return Settlement(Settled.NOT_SEEN, note="it has gone out, and has no address yet")
        return Settlement(Settled.FOUND, proof(job.account, state, standing))
    if standing.is_failed:
        return Settlement(Settled.ABSENT, note=f"TikTok says that it failed: {standing.reason}")
    if tiktok_media.is_partial(state, standing) and time.time() > sent_at + ON_ITS_WAY_SECONDS:
        # The same upload is gone on with, and it can end in one post at most, whatever still arrives.
        return Settlement(Settled.ABSENT, note=f"{standing.uploaded} of {state['size']} bytes are there")
    return Settlement(Settled.NOT_SEEN, note=standing.status)


def proof(account: Account, state: Mapping[str, Any], standing: Standing) -> Proof:
    """A post that has no id (not public, or still in moderation) is known by its task, and has no address to show."""
    publish_id = str(state["publish_id"])
    evidence = {"publish_id": publish_id, "status": standing.status, "audience": state.get("privacy", "")}
    if not standing.post_id:
        return Proof(publish_id, "", evidence)
    return Proof(standing.post_id, permalink(account.username, standing.post_id), evidence)


def permalink(username: str, remote_id: str) -> str:
    """Empty for what is known by its task alone. TikTok leads from this form to a photo post as well."""
    return f"{settings.TIKTOK_WEB_URL}/@{username}/video/{remote_id}" if remote_id.isdigit() else ""


# -- by the list ---------------------------------------------------------------------------------------


def _of_list(job: Job, attempt: AttemptRef) -> Settlement:
    """Only public posts are on it, and only words can tell which one it is."""
    wanted = canonical_text(job.variant.parts[0].text)
    if not wanted or tiktok_content.chosen(job.variant, "privacy_level") != PUBLIC:
        return Settlement(Settled.NOT_SEEN, note="TikTok lists public posts only, and they are known by their words")
    if tiktok_api.LISTING in job.account.traits.get("lacks", ()):
        return Settlement(Settled.NOT_SEEN, note="this account was connected without the right to list its posts")
    since = attempt.started_at - SKEW
    found = [
        row
        for row in _rows(job.account, since)
        if str(row.get("id", "")) not in attempt.taken and _created_at(row) >= since and _says(row, wanted)
    ]
    if not found:
        return Settlement(Settled.NOT_SEEN, note="not among the public posts")
    if len(found) > 1:
        alike = ", ".join(str(row["id"]) for row in found)
        return Settlement(Settled.SEVERAL, note=f"{len(found)} alike: {alike}")
    remote_id = str(found[0]["id"])
    address = permalink(job.account.username, remote_id)
    return Settlement(Settled.FOUND, Proof(remote_id, address, {"found": "list"}))


def _rows(account: Account, since: datetime) -> Iterator[Row]:
    """The public posts since then, newest first."""
    body: dict[str, Any] = {"max_count": 20}
    for _ in range(MOST_PAGES):
        data = tiktok_api.repeatable(
            "POST", "/v2/video/list/", account.access_token, query={"fields": FIELDS}, body=body
        )
        videos = data.get("videos")
        rows = [row for row in (videos if isinstance(videos, list) else []) if isinstance(row, dict)]
        yield from rows
        if not rows or not data.get("has_more") or _created_at(rows[-1]) < since:
            return
        body["cursor"] = data.get("cursor")


def _says(row: Row, wanted: str) -> bool:
    """Whether the words are those that were sent, as far as TikTok shows them."""
    for name in ("video_description", "title"):
        shown = canonical_text(str(row.get(name) or "")).removesuffix("…").removesuffix("...").rstrip()
        if shown and (shown == wanted or (len(shown) >= CUT and wanted.startswith(shown))):
            return True
    return False


def canonical_text(text: str) -> str:
    """One spelling for texts that TikTok shows alike: NFC, white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _created_at(row: Row) -> datetime:
    """The beginning of time for a post that does not say, so that it never matches."""
    try:
        return datetime.fromtimestamp(int(row.get("create_time") or 0), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=UTC)
