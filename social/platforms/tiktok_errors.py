"""What TikTok's refusals mean (https://developers.tiktok.com/doc/tiktok-api-v2-error-handling).

The code in the envelope decides, whatever the status: an error may come with HTTP 200. For a call that publishes, only an
error of TikTok's own that is a clear no counts; all else is unknown. An unknown code is never taken for a dead log-in.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import sentences, sentences_tiktok

NAME = sentences_tiktok.NAME
OK = "ok"
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
# Limits are counted by the minute, and nothing says how long to wait.
MINUTE_SECONDS, JITTER_SECONDS = 60, 20
# May have been accepted all the same (RFC 9110: time-out, conflict; RFC 8470: too early).
NOT_A_REFUSAL = frozenset({408, 409, 425})


class Class(StrEnum):
    """What an error means for what happens next."""

    TROUBLE = "trouble"  # TikTok's own: says nothing about the outcome
    SLOW_DOWN = "slow_down"  # a minute
    LIMIT = "limit"  # this account waits a day
    APP = "app"  # the whole application waits
    REAUTH = "reauth"
    REFUSED = "refused"


@dataclass(frozen=True)
class Meaning:
    """One line of the tables. Without a sentence TikTok's own words are told."""

    kind: Class
    code: str
    sentence: str = ""
    step: str = ""


def _no(code: str, sentence: str = "", step: str = sentences.EDIT) -> Meaning:
    return Meaning(Class.REFUSED, code, sentence, step)


TROUBLE = Meaning(Class.TROUBLE, "platform_trouble")
SLOW_DOWN = Meaning(Class.SLOW_DOWN, "rate_limited")
OTHER = _no("refused")
CODES: Mapping[str, Meaning] = {
    "internal_error": TROUBLE,
    "rate_limit_exceeded": SLOW_DOWN,
    # An access token that ended early is renewed once before anybody is asked (posts/engine).
    "access_token_invalid": Meaning(Class.REAUTH, "unauthorized", sentences.not_recognised(NAME), sentences.RECONNECT),
    "scope_not_authorized": Meaning(
        Class.REAUTH, "needs_reauth", sentences.lacks_permission(NAME), sentences.RECONNECT
    ),
    "scope_permission_missed": Meaning(Class.APP, "app_scope", sentences_tiktok.APP_SCOPE, sentences.ASK_OPERATOR),
    "spam_risk_too_many_posts": Meaning(Class.LIMIT, "posts_a_day", sentences_tiktok.POSTS_A_DAY),
    "spam_risk_too_many_pending_share": Meaning(Class.LIMIT, "too_many_drafts", sentences_tiktok.PENDING),
    "reached_active_user_cap": Meaning(
        Class.LIMIT, "users_a_day", sentences_tiktok.USERS_A_DAY, sentences_tiktok.AFTER_AUDIT
    ),
    "spam_risk_user_banned_from_posting": _no("banned", sentences_tiktok.BANNED, sentences.see_platform(NAME)),
    "spam_risk": _no("spam", sentences_tiktok.SPAM),
    "spam_risk_text": _no("spam", sentences_tiktok.SPAM_TEXT),
    "unaudited_client_can_only_post_to_private_accounts": _no(
        "unaudited", sentences_tiktok.UNAUDITED, sentences_tiktok.AUDIT
    ),
    "url_ownership_unverified": _no("domain", sentences_tiktok.DOMAIN, sentences_tiktok.DOMAIN_STEP),
    "privacy_level_option_mismatch": _no(
        "audience_gone", sentences_tiktok.AUDIENCE_GONE, sentences_tiktok.CHOOSE_AGAIN
    ),
    "invalid_publish_id": _no("not_found", sentences_tiktok.WRONG_TASK),
    "token_not_authorized_for_specified_publish_id": _no("not_found", sentences_tiktok.WRONG_TASK),
    "invalid_file_upload": _no("media_refused"),
    "invalid_param": OTHER,
    "invalid_params": OTHER,
}
# Why a task ended without a post (https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status).
FAILURES: Mapping[str, Meaning] = {
    "internal": TROUBLE,
    "video_pull_failed": TROUBLE,
    "photo_pull_failed": TROUBLE,
    "file_format_check_failed": _no("media_refused", sentences_tiktok.FORMAT),
    "duration_check_failed": _no("media_refused", sentences_tiktok.DURATION),
    "frame_rate_check_failed": _no("media_refused", sentences_tiktok.FRAME_RATE),
    "picture_size_check_failed": _no("media_refused", sentences_tiktok.PICTURE_SIZE),
    "publish_cancelled": _no("cancelled_there", sentences_tiktok.CANCELLED),
    "auth_removed": Meaning(Class.REAUTH, "needs_reauth", sentences.ended(NAME), sentences.RECONNECT),
    **{name: CODES[name] for name in ("spam_risk", "spam_risk_text", "spam_risk_too_many_posts")},
    "spam_risk_user_banned_from_posting": CODES["spam_risk_user_banned_from_posting"],
}


@dataclass(frozen=True)
class Told:
    """The `error` object of an answer; every answer of the API has one, and success is the code "ok"."""

    code: str
    message: str = ""


