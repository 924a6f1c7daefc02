"""Bringing a video to YouTube by the resumable protocol. It stays private, so all of this may be repeated.

https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol. YouTube has no idempotency key and takes the
same file twice, so the address of the session is kept before the first byte leaves, and a second session is opened only
when the first is gone *and* its video is not among the channel's uploads.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings

from multivio import crypto, http
from social.contract import Account, Job, NeedsReauth, NotSent, PlatformError, Refused, Variant, VariantMedia
from social.platforms import (
    sentences,
    youtube_api,
    youtube_content,
    youtube_errors,
    youtube_quota,
    youtube_uploads_list,
)
from social.platforms import sentences_youtube as ours
from social.platforms.sentences_youtube import NAME

UNIT = 256 * 1024  # every chunk but the last is a multiple of it
SESSION_SECONDS = 6 * 86_400  # a session lives for about a week
VIDEO_SECONDS = 60 * 86_400  # an uploaded video stays until somebody deletes it
LIST_LAG_SECONDS = 600.0  # so long the list of uploads may not show what is there
MOST_FAILURES = 5
LONGEST_PAUSE_SECONDS = 16.0
# The file is read while it is sent; after its last byte YouTube may think for a while.
PATIENT = http.Timeouts(connect=5, read=120, total=6 * 3600)
GOOGLE = ".googleapis.com"
STASH = "youtube:video:"  # how the names of uploads begin
RANGE = re.compile(r"bytes=0-(\d+)")


@dataclass(frozen=True)
class Answer:
    """What a session says: the finished video, how many bytes it has, or that it is gone (neither)."""

    video_id: str = ""
    received: int | None = None

    @property
    def is_gone(self) -> bool:
        return not self.video_id and self.received is None


def stash_name(account: Account, variant: Variant) -> str:
    """Bound to channel and bytes, and to the one choice that YouTube fixes with the upload. Words are set when it is published,
    so editing them costs no second upload."""
    media = youtube_content.video_of(variant)
    tells = "told" if youtube_content.notifies(variant) else "quiet"
    return f"{STASH}{account.remote_id}:{media.uid}:{media.sha256[:12]}:{tells}"


class Interrupted(Exception):
    """A request to a session whose effect is not known; `error` is what to say if nothing else helps."""

    def __init__(self, error: PlatformError) -> None:
        super().__init__(error.sentence)
        self.error = error


@dataclass
class Upload:
    """One video's way to the channel."""

    job: Job
    sleep: Callable[[float], None]
    _had_access: bool = False

    def run(self) -> str:
        """Bring the bytes there, going on where an earlier try ended. The id of the private video."""
        state = dict(self.job.stash.get(self._name) or {})
        if state.get("video_id"):
            return str(state["video_id"])
        answer = self._resumed(state) if state.get("session") else None
        if answer is None:
            state, answer = self._open(), Answer(received=0)
        if not answer.video_id:
            answer = Answer(self._send(state, answer.received or 0))
        self.job.stash.put(self._name, {"video_id": answer.video_id}, lives_seconds=VIDEO_SECONDS)
        return answer.video_id

    @property
    def _name(self) -> str:
        return stash_name(self.job.account, self.job.variant)

    @property
    def _media(self) -> VariantMedia:
        return youtube_content.video_of(self.job.variant)

    # -- sessions ----------------------------------------------------------------------------------

    def _open(self) -> dict[str, Any]:
        """Begin a session; what is wrong with the words is said here, before anything exists."""
        body = youtube_content.body_of(self.job.variant, privacy=youtube_content.PRIVATE)
        notifies = "true" if youtube_content.notifies(self.job.variant) else "false"
        youtube_quota.note_upload()
        try:
            response = youtube_api.call(
                "POST",
                youtube_api.upload_url("/videos"),
                self.job.account.access_token,
                query={"uploadType": "resumable", "part": "snippet,status", "notifySubscribers": notifies},
                headers={
                    "Content-Type": "application/json; charset=UTF-8",
                    "X-Upload-Content-Type": self._media.mime,
                    "X-Upload-Content-Length": str(self._media.size),
                },
                json_body=body,
            )
        except http.HttpError as error:
            raise youtube_api.not_reached(error) from None
        if not response.ok:
            raise youtube_errors.of_repeatable(response)
        session = response.headers.get("location", "")
        if not is_ours(session):
            raise _not_uploaded("session without an address of YouTube's")
        self._had_access = True
        now = datetime.now(UTC).isoformat()
        sealed = crypto.seal(session, self._name)
        return self._keep({"session": sealed, "opened_at": now, "title": body["snippet"]["title"]})

    def _resumed(self, state: Mapping[str, Any]) -> Answer | None:
        """Where an earlier session stands; None when a new one may be opened."""
        try:
            answer = self._probe(state)
        except Interrupted as interrupted:
            raise interrupted.error from None
        if not answer.is_gone:
            return answer
        found = self._found(state)
        return Answer(found) if found else None

    def _found(self, state: Mapping[str, Any]) -> str:
        """The video of a session that is gone, by the channel's own list. Without its last bytes there can be none."""
        if not state.get("last_at"):
            return ""
        since = datetime.fromisoformat(str(state["opened_at"]))
        try:
            found = youtube_uploads_list.find(
                self.job.account, title=str(state.get("title", "")), size=self._media.size, since=since
            )
        except youtube_uploads_list.SeveralCopies:
            self.forget()  # whoever publishes again after reading this has looked
            raise
        if not found and time.time() - float(state["last_at"]) < LIST_LAG_SECONDS:
            raise NotSent(ours.STILL_LOOKING, code="upload_unclear", next_step=sentences.NOTHING_TO_DO)
        return found

    def forget(self) -> None:
        """The next try brings the video anew."""
        self.job.stash.put(self._name, {}, lives_seconds=0)

    def _session(self, state: Mapping[str, Any]) -> str:
        try:
            return str(crypto.unseal(str(state["session"]), self._name))
        except crypto.UnreadableSecret:
            raise NotSent(sentences.UNREADABLE, code="unreadable_secret", next_step=sentences.ASK_OPERATOR) from None

    # -- bytes -------------------------------------------------------------------------------------

    def _send(self, state: dict[str, Any], offset: int) -> str:
        """Chunk after chunk; the id of the video. After trouble the session is asked how far it got, and it goes on there."""
        stalls = 0
        with self.job.open(self._media) as file:
            while True:
                trouble: PlatformError | None = None
                try:
                    answer = self._chunk(state, file, offset)
                except Interrupted as interrupted:
                    trouble, answer = interrupted.error, self._asked_patiently(state)
                if answer.is_gone:
                    raise _not_uploaded("the session is gone")
                if answer.video_id:
                    return answer.video_id
                received = answer.received or 0
                stalls = 0 if received > offset else stalls + 1
                if stalls > MOST_FAILURES:
                    raise trouble or _not_uploaded(f"it stays at {received} bytes")
                if stalls:
                    self._pause(stalls)
                # Also how a worker that lost its claim meanwhile comes to know of it.
                state, offset = self._keep({**state, "offset": received}), received

    def _chunk(self, state: dict[str, Any], file: IO[bytes], offset: int) -> Answer:
        total = self._media.size
        size = min(chunk_bytes(), total - offset)
        if size <= 0:  # all of it is there, and YouTube is still making a video of it
            return self._probe(state)
        if offset + size == total and not state.get("last_at"):
            # Kept before the last byte leaves: from then on there may be a video.
            state |= self._keep({**state, "last_at": time.time()})
        file.seek(offset)
        headers = {"Content-Range": f"bytes {offset}-{offset + size - 1}/{total}"}
        return self._put(state, headers, http.Raw(file, size, self._media.mime))

    def _probe(self, state: Mapping[str, Any]) -> Answer:
        """https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol#Check_Upload_Status.
        Also the cure for a last chunk without an answer: a finished session says which video it made."""
        return self._put(state, {"Content-Range": f"bytes */{self._media.size}"}, None)

    def _asked_patiently(self, state: Mapping[str, Any]) -> Answer:
        error: PlatformError | None = None
        for number in range(1, MOST_FAILURES + 1):
            self._pause(number)
            try:
                return self._probe(state)
            except Interrupted as interrupted:
                error = interrupted.error
        raise error or _not_uploaded("no answer")

    def _put(self, state: Mapping[str, Any], headers: Mapping[str, str], raw: http.Raw | None) -> Answer:
        """One request to the session. Raises Interrupted where only the session knows what arrived."""
        token, session = self.job.account.access_token, self._session(state)
        try:
            response = youtube_api.call("PUT", session, token, headers=headers, raw=raw, timeouts=PATIENT)
        except http.HttpError as error:
            raise Interrupted(_not_uploaded(str(error))) from None
        answer = _answer(response)
        if answer is not None:
            self._had_access = True
            return answer
        refusal = youtube_errors.of_repeatable(response)
        if isinstance(refusal, NeedsReauth) and self._had_access:
            # The token ended on the way, which a long upload may outlast: the next try has a new one, and the session lives.
            raise _not_uploaded("the token ended on the way", http_status=response.status)
        if isinstance(refusal, Refused) and refusal.code == "refused":
            # Words were checked with the session. What is left is about bytes, as when another worker is at it as well.
            raise Interrupted(_not_uploaded(refusal.detail, http_status=response.status))
        if isinstance(refusal, NotSent):
            raise Interrupted(refusal)
        raise refusal

    def _pause(self, number: int) -> None:
        seconds = min(LONGEST_PAUSE_SECONDS, 2.0 ** (number - 1))
        self.sleep(seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret

    def _keep(self, state: dict[str, Any]) -> dict[str, Any]:
        self.job.stash.put(self._name, state, lives_seconds=SESSION_SECONDS)
        return state


def _answer(response: http.Response) -> Answer | None:
    """What a session says for itself; None for everything that is an error, or no answer of a session's."""
    if response.status in (404, 410):
        return Answer()
    if response.status == 308:  # "Resume Incomplete": no redirect here, and without a range there is nothing yet
        arrived = RANGE.fullmatch(response.headers.get("range", "").strip())
        return Answer(received=int(arrived[1]) + 1 if arrived else 0)
    video_id = response.object().get("id")
    return Answer(str(video_id)) if response.ok and video_id else None


def chunk_bytes() -> int:
    """The size of a chunk, a multiple of 256 KiB whatever the setting says."""
    return max(1, int(settings.YOUTUBE_CHUNK_BYTES) // UNIT) * UNIT


def is_ours(session: str) -> bool:
    """A token never follows an address to a host that is not YouTube's."""
    there, ours_is = urlsplit(session), urlsplit(settings.YOUTUBE_API_URL)
    if (there.scheme, there.netloc) == (ours_is.scheme, ours_is.netloc):
        return True
    is_googles = (ours_is.hostname or "").endswith(GOOGLE) and (there.hostname or "").endswith(GOOGLE)
    return is_googles and there.scheme == "https" and there.port in (None, 443)


def _not_uploaded(detail: str, *, http_status: int | None = None) -> NotSent:
    return NotSent(
        sentences.upload_failed(NAME),
        code="not_uploaded",
        http_status=http_status,
        detail=detail,
        next_step=sentences.NOTHING_TO_DO,
    )
