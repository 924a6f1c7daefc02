"""An uploaded video: what YouTube makes of it, and what goes with it before anybody sees it.

https://developers.google.com/youtube/v3/docs/videos#status, …/thumbnails/set, …/playlistItems/insert
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from multivio import http
from social.contract import Account, Job, Refused, VariantMedia
from social.platforms import sentences, youtube_api
from social.platforms import sentences_youtube as ours
from social.platforms.youtube_api import items, section

log = structlog.get_logger(__name__)

PARTS = "status,processingDetails,snippet"
# Looks at the processing before the video is shown to people: faults are mostly found by then.
LOOKS_AFTER_SECONDS = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
EXTRAS_SECONDS = 60 * 86_400
THUMBNAIL = http.Timeouts(connect=5, read=60, total=600)


def read(account: Account, video_id: str, *, timeouts: http.Timeouts | None = None) -> dict[str, Any]:
    """The video; empty when it is not there (any more)."""
    query = {"part": PARTS, "id": video_id}
    body = youtube_api.repeatable(
        "GET", youtube_api.url("/videos"), account.access_token, query=query, timeouts=timeouts
    )
    return next((one for one in items(body) if one.get("id") == video_id), {})


def upload_status(video: Mapping[str, Any]) -> str:
    return str(section(video, "status").get("uploadStatus", ""))


def is_processed(video: Mapping[str, Any]) -> bool:
    return upload_status(video) == "processed"


def is_unusable(video: Mapping[str, Any]) -> bool:
    return upload_status(video) in ("failed", "rejected", "deleted")


def refusal(video: Mapping[str, Any]) -> Refused:
    """Why a video that is_unusable() will never be seen."""
    status, told = upload_status(video), section(video, "status")
    reason = str(told.get("rejectionReason" if status == "rejected" else "failureReason") or "")
    step = ours.VERIFY if reason == "length" else sentences.EDIT
    sentence = ours.unusable(status, reason) + (f" {ours.REJECTED_STAYS}" if status != "deleted" else "")
    return Refused(sentence, code="media_refused", detail=f"{status}: {reason}; {_called(video)}", next_step=step)


def left_private(error: Refused, video_id: str) -> Refused:
    """The same refusal, told with what is on the channel all the same."""
    return Refused(
        f"{error.sentence} {ours.LEFT_PRIVATE}",
        code=error.code,
        http_status=error.http_status,
        detail=f"video {video_id} is private; {error.detail}",
        next_step=error.next_step,
    )


def clear_up(account: Account, video_id: str) -> bool:
    """Delete a video that nobody will publish. One that somebody has shown to others since is theirs to keep."""
    video = read(account, video_id)
    if video and section(video, "status").get("privacyStatus") != "private":
        return False
    if video and upload_status(video) == "rejected":
        return False  # the channel may dispute that
    delete(account, video_id)
    return True


def _called(video: Mapping[str, Any]) -> str:
    return f"video {video.get('id', '')}"


def deleted_there() -> Refused:
    return Refused(ours.GONE_BEFORE, code="deleted_there", next_step=ours.UPLOAD_ANEW)


def await_processing(account: Account, video_id: str, sleep: Callable[[float], None]) -> dict[str, Any]:
    """The video when it is processed, or after the last look. Long videos take hours, and may be published before that."""
    video = read(account, video_id)
    for seconds in LOOKS_AFTER_SECONDS:
        if not video or is_processed(video) or is_unusable(video):
            break
        sleep(seconds)
        video = read(account, video_id)
    return video


# -- what goes with it -------------------------------------------------------------------------------


def extras_name(job: Job, video_id: str) -> str:
    return f"youtube:extras:{job.account.remote_id}:{video_id}"


def set_thumbnail(job: Job, video_id: str, picture: VariantMedia) -> None:
    """A picture that YouTube does not take costs nobody the video: what it said is kept, to be told with the proof."""
    name = extras_name(job, video_id)
    state = dict(job.stash.get(name) or {})
    if state.get("thumbnail") == picture.sha256:
        return
    state |= {"thumbnail": picture.sha256, "note": ""}
    with job.open(picture) as file:
        try:
            youtube_api.repeatable(
                "POST",
                youtube_api.upload_url("/thumbnails/set"),
                job.account.access_token,
                query={"videoId": video_id, "uploadType": "media"},
                raw=http.Raw(file, picture.size, picture.mime),
                timeouts=THUMBNAIL,
            )
        except Refused as error:
            log.warning("thumbnail not taken", video=video_id, status=error.http_status)
            state["note"] = ours.thumbnail_refused(error.sentence.partition(": ")[2])
    job.stash.put(name, state, lives_seconds=EXTRAS_SECONDS)


def note_of(job: Job, video_id: str) -> str:
    """What went wrong with the thumbnail, in a sentence; empty when nothing did."""
    return str((job.stash.get(extras_name(job, video_id)) or {}).get("note", ""))


def add_to_playlist(job: Job, video_id: str, playlist: str) -> None:
    """Once, whatever became of the answer to an earlier try. Raises Refused for a playlist that is not the channel's."""
    address, token = youtube_api.url("/playlistItems"), job.account.access_token
    query = {"part": "id", "playlistId": playlist, "videoId": video_id, "maxResults": "1"}
    if items(youtube_api.repeatable("GET", address, token, query=query)):
        return
    resource = {"kind": "youtube#video", "videoId": video_id}
    body = {"snippet": {"playlistId": playlist, "resourceId": resource}}
    youtube_api.repeatable("POST", address, token, query={"part": "snippet"}, json_body=body)


def delete(account: Account, video_id: str) -> None:
    """https://developers.google.com/youtube/v3/docs/videos/delete. What is not there any more counts as deleted."""
    try:
        youtube_api.repeatable("DELETE", youtube_api.url("/videos"), account.access_token, query={"id": video_id})
    except Refused as error:
        if error.http_status != 404:
            raise
