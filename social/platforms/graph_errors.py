"""What the refusals of Meta's Graph APIs mean (https://developers.facebook.com/docs/graph-api/guides/error-handling).

The code and subcode decide, never `type`: that is OAuthException for nearly everything. For a call that makes something
public only an error of Meta's own with a code that is documented as a refusal counts; all else is unknown.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from multivio.http import Response
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited, Refused, Unknown
from social.platforms import sentences

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
# May have been accepted all the same (RFC 9110: time-out, conflict; RFC 8470: too early).
NOT_A_REFUSAL = frozenset({408, 409, 425})
LONG_WORD = re.compile(r"[\w|.-]{48,}")


class Class(StrEnum):
    """What an error means for what happens next."""

    TROUBLE = "trouble"  # Meta's own: says nothing about the outcome
    LIMIT = "limit"  # this account waits
    APP = "app"  # the whole application waits
    REAUTH = "reauth"
    REFUSED = "refused"
    NOT_YET = "not_yet"  # nothing happened, and the same call is taken later


@dataclass(frozen=True)
class Meaning:
    """One line of the table. `sentence` takes the platform's name; None: Meta's own words. `wait` unless Meta says how long."""

    kind: Class
    code: str
    sentence: Callable[[str], str] | None = None
    step: str = ""
    wait: timedelta = HOUR


@dataclass(frozen=True)
class GraphError:
    """The `error` object of an answer. `user` is text that Meta means for people."""

    code: int
    subcode: int
    message: str
    user: str = ""
    is_transient: bool = False
    trace: str = ""


REAUTH = Meaning(Class.REAUTH, "needs_reauth", sentences.ended, sentences.RECONNECT)
TROUBLE = Meaning(Class.TROUBLE, "platform_trouble")
LIMITED = Meaning(Class.LIMIT, "rate_limited")
BLOCKED = Meaning(Class.LIMIT, "blocked", sentences.blocked_for_a_while, "", DAY)
LINK = Meaning(Class.REFUSED, "link_refused", sentences.link_refused, sentences.EDIT)
FLAGGED = Meaning(Class.REFUSED, "content_flagged", sentences.content_flagged, sentences.EDIT)
MEDIA = Meaning(Class.REFUSED, "media_refused", None, sentences.EDIT)

# Why a session is over: subcodes of 190 and 102.
SESSIONS: Mapping[int, Meaning] = {
    458: REAUTH,
    459: Meaning(Class.REAUTH, "checkpoint", sentences.checkpoint, sentences.RECONNECT),
    460: Meaning(Class.REAUTH, "needs_reauth", sentences.password_changed, sentences.RECONNECT),
    463: REAUTH,
    464: Meaning(Class.REAUTH, "checkpoint", sentences.checkpoint, sentences.RECONNECT),
    467: REAUTH,
    492: Meaning(Class.REAUTH, "role_lost", sentences.role_lost, sentences.RECONNECT),
    2069032: REAUTH,
}
# Any code with this subcode; they say more than the code does.
SUBCODES: Mapping[int, Meaning] = {
    2069033: Meaning(Class.REFUSED, "feature_gone", sentences.feature_gone, sentences.EDIT),
    1390008: BLOCKED,
    1404112: BLOCKED,
    1404006: BLOCKED,
    4854002: BLOCKED,
    1609005: LINK,
    1609008: LINK,
    1609010: LINK,
    2061006: LINK,
    1346003: FLAGGED,
    1404102: FLAGGED,
    1366046: MEDIA,
    1366051: MEDIA,
    2069019: MEDIA,
    1404078: Meaning(Class.REFUSED, "page_authorization", sentences.page_authorization, sentences.EDIT),
    1363047: TROUBLE,
    1363030: TROUBLE,
}
CODES: Mapping[int, Meaning] = {
    1: TROUBLE,
    2: TROUBLE,
    4: Meaning(Class.APP, "app_limit"),
    17: LIMITED,
    32: LIMITED,
    341: LIMITED,
    613: LIMITED,
    80001: LIMITED,
    80002: LIMITED,
    102: REAUTH,
    # Meta gives no early end without a subcode; an access token that merely ran out may be renewed once.
    190: Meaning(Class.REAUTH, "unauthorized", sentences.not_recognised, sentences.RECONNECT),
    3: Meaning(Class.REAUTH, "needs_reauth", sentences.lacks_permission, sentences.RECONNECT),
    10: Meaning(Class.REAUTH, "needs_reauth", sentences.lacks_permission, sentences.RECONNECT),
    368: BLOCKED,
    506: Meaning(Class.REFUSED, "duplicate", sentences.duplicate, "Change the text if it is meant to be there twice."),
    100: Meaning(Class.REFUSED, "refused", None, sentences.EDIT),
    324: MEDIA,
    101: Meaning(Class.APP, "app_keys", sentences.app_keys_refused, sentences.ASK_OPERATOR, QUARTER),
}
# The application's own keys are wrong; the codes of these are those of other things.
KEYS_REFUSED = ("appsecret_proof", "validating client secret", "validating application")
PERMISSIONS = range(200, 300)
NOT_THERE = (100, 33)  # the object is missing, or we may not see it


@dataclass(frozen=True)
class Usage:
    """How much of a limit is used: the worst of the percentages, and how long until there is room again, if it is said."""

    percent: float = 0.0
    regain: timedelta = timedelta()


@dataclass(frozen=True)
class GraphErrors:
    """What errors mean for one platform. `special` goes before the common table: by (code, subcode), or (code, None) for
    every subcode of a code."""

    name: str
    special: Mapping[tuple[int, int | None], Meaning] = field(default_factory=dict)

    def of_commit(self, response: Response) -> PlatformError:
        """The error of an answer to a call that makes something public and that does not say what it made."""
        error = told(response)
        is_refusal = 400 <= response.status < 500 and response.status not in NOT_A_REFUSAL
        if response.ok or not is_refusal or (error is None and response.status != 429):
            return self.unknown(f"HTTP {response.status}", http_status=response.status)
        meaning = self._meaning(error)
        if meaning.kind == Class.TROUBLE:
            return self.unknown(excerpt(response), http_status=response.status)
        return self._of(response, error, meaning)

    def of_repeatable(self, response: Response) -> PlatformError:
        """The error of an answer to a read, an upload or a deletion."""
        error = told(response)
        meaning = self._meaning(error) if error or response.status == 429 else TROUBLE
        if response.status >= 500 or response.status in NOT_A_REFUSAL:
            meaning = TROUBLE
        return self._of(response, error, meaning)

    def unknown(self, detail: str, *, http_status: int | None = None) -> Unknown:
        return Unknown(
            sentences.no_answer(self.name),
            code="no_answer",
            http_status=http_status,
            detail=detail,
            next_step=sentences.WE_LOOK,
        )

    def _meaning(self, error: GraphError | None) -> Meaning:
        if error is None:  # a 429 without Meta's own words
            return LIMITED
        own = self.special.get((error.code, error.subcode)) or self.special.get((error.code, None))
        if own is not None:
            return own
        if any(words in error.message for words in KEYS_REFUSED):
            return CODES[101]
        if error.is_transient:
            return TROUBLE
        if error.code in (190, 102) and error.subcode in SESSIONS:
            return SESSIONS[error.subcode]
        found = SUBCODES.get(error.subcode) or CODES.get(error.code)
        if found is not None:
            return found
        return CODES[10] if error.code in PERMISSIONS else CODES[100]

    def _of(self, response: Response, error: GraphError | None, meaning: Meaning) -> PlatformError:
        details: dict[str, Any] = {
            "code": meaning.code,
            "http_status": response.status,
            "detail": excerpt(response),
            "next_step": meaning.step or sentences.NOTHING_TO_DO,
        }
        if meaning.kind in (Class.TROUBLE, Class.NOT_YET):
            return NotSent((meaning.sentence or sentences.trouble)(self.name), **details)
        if meaning.kind in (Class.LIMIT, Class.APP):
            return self._wait(response, meaning, details)
        kind = NeedsReauth if meaning.kind == Class.REAUTH else Refused
        if meaning.sentence is not None:
            return kind(meaning.sentence(self.name), **details)
        words = reason(error)
        sentence = sentences.media_refused if meaning.code == MEDIA.code else sentences.refused
        if error is not None and (error.code, error.subcode) == NOT_THERE:
            details["code"] = "not_found"
        return kind(sentence(self.name, words), **details)

    def _wait(self, response: Response, meaning: Meaning, details: dict[str, Any]) -> PlatformError:
        # A block for policy or speed is never shortened by what the usage of the limits says.
        regain = usage(response.headers).regain if meaning.sentence is None else timedelta()
        until = datetime.now(UTC) + (regain or meaning.wait)
        if meaning.kind == Class.APP:
            details["next_step"] = sentences.ASK_OPERATOR
            sentence = meaning.sentence(self.name) if meaning.sentence else sentences.app_quota(self.name, until)
            return AppBlocked(sentence, until=until, **details)
        if meaning.code == BLOCKED.code:
            details["next_step"] = sentences.see_platform(self.name)
        sentence = meaning.sentence(self.name) if meaning.sentence else sentences.slow_down(self.name, until)
        return RateLimited(sentence, until=until, **details)


def told(response: Response) -> GraphError | None:
    """Meta's own error; None for anything else, such as the page of an edge server."""
    body = response.object().get("error")
    if not isinstance(body, dict) or not isinstance(body.get("code"), int):
        return None
    subcode = body.get("error_subcode")
    return GraphError(
        code=body["code"],
        subcode=subcode if isinstance(subcode, int) else 0,
        message=str(body.get("message") or ""),
        user=str(body.get("error_user_msg") or body.get("error_user_title") or ""),
        is_transient=body.get("is_transient") is True,
        trace=str(body.get("fbtrace_id") or ""),
    )


def reason(error: GraphError | None) -> str:
    """Meta's words for people, or else those for developers without the number in front."""
    if error is None:
        return ""
    words = LONG_WORD.sub("…", error.user or error.message)
    return (words.partition(") ")[2] if words.startswith("(#") else words)[:300]


def excerpt(response: Response) -> str:
    """The beginning of the body for the attempt log, with code, subcode and fbtrace_id. "Malformed access token" quotes the
    token, so whatever may be one is left out."""
    return LONG_WORD.sub("…", response.body[:1000].decode("utf-8", "replace"))


def usage(headers: Mapping[str, str]) -> Usage:
    """Out of X-App-Usage and X-Business-Use-Case-Usage
    (https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers)."""
    app = _json(headers.get("x-app-usage", ""))
    cases = [one for several in _json(headers.get("x-business-use-case-usage", "")).values() for one in _list(several)]
    minutes = max((_number(one.get("estimated_time_to_regain_access")) for one in cases), default=0)
    shares = [_number(one.get(name)) for one in (app, *cases) for name in ("call_count", "total_time", "total_cputime")]
    return Usage(percent=max(shares, default=0), regain=timedelta(minutes=minutes))


def _json(header: str) -> dict[str, Any]:
    try:
        found = json.loads(header or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
