"""Calls to TikTok's API, and its tokens (https://developers.tiktok.com/doc/oauth-user-access-token-management)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import NotSent, Tokens
from social.platforms import sentences, sentences_tiktok, tiktok_errors

NAME = sentences_tiktok.NAME
LISTING = "video.list"  # the scope of the list and of numbers
# TikTok wants the charset to be said, with an empty body too.
JSON = {"Content-Type": "application/json; charset=UTF-8"}
# A refresh holds a row lock, so it may not take long.
QUICK = http.Timeouts(connect=2, read=4, total=5)


def call(
    method: str,
    path: str,
    token: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    timeouts: http.Timeouts | None = None,
) -> http.Response:
    """One request with a token, answered whatever the status. Raises http.NotSentError, http.AmbiguousError."""
    headers = {"Authorization": f"Bearer {token}", **(JSON if method == "POST" else {})}
    return http.request(
        method,
        http.with_query(f"{settings.TIKTOK_API_URL}{path}", query),
        headers=headers,
        json_body=None if body is None else dict(body),
        timeouts=timeouts or http.Timeouts(total=settings.PUBLISH_CALL_TIMEOUT_SECONDS),
    )


def repeatable(method: str, path: str, token: str, **details: Any) -> dict[str, Any]:
    """A call that may be made again at will: the `data` of its answer, or a PlatformError.

    Everything that is not TikTok's own clear no is NotSent here, since nothing public hangs on it.
    """
    try:
        response = call(method, path, token, **details)
    except http.HttpError as error:
        raise tiktok_errors.not_reached(str(error)) from None
    if not tiktok_errors.is_success(response):
        raise tiktok_errors.of_repeatable(response)
    return data_of(response)


def data_of(response: http.Response) -> dict[str, Any]:
    data = response.object().get("data")
    return data if isinstance(data, dict) else {}


def creator(token: str, *, timeouts: http.Timeouts | None = None) -> dict[str, Any]:
    """What the account may do now (https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info).
    TikTok wants it asked before every post."""
    return repeatable("POST", "/v2/post/publish/creator_info/query/", token, timeouts=timeouts)


# -- tokens ------------------------------------------------------------------------------------------


def tokens_from(body: Mapping[str, Any]) -> Tokens:
    """Tokens out of the token endpoint's answer, for the exchange of a code and for a refresh alike. How long they live
    has changed before, so only what the answer says counts."""
    seconds = body.get("expires_in")
    return Tokens(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token") or ""),
        expires_at=datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None,
        scopes=tuple(scope for scope in str(body.get("scope") or "").replace(" ", ",").split(",") if scope),
    )


def refreshed(refresh_token: str) -> Tokens:
    """New tokens; the old refresh token is dead from then on."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    response = _client_call("/v2/oauth/token/", form, QUICK)
    body = response.object()
    if response.ok and body.get("access_token"):
        return tokens_from(body)
    raise tiktok_errors.of_tokens(response)


def revoke(access_token: str) -> None:
    """Takes the access token, not the refresh token; the answer to success is empty. Raises NotSent when TikTok did not
    confirm it."""
    response = _client_call("/v2/oauth/revoke/", {"token": access_token})
    said = response.object().get("error")
    code = said.get("code") if isinstance(said, dict) else said
    if not response.ok or code not in (None, "", tiktok_errors.OK):
        raise NotSent(
            sentences.not_revoked(NAME),
            code="not_revoked",
            http_status=response.status,
            detail=tiktok_errors.excerpt(response),
        )


def _client_call(path: str, form: Mapping[str, str], timeouts: http.Timeouts | None = None) -> http.Response:
    """The client names itself in the body, as `client_key`."""
    own = {"client_key": settings.TIKTOK_CLIENT_ID, "client_secret": settings.TIKTOK_CLIENT_SECRET}
    try:
        return http.request(
            "POST", f"{settings.TIKTOK_API_URL}{path}", form={**own, **form}, timeouts=timeouts or http.Timeouts()
        )
    except http.HttpError as error:
        raise tiktok_errors.not_reached(str(error)) from None
