"""Calls to YouTube's API and to Google's token endpoint.

https://developers.google.com/youtube/v3/docs and https://developers.google.com/identity/protocols/oauth2/web-server.
Tokens travel in headers and bodies, never in an address.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, Tokens
from social.platforms import sentences, youtube_errors
from social.platforms.sentences_youtube import NAME

# A refresh holds a row lock, so it may not take long.
QUICK = http.Timeouts(connect=2, read=4, total=5)
KEYS_REFUSED = frozenset({"invalid_client", "unauthorized_client", "deleted_client", "disabled_client"})


def url(path: str) -> str:
    """`path` is below the version, such as /videos."""
    return f"{settings.YOUTUBE_API_URL}/youtube/{settings.YOUTUBE_API_VERSION}{path}"


def upload_url(path: str) -> str:
    return f"{settings.YOUTUBE_API_URL}/upload/youtube/{settings.YOUTUBE_API_VERSION}{path}"


def call(
    method: str,
    address: str,
    token: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeouts: http.Timeouts | None = None,
    **body: Any,
) -> http.Response:
    """One request with a token, answered whatever the status; `body` as http.request takes it.

    Raises http.NotSentError, http.AmbiguousError.
    """
    return http.request(
        method,
        http.with_query(address, query),
        headers={"Authorization": f"Bearer {token}", **(headers or {})},
        timeouts=timeouts or http.Timeouts(total=settings.PUBLISH_CALL_TIMEOUT_SECONDS),
        **body,
    )


def repeatable(method: str, address: str, token: str, **details: Any) -> dict[str, Any]:
    """A call that may be made again at will: its JSON object, or a PlatformError. What is not YouTube's own clear no is
    NotSent, since nothing public hangs on it."""
    try:
        response = call(method, address, token, **details)
    except http.HttpError as error:
        raise not_reached(error) from None
    if response.ok:
        return response.object()
    raise youtube_errors.of_repeatable(response)


def committing(method: str, address: str, token: str, **details: Any) -> dict[str, Any]:
    """The call that makes something public: its JSON object, which has an id.

    Raises NotSent when nothing left this machine, Unknown when nobody can say, and what YouTube refused with otherwise.
    """
    try:
        response = call(method, address, token, **details)
    except http.NotSentError as error:
        raise not_reached(error) from None
    except http.AmbiguousError as error:
        raise youtube_errors.unknown(str(error)) from None
    body = response.object()
    if response.ok and body.get("id"):
        return body
    raise youtube_errors.of_commit(response)


def items(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a list's answer; an empty list may be left out."""
    rows = body.get("items")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a resource, such as its status; empty when it is not there."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def not_reached(error: Exception) -> NotSent:
    return NotSent(
        sentences.not_reached(NAME),
        code="not_reached",
        detail=str(error),
        next_step=sentences.NOTHING_TO_DO,
        may_have_arrived=isinstance(error, http.AmbiguousError),
    )


# -- tokens ------------------------------------------------------------------------------------------


def tokens_from(body: Mapping[str, Any]) -> Tokens:
    """Tokens out of the token endpoint's answer. A refresh normally brings no new refresh token: the old one stays."""
    seconds = body.get("expires_in")
    return Tokens(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token") or ""),
        expires_at=datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None,
        scopes=tuple(str(body.get("scope") or "").split()),
    )


def refreshed(refresh_token: str) -> Tokens:
    """https://developers.google.com/identity/protocols/oauth2/web-server#offline. Raises NeedsReauth for a dead grant."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": settings.YOUTUBE_CLIENT_ID,
        "client_secret": settings.YOUTUBE_CLIENT_SECRET,
    }
    response = _token_call("/token", form, QUICK)
    body = response.object()
    if response.ok and body.get("access_token"):
        return tokens_from(body)
    raise _not_refreshed(response)


def revoke(token: str) -> None:
    """Ends the grant with all its tokens. A token that is dead already has nothing to end."""
    response = _token_call("/revoke", {"token": token}, http.Timeouts())
    if not response.ok and response.object().get("error") != "invalid_token":
        raise youtube_errors.of_repeatable(response)


def _token_call(path: str, form: Mapping[str, str], timeouts: http.Timeouts) -> http.Response:
    try:
        return http.request("POST", f"{settings.YOUTUBE_TOKEN_URL}{path}", form=form, timeouts=timeouts)
    except http.HttpError as error:
        raise not_reached(error) from None


def _not_refreshed(response: http.Response) -> PlatformError:
    """Here `error` is a word, unlike everywhere else in the API."""
    body = response.object()
    error = body.get("error") if isinstance(body.get("error"), str) else ""
    said = f"{error}: {body.get('error_description', '')}"
    details: dict[str, Any] = {"http_status": response.status, "detail": said[:300]}
    if response.status == 400 and error == "invalid_grant":
        return NeedsReauth(sentences.ended(NAME), code="needs_reauth", next_step=sentences.RECONNECT, **details)
    if error in KEYS_REFUSED:
        return AppBlocked(
            sentences.app_keys_refused(NAME),
            code="app_keys",
            until=datetime.now(UTC) + youtube_errors.QUARTER,
            next_step=sentences.ASK_OPERATOR,
            **details,
        )
    if response.status == 429:
        return youtube_errors.of_repeatable(response)
    return NotSent(sentences.trouble(NAME), code="platform_trouble", next_step=sentences.NOTHING_TO_DO, **details)
