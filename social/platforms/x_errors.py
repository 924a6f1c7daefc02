"""What X's refusals mean (https://docs.x.com/x-api/fundamentals/response-codes-and-errors).

The class decides what happens next, so the rule is strict: an authentication error only where X documents one, and for
the call that makes a post public a refusal only where X itself refused in its own JSON. All else is unknown.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import sentences

NAME = "X"
QUARTER = timedelta(minutes=15)
# May have been accepted all the same (RFC 9110: time-out, conflict; RFC 8470: too early).
NOT_A_REFUSAL = frozenset({408, 409, 425})

# The tail of `type`, since its host varies between api.twitter.com and api.x.com.
REAUTH_TYPES = frozenset({"unsupported-authentication"})
APP_TYPES = frozenset({"client-forbidden"})

# A part of the text of a 403, in lower case -> code, sentence, next step. The first that fits wins.
FORBIDDEN = (
    ("duplicate content", "duplicate", sentences.duplicate, "Change the text if it is meant to be there twice."),
    ("reply to this conversation is not allowed", "reply_not_allowed", sentences.reply_not_allowed, sentences.EDIT),
    ("only reply to or quote posts", "reply_not_allowed", sentences.reply_not_allowed, sentences.EDIT),
    ("video longer than", "video_too_long", sentences.video_too_long_there, "Shorten the video, then publish again."),
    ("suspended", "account_suspended", sentences.suspended, sentences.see_platform(NAME)),
    ("locked", "account_locked", sentences.suspended, sentences.see_platform(NAME)),
    ("not permitted to perform this action", "not_permitted", sentences.not_permitted, sentences.EDIT),
)


def of_commit(response: Response) -> PlatformError:
    """The error of an answer to POST /2/tweets that carries no post id."""
    if response.ok or not 400 <= response.status < 500 or response.status in NOT_A_REFUSAL:
        return unknown(f"HTTP {response.status}", http_status=response.status)
    if not response.object() and response.status != 429:
        return unknown(f"HTTP {response.status} without X's own JSON", http_status=response.status)
    return _refusal(response)


def of_repeatable(response: Response) -> PlatformError:
    """The error of an answer to a read, an upload or a deletion."""
    if 400 <= response.status < 500 and response.status not in NOT_A_REFUSAL and response.object():
        return _refusal(response)
    if response.status == 429:
        return _refusal(response)
    return NotSent(
        sentences.trouble(NAME),
        code="platform_trouble",
        http_status=response.status,
        detail=f"HTTP {response.status}",
        next_step=sentences.NOTHING_TO_DO,
    )


def unknown(detail: str, *, http_status: int | None = None) -> Unknown:
    return Unknown(
        sentences.no_answer(NAME), code="no_answer", http_status=http_status, detail=detail, next_step=sentences.WE_LOOK
    )


def reason(response: Response) -> str:
    """X's own words, for people."""
    body = response.object()
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("message") or first.get("detail") or body.get("detail") or body.get("title") or "")[:300]


def _kind(response: Response) -> str:
    return str(response.object().get("type") or "").rstrip("/").rpartition("/")[2]


def _excerpt(response: Response) -> str:
    return response.body[:1000].decode("utf-8", "replace")


def _refusal(response: Response) -> PlatformError:
    details: dict[str, Any] = {"http_status": response.status, "detail": _excerpt(response)}
    match response.status:
        case 401:
            return NeedsReauth(
                sentences.not_recognised(NAME), code="unauthorized", next_step=sentences.RECONNECT, **details
            )
        case 402:
            until = datetime.now(UTC) + QUARTER
            return AppBlocked(
                sentences.no_credits(NAME), code="no_credits", until=until, next_step=sentences.ASK_OPERATOR, **details
            )
        case 403:
            return _forbidden(response)
        case 429:
            return _too_many(response)
    return Refused(
        sentences.refused(NAME, reason(response)),
        code="not_found" if response.status == 404 else "refused",
        next_step=sentences.EDIT,
        **details,
    )


def _forbidden(response: Response) -> PlatformError:
    body, kind = response.object(), _kind(response)
    details: dict[str, Any] = {"http_status": 403, "detail": _excerpt(response)}
    if kind == "usage-capped":
        return _capped(response)
    if kind in APP_TYPES:
        until = datetime.now(UTC) + QUARTER
        return AppBlocked(
            sentences.app_not_allowed(NAME),
            code="app_forbidden",
            until=until,
            next_step=sentences.ASK_OPERATOR,
            **details,
        )
    if kind == "oauth1-permissions":
        step = "Whoever runs this installation allows it to write; then reconnect the account."
        return NeedsReauth(sentences.read_only_app(NAME), code="needs_reauth", next_step=step, **details)
    said = f"{body.get('title', '')} {body.get('detail', '')} {reason(response)}".lower()
    is_plain = body.get("title") == "Forbidden" and body.get("detail") == "Forbidden"
    if kind in REAUTH_TYPES or is_plain:
        return NeedsReauth(
            sentences.lacks_permission(NAME), code="needs_reauth", next_step=sentences.RECONNECT, **details
        )
    if "deleted or not visible" in said:
        # A parent that was made a moment ago: X did not take the reply, and takes it a little later.
        return NotSent(
            sentences.parent_not_visible(NAME),
            code="parent_not_visible",
            next_step=sentences.NOTHING_TO_DO,
            **details,
        )
    for words, code, sentence, step in FORBIDDEN:
        if words in said:
            return Refused(sentence(NAME), code=code, next_step=step, **details)
    return Refused(sentences.refused(NAME, reason(response)), code="forbidden", next_step=sentences.EDIT, **details)


def _too_many(response: Response) -> PlatformError:
    """429: the account's limit closes the account until its reset; the application's limit closes X for everybody."""
    if _kind(response) == "usage-capped":
        return _capped(response)
    details: dict[str, Any] = {"http_status": 429, "detail": _excerpt(response)}
    app_reset = _reset(response, "x-app-limit-24hour")
    if app_reset is not None:
        return AppBlocked(
            sentences.app_quota(NAME, app_reset),
            code="app_limit",
            until=app_reset,
            next_step=sentences.ASK_OPERATOR,
            **details,
        )
    until = _reset(response, "x-user-limit-24hour") or _reset(response, "x-rate-limit") or datetime.now(UTC) + QUARTER
    return RateLimited(
        sentences.slow_down(NAME, until),
        code="rate_limited",
        until=until,
        next_step=sentences.NOTHING_TO_DO,
        **details,
    )


def _reset(response: Response, prefix: str) -> datetime | None:
    """When a used-up limit starts again; None if this limit is not the one that is used up."""
    reset = response.headers.get(f"{prefix}-reset", "")
    if response.headers.get(f"{prefix}-remaining", "").strip() != "0" or not reset.strip().isdigit():
        return None
    try:
        return datetime.fromtimestamp(int(reset), UTC)
    except (OverflowError, ValueError, OSError):  # a number that is no time
        return None


def _capped(response: Response) -> AppBlocked:
    """The application's quota of the day or the month (`period`); it starts again with the next one, in UTC."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight + timedelta(days=1)
    if str(response.object().get("period", "")).lower() == "monthly":
        until = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return AppBlocked(
        sentences.app_quota(NAME, until),
        code="usage_capped",
        until=until,
        http_status=response.status,
        detail=_excerpt(response),
        next_step=sentences.ASK_OPERATOR,
    )
