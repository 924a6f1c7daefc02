"""Uploads to X: pictures at once, GIFs and videos in chunks that go on where the last try ended.

https://docs.x.com/x-api/media/introduction. Nothing here is public, so every step may be repeated. What was uploaded is
remembered in the stash, for a little less than X keeps it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import Job, MediaKind, NotSent, PlatformError, Refused, VariantMedia
from social.platforms import sentences, x_api

ROOT = "/2/media/upload"
SEGMENTS = 1000
SMALLEST_CHUNK = 1024**2
LARGEST_CHUNK = 5 * 1024**2
CATEGORIES = {MediaKind.IMAGE: "tweet_image", MediaKind.GIF: "tweet_gif", MediaKind.VIDEO: "tweet_video"}
MARGIN_SECONDS = 600  # an upload is forgotten this long before X forgets it
DAY_SECONDS = 86_400
LONGEST_WAIT_SECONDS = 1800


def chunk_size(total: int) -> int:
    """Bytes of a segment: as set, but enough that a thousand suffice, and never more than X takes."""
    needed = -(-total // SEGMENTS)
    return min(LARGEST_CHUNK, max(SMALLEST_CHUNK, int(settings.X_MEDIA_CHUNK_BYTES), needed))


def stash_name(media: VariantMedia) -> str:
    return f"x:{media.uid}:{media.sha256[:12]}"


def media_ids(job: Job, media: tuple[VariantMedia, ...]) -> list[str]:
    """The ids of uploads that are ready. Raises NotSent when one has expired meanwhile."""
    ids = [str((job.stash.get(stash_name(one)) or {}).get("ready", "")) for one in media]
    if not all(ids):
        raise NotSent(sentences.upload_expired("X"), code="upload_expired", next_step=sentences.NOTHING_TO_DO)
    return ids


def forget(job: Job, media: tuple[VariantMedia, ...]) -> None:
    """X did not want these: the next try uploads them anew."""
    for one in media:
        job.stash.put(stash_name(one), {}, lives_seconds=0)


@dataclass
class Upload:
    """The upload of one picture, GIF or video; its progress lives in the stash."""

    job: Job
    media: VariantMedia
    sleep: Callable[[float], None]

    def run(self) -> None:
        """Bring it to X and have it processed and described. Does only what an earlier try left to do."""
        state = dict(self.job.stash.get(stash_name(self.media)) or {})
        if state.get("alt_text") and not self.media.alt_text:
            state = {}  # X has no way to take an alt text back
        if state.get("id") and not state.get("ready"):
            try:
                state = self._finish(state)
            except Refused:  # X no longer wants the half-done upload: begin again
                state = {}
        if not state.get("id"):
            state = self._afresh()
        self._describe(state)

    def _afresh(self) -> dict[str, Any]:
        if self.media.kind == MediaKind.IMAGE:
            return self._at_once()
        try:
            return self._finish(self._initialize())
        except Refused:
            forget(self.job, (self.media,))
            raise

    def _at_once(self) -> dict[str, Any]:
        with self.job.open(self.media) as file:
            form = http.Multipart(
                {"media_category": CATEGORIES[self.media.kind]}, "media", file, self.media.size, self.media.mime
            )
            data = self._post(ROOT, multipart=form)
        return self._keep({"id": data["id"], "ready": data["id"]}, data)

    def _initialize(self) -> dict[str, Any]:
        body = {
            "media_type": self.media.mime,
            "total_bytes": self.media.size,
            "media_category": CATEGORIES[self.media.kind],
        }
        data = self._post(f"{ROOT}/initialize", json_body=body)
        return self._keep({"id": data["id"], "next": 0, "chunk": chunk_size(self.media.size)}, data)

    def _finish(self, state: dict[str, Any]) -> dict[str, Any]:
        if not state.get("finalized"):
            state = self._append_all(state)
            data = self._post(f"{ROOT}/{state['id']}/finalize")
            state = self._keep({**state, "finalized": True}, data)
        else:
            data = self._status(state)
        return self._await_processing(state, data)

    def _append_all(self, state: dict[str, Any]) -> dict[str, Any]:
        chunk = int(state["chunk"])
        with self.job.open(self.media) as file:
            file.seek(int(state["next"]) * chunk)
            for index in range(int(state["next"]), -(-self.media.size // chunk)):
                size = min(chunk, self.media.size - index * chunk)
                form = http.Multipart({"segment_index": str(index)}, "media", file, size)
                self._sent(f"{ROOT}/{state['id']}/append", multipart=form)
                state = self._keep({**state, "next": index + 1})
        return state

    def _await_processing(self, state: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        waited = 0.0
        while info := data.get("processing_info"):
            if info.get("state") == "succeeded":
                break
            if info.get("state") == "failed":
                reason = str((info.get("error") or {}).get("message", ""))
                raise Refused(sentences.media_refused("X", reason), code="media_refused", next_step=sentences.EDIT)
            seconds = max(1.0, float(info.get("check_after_secs") or 1))
            if waited + seconds > LONGEST_WAIT_SECONDS:
                raise NotSent(
                    sentences.still_processing("X"), code="still_processing", next_step=sentences.NOTHING_TO_DO
                )
            self.sleep(seconds)
            waited += seconds
            data = self._status(state)
        return self._keep({**state, "ready": state["id"]}, data)

    def _status(self, state: Mapping[str, Any]) -> dict[str, Any]:
        query = {"command": "STATUS", "media_id": str(state["id"])}
        return self._data(x_api.repeatable("GET", ROOT, self.job.account, query=query))

    def _describe(self, state: dict[str, Any]) -> None:
        """Alt text (https://docs.x.com/x-api/media/create-media-metadata). X bills it, so it is set once."""
        if state.get("alt_text", "") == self.media.alt_text:
            return
        body = {"id": state["id"], "metadata": {"alt_text": {"text": self.media.alt_text}}}
        x_api.repeatable("POST", "/2/media/metadata", self.job.account, json_body=body)
        self._keep({**state, "alt_text": self.media.alt_text})

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._data(self._sent(path, **body))

    def _sent(self, path: str, **body: Any) -> dict[str, Any]:
        try:
            return x_api.repeatable("POST", path, self.job.account, **body)
        except Refused as error:
            raise _of_media(error) from None

    def _data(self, body: Mapping[str, Any]) -> dict[str, Any]:
        data = body.get("data")
        if not isinstance(data, dict) or not data.get("id"):
            raise NotSent(
                sentences.upload_failed("X"),
                code="no_media_id",
                detail="answer without data.id",
                next_step=sentences.NOTHING_TO_DO,
            )
        return data

    def _keep(self, state: dict[str, Any], data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Write the progress down, for as long as X keeps the upload."""
        if data is not None or "expires" not in state:
            state["expires"] = time.time() + float((data or {}).get("expires_after_secs") or DAY_SECONDS)
        lives = max(0, int(state["expires"] - time.time()) - MARGIN_SECONDS)
        self.job.stash.put(stash_name(self.media), state, lives_seconds=lives)
        return state


def _of_media(error: PlatformError) -> Refused:
    """The same refusal, told as one of the picture or video."""
    reason = error.sentence.partition(": ")[2]
    return Refused(
        sentences.media_refused("X", reason),
        code="media_refused",
        http_status=error.http_status,
        detail=error.detail,
        next_step=sentences.EDIT,
    )
