"""What is brought to Facebook before anything is public: photos that wait, files of videos, sessions of reels and stories.

https://developers.facebook.com/docs/graph-api/guides/upload and …/docs/video-api/guides/reels-publishing. Nothing here is
public, so every step may be repeated. What is there already stands in the stash, for less time than Facebook keeps it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import Account, Job, NotSent, PlatformError, Refused, VariantMedia
from social.platforms import facebook_api, graph_api, sentences
from social.platforms.facebook_api import NAME
from social.platforms.graph_errors import excerpt, told

LIVES_SECONDS = 20 * 3600  # sessions live for a day
# The file is read while it is sent; after its last byte Facebook may think for a while.
PATIENT = http.Timeouts(connect=5, read=120, total=6 * 3600)
NOT_FOUND = "not_found"


class OffsetMoved(NotSent):
    """The upload host has another number of bytes than it said."""


def stash_name(account: Account, media: VariantMedia, use: str) -> str:
    """Bound to the Page, the bytes and the words that go with them, so that an edit never sends what was there before."""
    words = hashlib.sha256(media.alt_text.encode()).hexdigest()[:8]
    return f"facebook:{use}:{account.remote_id}:{media.uid}:{media.sha256[:12]}:{words}"


def ready(job: Job, media: VariantMedia, use: str, name: str) -> str:
    """What prepare() left. Raises NotSent when it has expired meanwhile."""
    found = str((job.stash.get(stash_name(job.account, media, use)) or {}).get(name, ""))
    if not found:
        raise NotSent(sentences.upload_expired(NAME), code="upload_expired", next_step=sentences.NOTHING_TO_DO)
    return found


def forget(job: Job, media: VariantMedia, use: str) -> None:
    """Facebook did not want it: the next try brings it anew."""
    job.stash.put(stash_name(job.account, media, use), {}, lives_seconds=0)


# -- photos ------------------------------------------------------------------------------------------


def stage_photo(job: Job, media: VariantMedia, use: str) -> None:
    """Upload a photo that nobody sees yet (https://developers.facebook.com/docs/graph-api/reference/page/photos)."""
    name = stash_name(job.account, media, use)
    if (job.stash.get(name) or {}).get("photo_id"):
        return
    fields = {"published": "false"} | ({"alt_text_custom": media.alt_text} if media.alt_text else {})
    with job.open(media) as file:
        form = http.Multipart(fields, "source", file, media.size, media.mime, filename=f"photo.{_ending(media.mime)}")
        try:
            body = graph_api.repeatable(
                facebook_api.graph(),
                "POST",
                f"/{job.account.remote_id}/photos",
                job.account.access_token,
                multipart=form,
                timeouts=PATIENT,
            )
        except Refused as error:
            raise of_media(error) from None
    job.stash.put(name, {"photo_id": _id(body, "id")}, lives_seconds=LIVES_SECONDS)


# -- videos that were taken --------------------------------------------------------------------------


def check_taken(job: Job, media: VariantMedia, edge: str) -> None:
    """Whether an earlier call was accepted, and processing then found the video unusable. Raises Refused with the reason;
    publishing again after that brings the file anew."""
    taken = str((job.stash.get(stash_name(job.account, media, edge)) or {}).get("video_id", ""))
    if not taken:
        return
    try:
        failure = failure_of(status_of(video(job.account, taken)))
    except Refused:  # it is not there any more
        failure = None
    if failure is not None:
        forget(job, media, edge)
        forget(job, media, "file")
        raise media_refused(failure)


# -- files of videos ---------------------------------------------------------------------------------


@dataclass
class File:
    """The resumable upload of a video's file. It ends with a handle, of which a post is made."""

    job: Job
    media: VariantMedia

    def run(self) -> None:
        """Bring the file there; go on where an earlier try ended."""
        state = dict(self.job.stash.get(self._name) or {})
        if state.get("handle"):
            return
        offset = self._offset(str(state["session"])) if state.get("session") else None
        if offset is None:
            state, offset = self._begin(), 0
        session = str(state["session"])
        try:
            self._send(session, offset)
        except Refused:
            # The end of a broken try may have been written down only after we asked for the offset.
            moved = self._offset(session)
            if moved is None or moved == offset:
                raise
            self._send(session, moved)

    @property
    def _name(self) -> str:
        return stash_name(self.job.account, self.media, "file")

    def _offset(self, session: str) -> int | None:
        """How much is there; None when the session is not."""
        try:
            body = self._call("GET", f"/{session}")
        except Refused:
            return None
        offset = body.get("file_offset")
        return int(offset) if isinstance(offset, int) and 0 <= offset <= self.media.size else None

    def _begin(self) -> dict[str, Any]:
        query = {
            "file_name": f"{self.media.uid}.mp4",
            "file_length": str(self.media.size),
            "file_type": self.media.mime,
        }
        body = self._call("POST", f"/{settings.FACEBOOK_CLIENT_ID}/uploads", query=query)
        return self._keep({"session": _id(body, "id")})

    def _send(self, session: str, offset: int) -> None:
        with self.job.open(self.media) as file:
            file.seek(offset)
            raw = http.Raw(file, self.media.size - offset)
            headers = {"file_offset": str(offset)}
            body = self._call("POST", f"/{session}", headers=headers, raw=raw, timeouts=PATIENT)
        self._keep({"session": session, "handle": _id(body, "h")})

    def _call(self, method: str, path: str, **details: Any) -> dict[str, Any]:
        return graph_api.repeatable(facebook_api.uploading(), method, path, self.job.account.access_token, **details)

    def _keep(self, state: dict[str, Any]) -> dict[str, Any]:
        self.job.stash.put(self._name, state, lives_seconds=LIVES_SECONDS)
        return state


# -- reels and stories -------------------------------------------------------------------------------


@dataclass
class Session:
    """A reel or a story with a video: begun, filled, and later finished by the committing step. `edge` is where it lives."""

    job: Job
    media: VariantMedia
    edge: str

    def run(self) -> None:
        """Bring the bytes there; go on where an earlier try ended."""
        state = dict(self.job.stash.get(self._name) or {})
        status = self._status(str(state["video_id"])) if state.get("video_id") else {}
        failure = failure_of(status)
        if failure is not None:
            # An earlier finish was accepted, and processing found the video unusable.
            forget(self.job, self.media, self.edge)
            raise media_refused(failure)
        if not status or status.get("video_status") == "expired":
            state, status = self._begin(), {}
        if not is_whole(status):
            self._fill(str(state["video_id"]), received(status))
        if not state.get("ready"):
            self._keep({**state, "ready": state["video_id"]})

    def _fill(self, video_id: str, offset: int) -> None:
        try:
            self._send(video_id, offset)
        except OffsetMoved:
            # The end of a broken try may have been written down only after we asked for the offset.
            self._send(video_id, received(self._status(video_id)))

    @property
    def _name(self) -> str:
        return stash_name(self.job.account, self.media, self.edge)

    def _status(self, video_id: str) -> Mapping[str, Any]:
        """Empty when Facebook no longer has it."""
        try:
            return status_of(video(self.job.account, video_id))
        except Refused:
            return {}

    def _begin(self) -> dict[str, Any]:
        body = graph_api.repeatable(
            facebook_api.graph(),
            "POST",
            f"/{self.job.account.remote_id}/{self.edge}",
            self.job.account.access_token,
            json_body={"upload_phase": "start"},
        )
        return self._keep({"video_id": _id(body, "video_id")})

    def _send(self, video_id: str, offset: int) -> None:
        account, size = self.job.account, self.media.size
        with self.job.open(self.media) as file:
            try:
                response = graph_api.send_rest(
                    facebook_api.upload_host(),
                    f"/{video_id}",
                    account.access_token,
                    file,
                    size=size,
                    offset=offset,
                    timeouts=PATIENT,
                )
            except http.HttpError as error:
                raise _not_uploaded(str(error)) from None
        if not response.ok:
            raise self._refusal(response)

    def _refusal(self, response: http.Response) -> PlatformError:
        """The upload host has errors of its own: what may be retried goes on at the offset that it then tells."""
        info = response.object().get("debug_info")
        if told(response) is not None or not isinstance(info, dict):
            return facebook_api.ERRORS.of_repeatable(response)
        if info.get("type") == "OffsetInvalidError":
            return OffsetMoved(sentences.upload_failed(NAME), code="not_uploaded", detail=excerpt(response))
        if info.get("retriable") is not True or info.get("type") == "ProcessingFailedError":
            forget(self.job, self.media, self.edge)
        return _not_uploaded(excerpt(response), http_status=response.status)

    def _keep(self, state: dict[str, Any]) -> dict[str, Any]:
        self.job.stash.put(self._name, state, lives_seconds=LIVES_SECONDS)
        return state


# -- what Facebook says of a video -------------------------------------------------------------------

VIDEO_FIELDS = "id,status,published,post_id,permalink_url,description,created_time"


def video(account: Account, video_id: str, *, timeouts: http.Timeouts | None = None) -> dict[str, Any]:
    """https://developers.facebook.com/docs/graph-api/reference/video. Raises Refused for one that is not there."""
    return graph_api.repeatable(
        facebook_api.graph(),
        "GET",
        f"/{video_id}",
        account.access_token,
        query={"fields": VIDEO_FIELDS},
        timeouts=timeouts,
    )


def status_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    status = body.get("status")
    return status if isinstance(status, dict) else {}


def is_public(body: Mapping[str, Any]) -> bool:
    """Both signs: `published` alone is true for a video that is still being processed."""
    publishing = _phase(status_of(body), "publishing_phase")
    if publishing:
        return publishing.get("status") == "complete" and publishing.get("publish_status") in (None, "published")
    return body.get("published") is True and status_of(body).get("video_status") == "ready"


def is_over(status: Mapping[str, Any]) -> bool:
    """It will never be public, also when it is asked for again: the session has ended, or processing failed."""
    return status.get("video_status") in ("expired", "error") or failure_of(status) is not None


def failure_of(status: Mapping[str, Any]) -> str | None:
    """Why processing failed, in Facebook's words (maybe none); None when it did not."""
    processing = _phase(status, "processing_phase")
    if status.get("video_status") != "error" and processing.get("status") != "error":
        return None
    several = processing.get("errors")
    first = several[0] if isinstance(several, list) and several else processing.get("error")
    return str(first.get("message", "")) if isinstance(first, dict) else ""


def is_whole(status: Mapping[str, Any]) -> bool:
    return _phase(status, "uploading_phase").get("status") == "complete"


def received(status: Mapping[str, Any]) -> int:
    """Bytes that are there; `bytes_transfered` is Facebook's own spelling."""
    phase = _phase(status, "uploading_phase")
    count = phase.get("bytes_transfered", phase.get("bytes_transferred", 0))
    return count if isinstance(count, int) and count >= 0 else 0


def media_refused(reason: str) -> Refused:
    return Refused(sentences.media_refused(NAME, reason), code="media_refused", next_step=sentences.EDIT)


def of_media(error: PlatformError) -> Refused:
    """The same refusal, told as one of the picture or video."""
    return Refused(
        sentences.media_refused(NAME, error.sentence.partition(": ")[2]),
        code="media_refused",
        http_status=error.http_status,
        detail=error.detail,
        next_step=sentences.EDIT,
    )


def _phase(status: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    phase = status.get(name)
    return phase if isinstance(phase, dict) else {}


def _id(body: Mapping[str, Any], name: str) -> str:
    if not body.get(name):
        raise _not_uploaded(f"answer without {name}")
    return str(body[name])


def _not_uploaded(detail: str, *, http_status: int | None = None) -> NotSent:
    return NotSent(
        sentences.upload_failed(NAME),
        code="not_uploaded",
        http_status=http_status,
        detail=detail,
        next_step=sentences.NOTHING_TO_DO,
    )


def _ending(mime: str) -> str:
    return mime.rpartition("/")[2]
