"""What is brought to LinkedIn before anything is public: pictures and documents at once, videos in parts.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, …/documents-api, …/videos-api.
Nothing here is public, so every step may be repeated. What is there already stands in the stash, for less time than
LinkedIn keeps it. Bytes are read while they are sent, so a video is never in memory as a whole.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import Account, Job, MediaKind, NeedsReauth, NotSent, PlatformError, Refused, VariantMedia
from social.platforms import linkedin_api, linkedin_errors, sentences
from social.platforms import sentences_linkedin as words
from social.platforms.sentences_linkedin import NAME

LIVES_SECONDS = 20 * 3600  # addresses of uploads live for a day
PATIENT = http.Timeouts(connect=5, read=120, total=3600)
FOLDERS = {
    MediaKind.IMAGE: "images",
    MediaKind.GIF: "images",
    MediaKind.VIDEO: "videos",
    MediaKind.DOCUMENT: "documents",
}
NAMES = {"images": "image", "videos": "video", "documents": "document"}
# A member has 150 calls a day, and every look is one of them.
LOOKS_AFTER_SECONDS = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
AND_THEN_EVERY_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 900.0
Sleep = Callable[[float], None]


class AddressExpired(NotSent):
    """The address for the bytes is not good any more: it has to be asked for anew."""


def stash_name(account: Account, media: VariantMedia, use: str = "asset") -> str:
    """Bound to the account, since an upload belongs to whoever posts it, and to the bytes."""
    owner = hashlib.sha256(account.remote_id.encode()).hexdigest()[:12]
    return f"linkedin:{use}:{owner}:{media.uid}:{media.sha256[:12]}"


def ready(job: Job, media: VariantMedia) -> str:
    """The URN that prepare() left. Raises NotSent when it has expired meanwhile."""
    found = str((job.stash.get(stash_name(job.account, media)) or {}).get("urn", ""))
    if not found:
        raise NotSent(sentences.upload_expired(NAME), code="upload_expired", next_step=sentences.NOTHING_TO_DO)
    return found


def staged(job: Job) -> list[str] | None:
    """The URNs of everything that was brought there; None when that is not known any more, or there is nothing."""
    names = [stash_name(job.account, media) for media in job.variant.parts[0].media]
    found = [str((job.stash.get(name) or {}).get("urn", "")) for name in names]
    return found if found and all(found) else None


def forget(job: Job, several: Sequence[VariantMedia]) -> None:
    """LinkedIn did not want these: the next try brings them anew."""
    for media in several:
        for use in ("asset", "plan", "parts"):
            job.stash.put(stash_name(job.account, media, use), {}, lives_seconds=0)


def stage(job: Job, several: Sequence[VariantMedia], sleep: Sleep) -> None:
    """Bring all of them there, and wait until LinkedIn can use them."""
    for media in several:
        if job.stash.get(stash_name(job.account, media)):
            continue
        if media.kind == MediaKind.VIDEO:
            Video(job, media).run()
        else:
            _at_once(job, media)
    for media in several:
        _await(job, media, sleep)


# -- pictures and documents --------------------------------------------------------------------------


def _at_once(job: Job, media: VariantMedia) -> None:
    """Ask for an address, and put the whole file there in one request."""
    folder = FOLDERS[media.kind]
    value = _begin(job, folder, {"owner": job.account.remote_id})
    urn, address = _text(value, NAMES[folder]), _checked(_text(value, "uploadUrl"))
    with job.open(media) as file:
        headers = {"Authorization": f"Bearer {job.account.access_token}"}
        _put(address, http.Raw(file, media.size, media.mime), headers)
    state = {"urn": urn, "uploaded_at": time.time()}
    job.stash.put(stash_name(job.account, media), state, lives_seconds=LIVES_SECONDS)


# -- videos ------------------------------------------------------------------------------------------


@dataclass
class Video:
    """An upload in parts. The plan (addresses) and what came of each part (ETags) are kept apart: the plan is long and
    stays as it is, the ETags change with every part."""

    job: Job
    media: VariantMedia

    def run(self) -> None:
        """Bring it there; go on where an earlier try ended, and begin anew once where that is no longer possible."""
        try:
            self._fill(self._plan())
        except (AddressExpired, Refused):
            forget(self.job, (self.media,))
            self._fill(self._plan())

    def _plan(self) -> Mapping[str, Any]:
        kept = self.job.stash.get(self._name("plan")) or {}
        if kept.get("urn"):
            return kept
        asked = {
            "owner": self.job.account.remote_id,
            "fileSizeBytes": self.media.size,
            "uploadCaptions": False,
            "uploadThumbnail": False,
        }
        value = _begin(self.job, "videos", asked)
        told = value.get("uploadInstructions")
        parts = [_part(one) for one in told] if isinstance(told, list) else []
        _check_whole(parts, self.media.size)
        plan = {"urn": _text(value, "video"), "token": str(value.get("uploadToken") or ""), "parts": parts}
        self.job.stash.put(self._name("plan"), plan, lives_seconds=LIVES_SECONDS)
        return plan

    def _fill(self, plan: Mapping[str, Any]) -> None:
        kept = self.job.stash.get(self._name("parts")) or {}
        etags = [str(one) for one in kept.get("etags", ())]
        if len(etags) < len(plan["parts"]):
            with self.job.open(self.media) as file:
                file.seek(plan["parts"][len(etags)][1])
                for address, first, last in plan["parts"][len(etags) :]:
                    # No token: these addresses carry their own permission, and LinkedIn refuses a second one.
                    answer = _put(_checked(address), http.Raw(file, last - first + 1), {})
                    etags.append(_etag(answer))
                    self.job.stash.put(self._name("parts"), {"etags": etags}, lives_seconds=LIVES_SECONDS)
        self._finish(plan, etags)
        state = {"urn": plan["urn"], "uploaded_at": time.time()}
        self.job.stash.put(self._name("asset"), state, lives_seconds=LIVES_SECONDS)

    def _finish(self, plan: Mapping[str, Any], etags: Sequence[str]) -> None:
        asked = {"video": plan["urn"], "uploadToken": plan["token"], "uploadedPartIds": list(etags)}
        body = {"finalizeUploadRequest": asked}
        try:
            linkedin_api.repeatable("POST", "/rest/videos?action=finalizeUpload", self._token, json_body=body)
        except Refused:
            # Perhaps an earlier try was heard, and only its answer was lost.
            if _status(self.job.account, str(plan["urn"])) not in ("PROCESSING", "AVAILABLE"):
                raise

    def _name(self, use: str) -> str:
        return stash_name(self.job.account, self.media, use)

    @property
    def _token(self) -> str:
        return self.job.account.access_token


def _part(told: Any) -> tuple[str, int, int]:
    try:
        return str(told["uploadUrl"]), int(told["firstByte"]), int(told["lastByte"])
    except (KeyError, TypeError, ValueError):
        raise _not_uploaded("an instruction that cannot be read") from None


def _check_whole(parts: Sequence[tuple[str, int, int]], size: int) -> None:
    """The parts in order are the file, with nothing between them: they are read from it one after the other."""
    at = 0
    for _, first, last in parts:
        if first != at or last < first:
            raise _not_uploaded("instructions with a gap")
        at = last + 1
    if at != size:
        raise _not_uploaded(f"instructions for {at} of {size} bytes")


def _etag(response: http.Response) -> str:
    etag = response.headers.get("etag", "").removeprefix("W/").strip('"')
    if not etag:
        raise _not_uploaded("answer without an ETag", http_status=response.status)
    return etag


# -- readiness ---------------------------------------------------------------------------------------


def _await(job: Job, media: VariantMedia, sleep: Sleep) -> None:
    """Look until it can be used. Where looking is not allowed, time has to do.

    Raises NotSent while it takes longer than a worker waits, and Refused when LinkedIn cannot use it for the second time.
    """
    name = stash_name(job.account, media)
    state = dict(job.stash.get(name) or {})
    waited, looks = 0.0, iter(LOOKS_AFTER_SECONDS)
    while not state.get("ready"):
        try:
            status = _status(job.account, str(state["urn"]))
        except NeedsReauth as error:
            if error.code != "access_denied":
                raise
            _let_pass(state, sleep)
            status = "AVAILABLE"
        if status == "PROCESSING_FAILED":
            raise failed(job, media)
        if status == "AVAILABLE":
            job.stash.put(name, {**state, "ready": True}, lives_seconds=LIVES_SECONDS)
            return
        pause = next(looks, AND_THEN_EVERY_SECONDS)
        waited += pause
        if waited > LONGEST_WAIT_SECONDS:
            raise NotSent(words.not_ready(), code="not_ready", next_step=words.WAIT_A_MOMENT)
        sleep(pause)


def failed(job: Job, media: VariantMedia) -> PlatformError:
    """LinkedIn could not use it. It is brought there once more; after that the file itself is to blame."""
    again = stash_name(job.account, media, "again")
    was_before = bool(job.stash.get(again))
    forget(job, (media,))
    if was_before:
        job.stash.put(again, {}, lives_seconds=0)
        return Refused(words.unusable(""), code="media_refused", next_step=sentences.EDIT)
    job.stash.put(again, {"failed": True}, lives_seconds=LIVES_SECONDS)
    return NotSent(words.asset_failed(), code="asset_failed", next_step=sentences.NOTHING_TO_DO)


def _let_pass(state: Mapping[str, Any], sleep: Sleep) -> None:
    """Members may not ask how a picture is; LinkedIn needs some seconds, counted from its upload."""
    left = float(state.get("uploaded_at", 0)) + settings.LINKEDIN_GRACE_SECONDS - time.time()
    if left > 0:
        sleep(left)


def _status(account: Account, urn: str) -> str:
    folder = next(folder for folder, name in NAMES.items() if name == urn.split(":")[2])
    body = linkedin_api.repeatable("GET", f"/rest/{folder}/{linkedin_api.encoded(urn)}", account.access_token)
    return str(body.get("status", ""))


# -- requests ----------------------------------------------------------------------------------------


def _begin(job: Job, folder: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    body = linkedin_api.repeatable(
        "POST",
        f"/rest/{folder}?action=initializeUpload",
        job.account.access_token,
        json_body={"initializeUploadRequest": asked},
    )
    value = body.get("value")
    return value if isinstance(value, dict) else {}


def _put(address: str, raw: http.Raw, headers: Mapping[str, str]) -> http.Response:
    try:
        response = http.request("PUT", address, headers=headers, raw=raw, timeouts=PATIENT)
    except http.HttpError as error:
        raise _not_uploaded(str(error)) from None
    if response.ok:
        return response
    refusal = linkedin_errors.of_repeatable(response)
    if refusal.code == "upload_expired" or (response.status == 403 and not headers):
        raise AddressExpired(
            sentences.upload_failed(NAME),
            code="upload_expired",
            http_status=response.status,
            detail=linkedin_errors.excerpt(response),
            next_step=sentences.NOTHING_TO_DO,
        )
    raise refusal


def _checked(address: str) -> str:
    if not linkedin_api.is_ours(address):
        raise NotSent(words.strange_address(), code="strange_address", next_step=sentences.ASK_OPERATOR)
    return address


def _text(value: Mapping[str, Any], name: str) -> str:
    if not isinstance(value.get(name), str) or not value[name]:
        raise _not_uploaded(f"answer without {name}")
    return str(value[name])


def _not_uploaded(detail: str, *, http_status: int | None = None) -> NotSent:
    return NotSent(
        sentences.upload_failed(NAME),
        code="not_uploaded",
        http_status=http_status,
        detail=detail,
        next_step=sentences.NOTHING_TO_DO,
    )
