"""Calls to LinkedIn's API: headers, addresses, tokens
(https://learn.microsoft.com/en-us/linkedin/marketing/versioning, …/shared/api-guide/concepts/protocol-version).

Rest.li wants `List(…)` and `(key:value)` with their brackets as they are and the URNs in them percent-encoded, so queries
that hold such are written by hand here and never encoded as a whole.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from multivio import http
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, Tokens
from social.platforms import linkedin_errors, sentences
from social.platforms import sentences_linkedin as words
from social.platforms.sentences_linkedin import NAME

PERSON, ORGANISATION = "urn:li:person:", "urn:li:organization:"
SHARE, COMMUNITY = "share", "community"
# A constant list for each product: another set of scopes for the same person ends the tokens given before.
SCOPES: Mapping[str, tuple[str, ...]] = {
    SHARE: ("openid", "profile", "w_member_social"),
    COMMUNITY: (
        "r_basicprofile",
        "w_member_social",
        "w_organization_social",
        "r_organization_social",
        "rw_organization_admin",
        "w_member_social_feed",
        "w_organization_social_feed",
        "r_organization_social_feed",
        "r_member_postAnalytics",
    ),
}
# What it takes to find pages, to publish for them, and to look after unknown outcomes there.
FOR_PAGES = ("rw_organization_admin", "w_organization_social", "r_organization_social")
# A refresh holds a row lock, so it may not take long.
QUICK = http.Timeouts(connect=2, read=4, total=5)


def encoded(urn: str) -> str:
    """A URN as it stands in a path or a query."""
    return quote(urn, safe="")


def listed(several: Sequence[str]) -> str:
    return f"List({','.join(encoded(one) for one in several)})"


def headers(token: str, **others: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": settings.LINKEDIN_API_VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
        **others,
    }


def call(
    method: str,
    path: str,
    token: str,
    *,
    json_body: Any = None,
    rest_method: str = "",
    timeouts: http.Timeouts | None = None,
) -> http.Response:
    """One request with a token, answered whatever the status. Raises http.NotSentError, http.AmbiguousError."""
    extra = {"X-RestLi-Method": rest_method} if rest_method else {}
    return http.request(
        method,
        f"{settings.LINKEDIN_API_URL}{path}",
        headers=headers(token, **extra),
        json_body=json_body,
        timeouts=timeouts or http.Timeouts(total=settings.PUBLISH_CALL_TIMEOUT_SECONDS),
    )


def repeatable(method: str, path: str, token: str, **details: Any) -> dict[str, Any]:
    """A call that may be made again at will (reads, uploads): its JSON object, or a PlatformError."""
    try:
        response = call(method, path, token, **details)
    except http.HttpError as error:
        raise not_reached(error) from None
    if response.ok:
        return response.object()
    raise linkedin_errors.of_repeatable(response)


def committing(path: str, token: str, json_body: Any) -> tuple[str, dict[str, Any]]:
    """The one POST that makes something public: its id, which stands in a header, and the body, which may be empty.

    Raises NotSent when nothing left this machine, Unknown when nobody can say, and what LinkedIn refused with otherwise.
    """
    try:
        response = call("POST", path, token, json_body=json_body)
    except http.NotSentError as error:
        raise not_reached(error) from None
    except http.AmbiguousError as error:
        raise linkedin_errors.unknown(str(error)) from None
    made = response.headers.get("x-restli-id", "") or response.headers.get("x-linkedin-id", "")
    if response.ok and made:
        return made, response.object()
    raise linkedin_errors.of_commit(response)


def not_reached(error: http.HttpError) -> NotSent:
    return NotSent(
        sentences.not_reached(NAME),
        code="not_reached",
        detail=str(error),
        next_step=sentences.NOTHING_TO_DO,
        may_have_arrived=isinstance(error, http.AmbiguousError),
    )


def is_ours(address: str) -> bool:
    """Whether an address that an answer names is LinkedIn's own: a token never follows another one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    known = {urlsplit(one)[:2] for one in (settings.LINKEDIN_API_URL, settings.LINKEDIN_WEB_URL)}
    host = parts.hostname or ""
    is_linkedin = parts.scheme == "https" and (host == "linkedin.com" or host.endswith(".linkedin.com"))
    return parts[:2] in known or (is_linkedin and not settings.LINKEDIN_ON_SANDBOX)


