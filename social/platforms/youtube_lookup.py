"""Finding out about unknown outcomes, by reading only: the video itself, and the comments under it.

Switching the visibility may be repeated at will, for it is the same video each time. So a video that is still private a
while after the call is proof enough to send that call again.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from social.contract import AttemptRef, Job, Proof, Settled, Settlement
from social.platforms import youtube_api, youtube_content, youtube_upload, youtube_video
from social.platforms.youtube_api import items, section
from social.platforms.youtube_uploads_list import SKEW, moment

SURELY_OVER = timedelta(seconds=60)  # no call of ours is on its way any more
MOST_COMMENTS = "100"


def settle(job: Job, attempt: AttemptRef) -> Settlement:
    """Whether the unknown call had its effect. Raises a PlatformError when YouTube cannot be read."""
    return _video(job, attempt) if attempt.step == "commit:1" else _comment(job, attempt)


def uploaded(job: Job) -> str:
    """The id of the video that prepare() brought there; empty when that is not known (any more)."""
    state = job.stash.get(youtube_upload.stash_name(job.account, job.variant)) or {}
    return str(state.get("video_id", ""))


def is_as_wanted(job: Job, video: Mapping[str, Any]) -> bool:
    wanted = youtube_content.body_of(job.variant, privacy=str(youtube_content.chosen(job.variant, "privacy")))
    same_privacy = section(video, "status").get("privacyStatus") == wanted["status"]["privacyStatus"]
    same_title = section(video, "snippet").get("title") == wanted["snippet"]["title"]
    return bool(same_privacy and same_title)


def proof_of(job: Job, video: Mapping[str, Any], **evidence: Any) -> Proof:
    video_id, note = str(video["id"]), youtube_video.note_of(job, str(video["id"]))
    told = {"privacy": section(video, "status").get("privacyStatus", ""), **({"note": note} if note else {})}
    return Proof(video_id, youtube_content.permalink(job.variant, video_id), {**told, **evidence})


def _video(job: Job, attempt: AttemptRef) -> Settlement:
    video_id = uploaded(job)
    if not video_id:
        return Settlement(Settled.NOT_SEEN, note="the id of the video is not known")
    video = youtube_video.read(job.account, video_id)
    if not video:
        return Settlement(Settled.NOT_SEEN, note=f"video {video_id} is not there")
    if youtube_video.is_unusable(video):
        return Settlement(Settled.ABSENT, note=f"video {video_id}: {youtube_video.upload_status(video)}")
    if is_as_wanted(job, video):
        if youtube_video.is_processed(video):
            return Settlement(Settled.FOUND, proof_of(job, video, found="video"))
        return Settlement(Settled.NOT_SEEN, note=f"video {video_id} is being processed")
    if datetime.now(UTC) - attempt.started_at > SURELY_OVER:
        return Settlement(Settled.ABSENT, note=f"video {video_id} is as it was before")
    return Settlement(Settled.NOT_SEEN, note=f"video {video_id} is as it was before, so far")


# -- the first comment -------------------------------------------------------------------------------


def comment_proof(job: Job, video_id: str, comment_id: str, **evidence: Any) -> Proof:
    address = youtube_content.permalink(job.variant, video_id)
    if "/shorts/" in address:
        return Proof(comment_id, f"{address}?lc={comment_id}", evidence)
    return Proof(comment_id, f"{address}&lc={comment_id}", evidence)


def _comment(job: Job, attempt: AttemptRef) -> Settlement:
    """https://developers.google.com/youtube/v3/docs/commentThreads/list"""
    video_id = job.committed[0].remote_id if job.committed else (attempt.parents[0] if attempt.parents else "")
    if not video_id:
        return Settlement(Settled.NOT_SEEN, note="no video to look under")
    query = {"part": "snippet", "videoId": video_id, "order": "time", "maxResults": MOST_COMMENTS}
    query["textFormat"] = "plainText"
    body = youtube_api.repeatable("GET", youtube_api.url("/commentThreads"), job.account.access_token, query=query)
    found = [
        str(row["id"]) for row in items(body) if str(row.get("id")) not in attempt.taken and _is_it(job, row, attempt)
    ]
    if len(found) > 1:
        return Settlement(Settled.SEVERAL, note=f"{len(found)} alike: {', '.join(found)}")
    if not found:
        return Settlement(Settled.NOT_SEEN, note="not among the comments")
    return Settlement(Settled.FOUND, comment_proof(job, video_id, found[0], found="comments"))


def _is_it(job: Job, row: Mapping[str, Any], attempt: AttemptRef) -> bool:
    told = section(section(section(row, "snippet"), "topLevelComment"), "snippet")
    words = str(told.get("textOriginal") or told.get("textDisplay") or "")
    author = section(told, "authorChannelId").get("value")
    is_new = moment(told.get("publishedAt")) >= attempt.started_at - SKEW
    is_ours = author == job.account.remote_id
    return is_new and is_ours and canonical_text(words) == canonical_text(youtube_content.comment_of(job.variant))


def canonical_text(text: str) -> str:
    """One spelling for texts that YouTube shows alike: NFC, one kind of line end, nothing at the edges."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
