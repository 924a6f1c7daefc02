"""What the refusals of YouTube's API mean (https://developers.google.com/youtube/v3/docs/errors).

The reason decides, never the status alone: a 403 has four meanings here, and one 400 heals by waiting. For the call that
makes a video public only a refusal in Google's own JSON counts; all else is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import sentences
from social.platforms import sentences_youtube as ours
from social.platforms.sentences_youtube import NAME
from social.platforms.youtube_quota import resets_at

# May have been accepted all the same (RFC 9110: time-out, conflict; RFC 8470: too early).
NOT_A_REFUSAL = frozenset({408, 409, 425})
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)

OF_THE_DAY = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
API_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
LACKS_SCOPE = frozenset({"insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "uploadRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
TROUBLE = frozenset({"backendError", "internalError", "processingFailure", "SERVICE_UNAVAILABLE"})
# Reason -> code, sentence, next step. What is not here is told in YouTube's own words.
REFUSALS: Mapping[str, tuple[str, str, str]] = {
    "youtubeSignupRequired": ("no_channel", ours.NO_CHANNEL_ANY_MORE, sentences.RECONNECT),
    "channelNotFound": ("no_channel", ours.NO_CHANNEL_ANY_MORE, sentences.RECONNECT),
    "authenticatedUserAccountClosed": ("account_suspended", ours.ACCOUNT_CLOSED, sentences.see_platform(NAME)),
    "authenticatedUserAccountSuspended": ("account_suspended", ours.ACCOUNT_CLOSED, sentences.see_platform(NAME)),
    "forbiddenPrivacySetting": ("privacy_refused", ours.PRIVACY_REFUSED, ours.AUDIT),
    "commentsDisabled": ("comments_off", ours.COMMENTS_OFF, ours.STUDIO),
    "playlistNotFound": ("playlist_missing", ours.PLAYLIST_MISSING, sentences.EDIT),
    "playlistForbidden": ("playlist_missing", ours.PLAYLIST_MISSING, sentences.EDIT),
    "videoNotFound": ("not_found", ours.GONE_BEFORE, ours.UPLOAD_ANEW),
}


@dataclass(frozen=True)
class GoogleError:
    """The `error` object of an answer. `reasons` are those of `errors` and of `details`: either may be missing."""

    reasons: tuple[str, ...]
    message: str
    location: str = ""

    def has(self, reasons: frozenset[str]) -> bool:
        return any(reason in reasons for reason in self.reasons)


def told(response: Response) -> GoogleError | None:
    """Google's own error; None for anything else, such as the page of an edge server."""
    body = response.object().get("error")
    if not isinstance(body, dict):
        return None
    several = [one for name in ("errors", "details") for one in _dicts(body.get(name))]
    reasons = tuple(str(one["reason"]) for one in several if one.get("reason"))
    location = next((str(one["location"]) for one in several if one.get("location")), "")
    return GoogleError(reasons, str(body.get("message") or ""), location)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def of_commit(response: Response) -> PlatformError:
    """The error of an answer to a call that makes something public and that does not say what it made."""
    error = told(response)
    is_refusal = 400 <= response.status < 500 and response.status not in NOT_A_REFUSAL and error is not None
    if not is_refusal or (error is not None and error.has(TROUBLE)):
        return unknown(f"HTTP {response.status}", http_status=response.status)
    return _of(response, error)


def of_repeatable(response: Response) -> PlatformError:
    """The error of an answer to a read, an upload, a deletion."""
    error = told(response)
    is_trouble = response.status >= 500 or response.status < 400 or response.status in NOT_A_REFUSAL
    if is_trouble or (error is None and response.status != 429) or (error is not None and error.has(TROUBLE)):
        return NotSent(sentences.trouble(NAME), **_details(response, "platform_trouble", sentences.NOTHING_TO_DO))
    return _of(response, error)


def unknown(detail: str, *, http_status: int | None = None) -> Unknown:
    return Unknown(
        sentences.no_answer(NAME), code="no_answer", http_status=http_status, detail=detail, next_step=sentences.WE_LOOK
    )


def _of(response: Response, error: GoogleError | None) -> PlatformError:
    """The first that fits counts: a quota also calls itself a rate limit, and a missing scope forbidden."""
    found = error or GoogleError((), "")
    if found.has(OF_THE_DAY) or "per day" in found.message.lower():
        return _quota(response, found)
    if "uploadLimitExceeded" in found.reasons:
        until = datetime.now(UTC) + DAY
        return RateLimited(
            ours.channel_limit(until), until=until, **_details(response, "channel_limit", sentences.NOTHING_TO_DO)
        )
    if found.has(API_OFF):
        details = _details(response, "app_forbidden", sentences.ASK_OPERATOR)
        return AppBlocked(ours.API_OFF, until=datetime.now(UTC) + QUARTER, **details)
    if response.status == 401 and not found.has(frozenset(REFUSALS)):
        return NeedsReauth(sentences.not_recognised(NAME), **_details(response, "unauthorized", sentences.RECONNECT))
    if found.has(LACKS_SCOPE):
        return NeedsReauth(sentences.lacks_permission(NAME), **_details(response, "needs_reauth", ours.TICK_ALL))
    if found.has(TOO_FAST) or response.status == 429:
        until = datetime.now(UTC) + _retry_after(response)
        return RateLimited(
            sentences.slow_down(NAME, until), until=until, **_details(response, "rate_limited", sentences.NOTHING_TO_DO)
        )
    return _refused(response, found)


def _quota(response: Response, error: GoogleError) -> AppBlocked:
    """Of the whole Google project, until midnight in California."""
    until = resets_at()
    if "video upload" in error.message.lower():
        return AppBlocked(
            ours.uploads_used_up(until), until=until, **_details(response, "upload_quota", ours.RAISE_QUOTA)
        )
    return AppBlocked(
        sentences.app_quota(NAME, until), until=until, **_details(response, "app_limit", ours.RAISE_QUOTA)
    )


def _refused(response: Response, error: GoogleError) -> Refused:
    for reason in error.reasons:
        if reason in REFUSALS:
            code, sentence, step = REFUSALS[reason]
            return Refused(sentence, **_details(response, code, step))
    code = "not_found" if response.status == 404 else "refused"
    return Refused(sentences.refused(NAME, error.message[:300]), **_details(response, code, sentences.EDIT))


def _details(response: Response, code: str, step: str) -> dict[str, Any]:
    excerpt = response.body[:1000].decode("utf-8", "replace")
    return {"code": code, "http_status": response.status, "detail": excerpt, "next_step": step}


def _retry_after(response: Response) -> timedelta:
    seconds = response.headers.get("retry-after", "").strip()
    return timedelta(seconds=int(seconds)) if seconds.isdigit() and len(seconds) < 6 else MINUTE
