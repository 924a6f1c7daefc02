"""What LinkedIn's refusals mean (https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling).

For a call that makes something public only an answer in LinkedIn's own form, with a status and code that say no, is a
refusal; all else is unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import sentences
from social.platforms import sentences_linkedin as words
from social.platforms.sentences_linkedin import NAME

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
# May have been accepted all the same (RFC 9110: time-out, conflict; RFC 8470: too early).
NOT_A_REFUSAL = frozenset({408, 409, 425})
REVOKED = 65601
DENIED = 100
URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+")
EXCEPTION = re.compile(r"^(?:[a-z]+\.)+[A-Za-z]+Exception: ")
LONG_WORD = re.compile(r"[\w|.-]{48,}")
NOT_READY = "MEDIA_ASSET_WAITING_UPLOAD"
FAILED_ASSET = "MEDIA_ASSET_PROCESSING_FAILED"
EXPIRED_ADDRESS = "EXPIRED_UPLOAD_URL"


class Duplicate(Refused):
    """The account has just posted exactly this; `urn` names the post, as far as LinkedIn says which."""

    def __init__(self, urn: str, **details: Any) -> None:
        super().__init__(words.duplicate(urn), code="duplicate", next_step=words.CHANGE_TEXT, **details)
        self.urn = urn


@dataclass(frozen=True)
class Told:
    """LinkedIn's own error. `codes` are the one at the top and those of single fields."""

    codes: frozenset[str]
    service: int
    message: str


def told(response: Response) -> Told | None:
    """The error in an answer; None for anything else, such as the page of an edge server."""
    body = response.object()
    if body.get("status") != response.status or not ({"code", "serviceErrorCode", "errorDetailType"} & set(body)):
        return None
    inputs = _inputs(body)
    codes = {str(body.get("code") or ""), *(str(one.get("code") or "") for one in inputs)} - {""}
    said = next((str(one["description"]) for one in inputs if one.get("description")), "")
    service = body.get("serviceErrorCode")
    message = EXCEPTION.sub("", str(body.get("message") or ""))
    is_duplicate = "DUPLICATE_POST" in codes
    return Told(
        frozenset(codes), service if isinstance(service, int) else 0, message if is_duplicate else said or message
    )


def of_commit(response: Response) -> PlatformError:
    """The error of an answer to a call that makes something public and that does not say what it made."""
    error = told(response)
    is_refusal = 400 <= response.status < 500 and response.status not in NOT_A_REFUSAL
    if not is_refusal or error is None:
        return unknown(f"HTTP {response.status}", http_status=response.status)
    return _of(response, error)


def of_repeatable(response: Response) -> PlatformError:
    """The error of an answer to a read, an upload or a deletion."""
    error = told(response)
    if response.status == 429:
        return _limit(response, error)
    if error is None or response.status >= 500 or response.status in NOT_A_REFUSAL:
        return _trouble(response)
    return _of(response, error)


def unknown(detail: str, *, http_status: int | None = None) -> Unknown:
    return Unknown(
        sentences.no_answer(NAME),
        code="no_answer",
        http_status=http_status,
        detail=detail,
        next_step=sentences.WE_LOOK,
    )


def excerpt(response: Response) -> str:
    """The beginning of the body for the attempt log, without whatever may be a token."""
    return LONG_WORD.sub("…", response.body[:1000].decode("utf-8", "replace"))


def _of(response: Response, error: Told) -> PlatformError:
    details: dict[str, Any] = {"http_status": response.status, "detail": excerpt(response)}
    match response.status:
        case 401:
            return _reauth(error, details)
        case 403 if error.service == DENIED or "ACCESS_DENIED" in error.codes:
            return NeedsReauth(words.access_denied(), code="access_denied", next_step=words.OTHER_ROLE, **details)
        case 426:
            return _old_version(details)
        case 429:
            return _limit(response, error)
        case 422 if "DUPLICATE_POST" in error.codes:
            found = URN.search(error.message)
            return Duplicate(found[0] if found else "", **details)
    return _bad_content(error, details)


def _bad_content(error: Told, details: Mapping[str, Any]) -> PlatformError:
    if "VERSION_MISSING" in error.codes:
        return _old_version(details)
    if NOT_READY in error.codes:
        return NotSent(words.not_ready(), code="not_ready", next_step=words.WAIT_A_MOMENT, **details)
    for code, ours in ((FAILED_ASSET, "asset_failed"), (EXPIRED_ADDRESS, "upload_expired"), ("NOT_FOUND", "not_found")):
        if code in error.codes:
            sentence = sentences.refused(NAME, _reason(error))
            return Refused(sentence, code=ours, next_step=sentences.EDIT, **details)
    code = "not_found" if details["http_status"] == 404 else "refused"
    return Refused(sentences.refused(NAME, _reason(error)), code=code, next_step=sentences.EDIT, **details)


def _reauth(error: Told, details: Mapping[str, Any]) -> NeedsReauth:
    """An access token may have run out early, so the engine renews it once before anybody is asked."""
    sentence = sentences.ended(NAME) if error.service == REVOKED else sentences.not_recognised(NAME)
    return NeedsReauth(sentence, code="unauthorized", next_step=sentences.RECONNECT, **details)


def _old_version(details: Mapping[str, Any]) -> AppBlocked:
    """An operator's matter: no account is to blame."""
    return AppBlocked(
        words.version_ended(settings.LINKEDIN_API_VERSION),
        code="version_ended",
        until=datetime.now(UTC) + HOUR,
        next_step=sentences.ASK_OPERATOR,
        **details,
    )


def _limit(response: Response, error: Told | None) -> PlatformError:
    """A day ends at midnight UTC; other limits name no end."""
    details: dict[str, Any] = {"http_status": 429, "detail": excerpt(response)}
    message, now = error.message.upper() if error else "", datetime.now(UTC)
    if "DAY" not in message:
        until = now + QUARTER
        return RateLimited(
            sentences.slow_down(NAME, until),
            code="rate_limited",
            until=until,
            next_step=sentences.NOTHING_TO_DO,
            **details,
        )
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if "APPLICATION" in message:
        return AppBlocked(
            sentences.app_quota(NAME, midnight),
            code="app_limit",
            until=midnight,
            next_step=sentences.ASK_OPERATOR,
            **details,
        )
    return RateLimited(
        words.day_used_up(midnight),
        code="rate_limited",
        until=midnight,
        next_step=sentences.NOTHING_TO_DO,
        **details,
    )


def _trouble(response: Response) -> NotSent:
    return NotSent(
        sentences.trouble(NAME),
        code="platform_trouble",
        http_status=response.status,
        detail=excerpt(response),
        next_step=sentences.NOTHING_TO_DO,
    )


def _reason(error: Told) -> str:
    return LONG_WORD.sub("…", error.message)[:300]


def _inputs(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    several = (
        (body.get("errorDetails") or {}).get("inputErrors") if isinstance(body.get("errorDetails"), dict) else None
    )
    return [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []
