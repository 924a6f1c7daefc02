"""The way of a post to TikTok before anybody can see it: the task is begun, and all chunks of the video but the last go up.

https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide. A task publishes with its last byte, and at most
once; so a task that may have been given its last byte is asked about, and never left for another one while it could still
end in a post. Its state is one entry of the stash.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from multivio import http
from social.contract import Account, Job, NotSent, PlatformError, RateLimited, Refused, VariantMedia
from social.platforms import sentences, sentences_tiktok, tiktok_api, tiktok_content, tiktok_errors, tiktok_status
from social.platforms.tiktok_status import Standing

NAME = sentences_tiktok.NAME
KEEP_SECONDS = 3 * 86_400  # how long a task is remembered, so that it can be asked about
URL_SECONDS = 3600
CHECKED_SECONDS = 60  # so long what TikTok said of the creator is as good as new
MARGIN_SECONDS = 300  # an address is not begun with that ends so soon
# Chunks of 5 to 64 MB, where the last takes what is left; a thousand at most.
SMALLEST_CHUNK, LARGEST_TARGET, MOST_CHUNKS = 5_500_000, 32_000_000, 1000
# The file is read while it is sent; TikTok may think a while after a chunk.
PATIENT = http.Timeouts(connect=10, read=60, total=120)


@dataclass(frozen=True)
class Plan:
    """How a video is cut: `count` is what TikTok wants, the size divided by the chunk and rounded down."""

    size: int
    chunk: int
    count: int

    @property
    def last_first(self) -> int:
        """Where the last chunk begins; its last byte is the one that publishes."""
        return (self.count - 1) * self.chunk

    def end(self, offset: int) -> int:
        """Where the chunk that holds this byte ends: the byte after it."""
        index = min(offset // self.chunk, self.count - 1)
        return self.size if index == self.count - 1 else (index + 1) * self.chunk


def plan(size: int) -> Plan:
    """Chunks of equal size, so that the last one, which has to go up within one call's time, is not larger than others."""
    target = min(LARGEST_TARGET, max(SMALLEST_CHUNK, int(settings.TIKTOK_CHUNK_BYTES)))
    count = min(MOST_CHUNKS, max(1, size // target))
    return Plan(size, size // count, count)


# -- the state of a task -------------------------------------------------------------------------------


def stash_name(account: Account) -> str:
    """One for the account, whatever the content: a task of an earlier version must not be forgotten by an edit."""
    return f"tiktok:{account.remote_id}"


def state_of(job: Job) -> dict[str, Any]:
    return dict(job.stash.get(stash_name(job.account)) or {})


def keep(job: Job, state: Mapping[str, Any]) -> dict[str, Any]:
    job.stash.put(stash_name(job.account), dict(state), lives_seconds=KEEP_SECONDS)
    return dict(state)


def forget(job: Job) -> None:
    job.stash.put(stash_name(job.account), {}, lives_seconds=0)


def is_over(state: Mapping[str, Any]) -> bool:
    """Whether the address of the upload has ended, so that nothing more can come of what was not sent whole."""
    return bool(state.get("is_dead")) or time.time() > float(state.get("begun_at", 0)) + URL_SECONDS + MARGIN_SECONDS


def is_partial(state: Mapping[str, Any], standing: Standing) -> bool:
    """Whether TikTok itself says that bytes are missing. What it has confirmed to have whole is not partial any more."""
    if state.get("kind") != "video" or state.get("taken") or standing.uploaded is None:
        return False
    return standing.status == "PROCESSING_UPLOAD" and standing.uploaded < int(state["size"])


# -- preparing -----------------------------------------------------------------------------------------


@dataclass
class Task:
    """What prepare() does for one post; it may be run again at any point."""

    job: Job

    def run(self) -> None:
        state = state_of(self.job)
        video = tiktok_content.video_of(self.job.variant)
        if video is not None and self._is_ready(state, video):
            self._check_again(state)
            return
        if state.get("publish_id"):
            state = self._after_a_look(state)
        if state.get("done"):
            keep(self.job, state)
        elif video is None:
            self._check_creator()
        else:
            self._fill(state if state.get("publish_id") else self._begin(video), video)

    def _is_ready(self, state: Mapping[str, Any], video: VariantMedia) -> bool:
        """All but the last chunk is there, and the address is good for a while."""
        if not state.get("publish_id") or state.get("sent") or state.get("is_dead") or not self._is_same(state):
            return False
        is_fresh = time.time() < float(state["begun_at"]) + URL_SECONDS - MARGIN_SECONDS
        return is_fresh and int(state["offset"]) == _plan_of(state).last_first

    def _is_same(self, state: Mapping[str, Any]) -> bool:
        return bool(state.get("digest") == tiktok_content.digest(self.job.variant))

    def _after_a_look(self, state: dict[str, Any]) -> dict[str, Any]:
        """What to go on with: the task as it stands, one that is done, or nothing, for a new one."""
        is_same, was_sent = self._is_same(state), bool(state.get("sent"))
        if not was_sent and (not is_same or is_over(state)):
            return {}  # its last byte never left, so nothing can come of it
        try:
            standing = tiktok_status.look(self.job.account, str(state["publish_id"]))
        except Refused as error:
            if error.code != tiktok_status.NOT_FOUND:
                raise
            return {}
        if standing.is_failed:
            return self._after_failure(standing, was_sent=was_sent)
        if standing.is_complete or not is_partial(state, standing):
            if not was_sent and not standing.is_complete:
                return state  # TikTok does not say how much is there; what we know counts
            return self._done(state, standing, is_same=is_same)
        if is_over(state):
            return {}
        if not is_same:
            raise _earlier_still_open(state)
        return {**state, "offset": standing.uploaded}

    def _after_failure(self, standing: Standing, *, was_sent: bool) -> dict[str, Any]:
        """A failure is told once; publishing again after that begins anew. TikTok's own trouble needs no telling."""
        forget(self.job)
        error = tiktok_errors.of_failure(standing.reason)
        if was_sent and not isinstance(error, NotSent):
            raise error
        return {}

    def _done(self, state: dict[str, Any], standing: Standing, *, is_same: bool) -> dict[str, Any]:
        """TikTok has all of it: nothing is sent any more, it is only waited for."""
        if is_same:
            return {**state, "sent": True, "done": True}
        if standing.is_complete:
            raise Refused(
                sentences_tiktok.OTHER_VERSION,
                code="other_version",
                detail=str(state["publish_id"]),
                next_step=sentences_tiktok.OTHER_VERSION_STEP,
            )
        raise NotSent(
            sentences_tiktok.TAKEN,
            code="still_processing",
            detail=str(state["publish_id"]),
            next_step=sentences.NOTHING_TO_DO,
        )

    # -- a new task --------------------------------------------------------------------------------

    def _check_creator(self) -> None:
        """What the account may do at this moment, which is not what it might when the post was written."""
        traits = tiktok_content.traits_of(tiktok_api.creator(self.job.account.access_token))
        audience = tiktok_content.chosen(self.job.variant, "privacy_level")
        if "audiences" in traits and audience not in traits["audiences"]:
            raise Refused(
                sentences_tiktok.AUDIENCE_GONE,
                code="audience_gone",
                next_step=sentences_tiktok.CHOOSE_AGAIN,
            )
        found = [one for one in tiktok_content.problems(self.job.variant, traits) if one.severity == "error"]
        if found:
            raise Refused(found[0].message, code=found[0].code, next_step=sentences.EDIT)

    def _check_again(self, state: Mapping[str, Any]) -> None:
        """What went up ahead of time is asked about once more right before its last byte. The task itself was begun under
        this check, so not being told holds nothing up."""
        now = time.time()
        if now < float(state.get("checked_at") or state["begun_at"]) + CHECKED_SECONDS:
            return
        try:
            self._check_creator()
        except (NotSent, RateLimited):
            return
        keep(self.job, {**state, "checked_at": now})

    def _begin(self, video: VariantMedia) -> dict[str, Any]:
        """https://developers.tiktok.com/doc/content-posting-api-reference-direct-post. Nothing is public by this."""
        self._check_creator()
        cut = plan(video.size)
        source = {
            "source": "FILE_UPLOAD",
            "video_size": cut.size,
            "chunk_size": cut.chunk,
            "total_chunk_count": cut.count,
        }
        info = tiktok_content.post_info(self.job.variant)
        data = tiktok_api.repeatable(
            "POST",
            "/v2/post/publish/video/init/",
            self.job.account.access_token,
            body={"post_info": info, "source_info": source},
        )
        state = {
            "kind": "video",
            "publish_id": str(data.get("publish_id") or ""),
            "upload_url": _checked(str(data.get("upload_url") or "")),
            "begun_at": time.time(),
            "digest": tiktok_content.digest(self.job.variant),
            "privacy": info["privacy_level"],
            "size": cut.size,
            "chunk": cut.chunk,
            "count": cut.count,
            "offset": 0,
        }
        if not state["publish_id"]:
            raise not_uploaded("answer without publish_id")
        return keep(self.job, state)

    def _fill(self, state: dict[str, Any], video: VariantMedia) -> None:
        """Send what is missing before the last chunk, strictly in order."""
        cut, offset = _plan_of(state), int(state["offset"])
        if offset < cut.last_first:
            with self.job.open(video) as file:
                file.seek(offset)
                while offset < cut.last_first:
                    end = cut.end(offset)
                    response = self._put(state, http.Raw(file, end - offset, video.mime), offset)
                    if response.status != 206:
                        raise self._refusal(state, response)
                    offset = end
                    state = keep(self.job, {**state, "offset": offset})
        keep(self.job, {**state, "offset": offset})

    def _put(self, state: Mapping[str, Any], raw: http.Raw, offset: int) -> http.Response:
        try:
            return put(state, raw, offset, timeouts=PATIENT)
        except http.HttpError as error:
            raise not_uploaded(str(error)) from None

    def _refusal(self, state: Mapping[str, Any], response: http.Response) -> PlatformError:
        """After 416 the next try asks how much is there. An address that has ended is not used again."""
        detail = tiktok_errors.excerpt(response)
        if response.status in (403, 404):
            keep(self.job, {**state, "is_dead": True})
        elif response.status == 400:
            forget(self.job)
            reason = str(response.object().get("message") or "")
            return Refused(
                sentences.media_refused(NAME, reason),
                code="media_refused",
                http_status=400,
                detail=detail,
                next_step=sentences.EDIT,
            )
        return not_uploaded(detail, http_status=response.status)


# -- chunks ------------------------------------------------------------------------------------------


def put(state: Mapping[str, Any], raw: http.Raw, offset: int, *, timeouts: http.Timeouts) -> http.Response:
    """One chunk to the address that TikTok gave, which holds its own key: no token goes there."""
    headers = {"Content-Range": f"bytes {offset}-{offset + raw.size - 1}/{state['size']}"}
    return http.request("PUT", _checked(str(state["upload_url"])), headers=headers, raw=raw, timeouts=timeouts)


def put_last(job: Job, state: Mapping[str, Any], video: VariantMedia) -> http.Response:
    """The chunk that publishes. Raises http.NotSentError, http.AmbiguousError."""
    offset = int(state["offset"])
    seconds = settings.PUBLISH_CALL_TIMEOUT_SECONDS
    with job.open(video) as file:
        file.seek(offset)
        raw = http.Raw(file, video.size - offset, video.mime)
        return put(state, raw, offset, timeouts=replace(PATIENT, read=seconds, total=seconds))


def is_at_last_chunk(state: Mapping[str, Any]) -> bool:
    return int(state.get("offset", -1)) >= _plan_of(state).last_first


def _plan_of(state: Mapping[str, Any]) -> Plan:
    return Plan(int(state["size"]), int(state["chunk"]), int(state["count"]))


def _checked(address: str) -> str:
    """The address as it is, if it lies below TikTok's domain: a video goes nowhere else."""
    parts, domain = urlsplit(address), settings.TIKTOK_UPLOAD_DOMAIN
    host = parts.hostname or ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and http.is_loopback(host))
    if not is_safe or not (host == domain or host.endswith(f".{domain}")):
        raise not_uploaded(f"the upload address is on {host or 'no host'}")
    return address


def _earlier_still_open(state: Mapping[str, Any]) -> NotSent:
    until = datetime.fromtimestamp(float(state["begun_at"]) + URL_SECONDS + MARGIN_SECONDS, UTC)
    return NotSent(
        sentences_tiktok.earlier_still_open(until), code="earlier_still_open", next_step=sentences.NOTHING_TO_DO
    )


def not_uploaded(detail: str, *, http_status: int | None = None) -> NotSent:
    return NotSent(
        sentences.upload_failed(NAME),
        code="not_uploaded",
        http_status=http_status,
        detail=detail,
        next_step=sentences.NOTHING_TO_DO,
    )