def told(response: Response) -> Told | None:
    """None for anything else, such as the page of an edge server."""
    error = response.object().get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return None
    return Told(error["code"], str(error.get("message") or ""))


def is_success(response: Response) -> bool:
    error = told(response)
    return response.ok and error is not None and error.code == OK


def of_repeatable(response: Response) -> PlatformError:
    """The error of an answer to a read, an init of an upload, a chunk."""
    error = told(response)
    meaning = CODES.get(error.code, OTHER) if error else TROUBLE
    if error is None and response.status == 429:
        meaning = SLOW_DOWN
    elif response.status >= 500 or response.status in NOT_A_REFUSAL or (error and error.code == OK):
        meaning = TROUBLE
    return _of(meaning, error, response.status, excerpt(response))


def of_commit(response: Response) -> PlatformError:
    """The error of an answer to the call that publishes photos and that does not say what it made."""
    error = told(response)
    if error is None and response.status == 429:
        return _of(SLOW_DOWN, None, response.status, excerpt(response))
    # Refusals come with any status, also 200; but a code that is not documented counts only with the status of a no.
    meaning = CODES.get(error.code) if error else None
    if meaning is None and error is not None and error.code != OK and 400 <= response.status < 500:
        meaning = OTHER
    is_doubtful = response.status >= 500 or response.status in NOT_A_REFUSAL
    if meaning is None or meaning.kind == Class.TROUBLE or is_doubtful:
        return unknown(excerpt(response), http_status=response.status)
    return _of(meaning, error, response.status, excerpt(response))


def of_failure(reason: str) -> PlatformError:
    """The error of a task that TikTok says has failed: nothing of it is public, and a new try needs a new task."""
    known = FAILURES.get(reason)
    if known is None:
        known = _no("failed_there", sentences_tiktok.failed_there(reason))
    elif known.kind == Class.TROUBLE:
        sentence = sentences_tiktok.failed_there(reason)
        return NotSent(sentence, code="failed_there", detail=reason, next_step=sentences.NOTHING_TO_DO)
    return _of(known, None, None, f"fail_reason {reason}")


def unknown(detail: str, *, http_status: int | None = None) -> Unknown:
    return Unknown(
        sentences.no_answer(NAME), code="no_answer", http_status=http_status, detail=detail, next_step=sentences.WE_LOOK
    )


def not_reached(detail: str) -> NotSent:
    return NotSent(sentences.not_reached(NAME), code="not_reached", detail=detail, next_step=sentences.NOTHING_TO_DO)


def of_tokens(response: Response) -> PlatformError:
    """The token endpoint's errors are flat, and have been seen with status 200: without an access token it is one."""
    body = response.object()
    code = body.get("error")
    if isinstance(code, dict):
        code = code.get("code")
    said = f"{code or ''}: {body.get('error_description', '')}"[:300]
    details: dict[str, Any] = {"http_status": response.status, "detail": said}
    if code == "invalid_grant":
        return NeedsReauth(sentences.ended(NAME), code="needs_reauth", next_step=sentences.RECONNECT, **details)
    if code in {"invalid_client", "unauthorized_client"}:
        until = datetime.now(UTC) + QUARTER
        sentence = sentences.app_keys_refused(NAME)
        return AppBlocked(sentence, code="app_keys", until=until, next_step=sentences.ASK_OPERATOR, **details)
    if response.status == 429 or code == "rate_limit_exceeded":
        return _of(SLOW_DOWN, None, response.status, said)
    return NotSent(sentences.trouble(NAME), code="platform_trouble", next_step=sentences.NOTHING_TO_DO, **details)


def excerpt(response: Response) -> str:
    """For the log: the answer, with the log_id that TikTok's support asks for."""
    return f"HTTP {response.status} {response.body[:600].decode('utf-8', 'replace')}"


def _of(meaning: Meaning, error: Told | None, status: int | None, detail: str) -> PlatformError:
    details: dict[str, Any] = {
        "code": meaning.code,
        "http_status": status,
        "detail": detail,
        "next_step": meaning.step or sentences.NOTHING_TO_DO,
    }
    now = datetime.now(UTC)
    match meaning.kind:
        case Class.TROUBLE:
            return NotSent(sentences.trouble(NAME), **details)
        case Class.SLOW_DOWN:
            jitter = random.uniform(0, JITTER_SECONDS)  # noqa: S311 - not a secret
            until = now + timedelta(seconds=MINUTE_SECONDS + jitter)
            return RateLimited(sentences.slow_down(NAME, until), until=until, **details)
        case Class.LIMIT:
            until = now + DAY
            return RateLimited(sentences_tiktok.no_more_posts(until, meaning.sentence), until=until, **details)
        case Class.APP:
            return AppBlocked(meaning.sentence, until=now + QUARTER, **details)
        case Class.REAUTH:
            return NeedsReauth(meaning.sentence, **details)
    words = error.message if error else ""
    sentence = sentences.media_refused if meaning.code == "media_refused" else sentences.refused
    return Refused(meaning.sentence or sentence(NAME, words[:300]), **details)
