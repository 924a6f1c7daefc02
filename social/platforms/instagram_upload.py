"""Bringing videos to Instagram as bytes: a container is made without an address and filled at the upload host, from the
offset that Instagram says is reached (https://developers.facebook.com/docs/instagram-platform/content-publishing/
resumable-uploads).

Only accounts that came through Facebook's log-in can do it; the other log-in's videos are fetched, as pictures always are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multivio import http
from social.contract import Job, NotSent, PlatformError, Refused, VariantMedia
from social.platforms import graph_api, instagram_api, sentences
from social.platforms.graph_containers import LIVES_SECONDS, Containers
from social.platforms.graph_errors import excerpt, told
from social.platforms.instagram_api import FACEBOOK
from social.platforms.instagram_content import NAME, is_video
from social.platforms.instagram_errors import ERRORS

# The file is read while it is sent; after its last byte Instagram may think for a while.
PATIENT = http.Timeouts(connect=5, read=120, total=3 * 3600)
AWAITS = "awaits_bytes"  # in the stash: the container was made for this upload, and is not whole


class OffsetMoved(NotSent):
    """The upload host has another number of bytes than Instagram had said."""


def is_brought(media: VariantMedia, traits: Mapping[str, Any]) -> bool:
    """Whether the file is brought there rather than fetched by Instagram."""
    return is_video(media) and traits.get("login") == FACEBOOK


def source(job: Job, media: VariantMedia) -> dict[str, str]:
    """What a container says of its file: that the bytes are brought, or where it is fetched, a picture always as JPEG."""
    if is_brought(media, job.account.traits):
        return {"upload_type": "resumable"}
    return {"video_url": job.address(media)} if is_video(media) else {"image_url": job.jpeg_address(media)}


def notes(job: Job, media: VariantMedia) -> dict[str, bool]:
    """What is kept beside a container that is made of it."""
    return {AWAITS: is_brought(media, job.account.traits)}


@dataclass(frozen=True)
class Filling:
    """The bytes of one container, which is in the stash under `name`."""

    job: Job
    making: Containers
    name: str
    media: VariantMedia

    def run(self) -> None:
        """Bring what is not there yet; go on where an earlier try ended. Raises NotSent: the next try goes on."""
        if not self._kept.get(AWAITS):
            return
        phase = self._phase()
        if phase.get("status") != "complete":
            try:
                self._send(_received(phase))
            except OffsetMoved:
                # The end of a broken try may have been written down only after we asked for the offset.
                self._send(_received(self._phase()))
        self.job.stash.put(self.name, {**self._kept, AWAITS: False}, lives_seconds=LIVES_SECONDS)

    @property
    def _kept(self) -> Mapping[str, Any]:
        return self.job.stash.get(self.name) or {}

    @property
    def _container(self) -> str:
        return self.making.ready(self.job, self.name)

    def _phase(self) -> Mapping[str, Any]:
        """How far the upload is; empty when Instagram does not say, which counts as nothing."""
        account, query = self.job.account, {"fields": "video_status"}
        try:
            body = graph_api.repeatable(
                self.making.graph, "GET", f"/{self._container}", account.access_token, query=query
            )
        except Refused:
            return {}
        status = body.get("video_status")
        phase = status.get("uploading_phase") if isinstance(status, dict) else None
        return phase if isinstance(phase, dict) else {}

    def _send(self, offset: int) -> None:
        account, size = self.job.account, self.media.size
        with self.job.open(self.media) as file:
            try:
                response = graph_api.send_rest(
                    instagram_api.upload_host(),
                    f"/{self._container}",
                    account.access_token,
                    file,
                    size=size,
                    offset=offset,
                    timeouts=PATIENT,
                )
            except http.HttpError as error:
                raise _not_uploaded(str(error)) from None
        if not response.ok or response.object().get("success") is not True:
            raise self._refusal(response)

    def _refusal(self, response: http.Response) -> PlatformError:
        """The upload host has errors of its own: what may be retried goes on at the offset that Instagram then tells; what
        may not is begun anew with another container, twice at most."""
        info = response.object().get("debug_info")
        if told(response) is not None:
            return ERRORS.of_repeatable(response)
        error = _not_uploaded(excerpt(response), http_status=response.status)
        if not isinstance(info, dict):
            return error
        if info.get("type") == "OffsetInvalidError":
            return OffsetMoved(error.sentence, code=error.code, detail=error.detail, next_step=error.next_step)
        return error if info.get("retriable") is True else self.making.counted(self.job, self.name, error)


def bring_child(job: Job, making: Containers, name: str, media: VariantMedia) -> None:
    """One item of a carousel: its container, filled. Made anew only when the kept one is not good any more."""
    kind = {"media_type": "VIDEO"} if is_video(media) else {"alt_text": media.alt_text or None}

    def body() -> dict[str, Any]:
        return {"is_carousel_item": True, **kind, **source(job, media)}

    making.ensure(job, name, body, **notes(job, media))
    Filling(job, making, name, media).run()


def _received(phase: Mapping[str, Any]) -> int:
    """Bytes that are there; `bytes_transfered` is Meta's own spelling."""
    count = phase.get("bytes_transfered", phase.get("bytes_transferred", 0))
    return count if isinstance(count, int) and count >= 0 else 0


def _not_uploaded(detail: str, *, http_status: int | None = None) -> NotSent:
    return NotSent(
        sentences.upload_failed(NAME),
        code="not_uploaded",
        http_status=http_status,
        detail=detail,
        next_step=sentences.NOTHING_TO_DO,
    )