# -- tokens ------------------------------------------------------------------------------------------


def asked_scopes() -> tuple[str, ...]:
    """What the consent page asks for: always the same list."""
    chosen = tuple(settings.LINKEDIN_SCOPES)
    return chosen or SCOPES.get(settings.LINKEDIN_PRODUCT, SCOPES[SHARE])


def tokens_from(body: Mapping[str, Any]) -> Tokens:
    """Tokens out of the token endpoint's answer. Scopes come with commas or blanks.

    A refresh token keeps the end it was given on the first day. Once the access token lasts as long as it does, a refresh
    brings nothing more, so it is let go, and people are asked in time to connect again.
    """
    seconds, rest = _seconds(body.get("expires_in")), _seconds(body.get("refresh_token_expires_in"))
    is_last = bool(seconds and rest and rest <= seconds + 60)
    return Tokens(
        access_token=str(body["access_token"]),
        refresh_token="" if is_last else str(body.get("refresh_token") or ""),
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None,
        scopes=tuple(str(body.get("scope", "")).replace(",", " ").split()),
        is_last=is_last,
    )


def refreshed(refresh_token: str) -> Tokens:
    """https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens"""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    response = client_call("/v2/accessToken", form, QUICK)
    body = response.object()
    if response.ok and body.get("access_token"):
        return tokens_from({"refresh_token": refresh_token, **body})
    raise _not_refreshed(response)


def client_call(path: str, form: Mapping[str, str], timeouts: http.Timeouts | None = None) -> http.Response:
    """A call of the application itself, which names itself in the body."""
    ours = {"client_id": settings.LINKEDIN_CLIENT_ID, "client_secret": settings.LINKEDIN_CLIENT_SECRET}
    address = f"{settings.LINKEDIN_OAUTH_URL}{path}"
    try:
        return http.request("POST", address, form={**form, **ours}, timeouts=timeouts or http.Timeouts())
    except http.HttpError as error:
        raise not_reached(error) from None


def _not_refreshed(response: http.Response) -> PlatformError:
    body = response.object()
    said = f"{body.get('error', '')}: {body.get('error_description', '')}"
    details: dict[str, Any] = {"http_status": response.status, "detail": said[:300]}
    is_dead = body.get("error") == "invalid_grant" or "refresh token is invalid, expired or revoked" in said
    if response.status in (400, 401) and is_dead:
        return NeedsReauth(sentences.ended(NAME), code="needs_reauth", next_step=sentences.RECONNECT, **details)
    if body.get("error") in {"invalid_client", "unauthorized_client"}:
        return AppBlocked(
            sentences.app_keys_refused(NAME),
            code="app_keys",
            until=datetime.now(UTC) + timedelta(minutes=15),
            next_step=sentences.ASK_OPERATOR,
            **details,
        )
    if response.status == 429:
        return linkedin_errors.of_repeatable(response)
    return NotSent(sentences.trouble(NAME), code="platform_trouble", **details)


def _seconds(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


# -- versions ----------------------------------------------------------------------------------------


def version_ends(version: str) -> datetime | None:
    """When LinkedIn is expected to retire a version: a year after its month, in the middle of it. None: no version."""
    if len(version) != 6 or not version.isdigit() or not 1 <= int(version[4:]) <= 12:
        return None
    return datetime(int(version[:4]) + 1, int(version[4:]), 15, tzinfo=UTC)


def left_out(scopes: Sequence[str]) -> str:
    """Why no pages can be opened with these scopes; empty when they can."""
    lacking = [scope for scope in FOR_PAGES if scope not in scopes]
    return words.pages_left_out(lacking, is_other_product=settings.LINKEDIN_PRODUCT != COMMUNITY) if lacking else ""
