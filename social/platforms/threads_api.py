"""The Threads API: where it is, tokens, and the permissions that were given.

https://developers.facebook.com/docs/threads/get-started/long-lived-tokens. A token is its own refresh token: as long as it
lives and is a day old, it gives one that lives 60 days from then. The old one stays good to its own end.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import NeedsReauth, NotSent, PlatformError, Refused, Tokens
from social.platforms import graph_api, sentences
from social.platforms.graph_api import Graph
from social.platforms.threads_errors import ERRORS, NAME, NAMING

# A refresh holds a row lock, so it may not take long: it makes two calls.
QUICK = http.Timeouts(connect=1, read=2, total=2.5)
LIVES = timedelta(days=60)
PUBLISHING = ("threads_basic", "threads_content_publish")
# Threads of several parts, looking for them, numbers, deleting.
OPTIONAL = ("threads_manage_replies", "threads_read_replies", "threads_manage_insights", "threads_delete")


def graph() -> Graph:
    """The API, for calls with a token of a profile."""
    return Graph(f"{settings.THREADS_API_URL}/{settings.THREADS_API_VERSION}", ERRORS)


def naming_graph() -> Graph:
    """The API, for making what names another post or container: that one may be too young to be there."""
    return Graph(graph().root, NAMING)


def token_graph() -> Graph:
    """The same without a version, for what gives tokens."""
    return Graph(settings.THREADS_API_URL, ERRORS)


def asked_scopes() -> tuple[str, ...]:
    """What the dialog asks for: what publishing needs, what comes beside it, and what the settings add."""
    return tuple(dict.fromkeys((*PUBLISHING, *OPTIONAL, *settings.THREADS_EXTRA_SCOPES)))


def tokens_for(short: str) -> Tokens:
    """Tokens for a fresh token of an hour: the long-lived one, its end, and what it may do."""
    query = {"grant_type": "th_exchange_token", "client_secret": settings.THREADS_CLIENT_SECRET}
    body = graph_api.repeatable(token_graph(), "GET", "/access_token", short, query=query)
    return _tokens(body, scopes_of(str(body.get("access_token", ""))))


def refreshed(token: str) -> Tokens:
    """New tokens for one that lives; believed only when they answer for themselves.

    Raises NeedsReauth when the token is over. One that is merely too young to be renewed is kept as it is.
    """
    query = {"grant_type": "th_refresh_token"}
    try:
        body = graph_api.repeatable(token_graph(), "GET", "/refresh_access_token", token, query=query, timeouts=QUICK)
    except Refused as error:
        return _kept(token, error)
    fresh = _tokens(body)
    try:
        graph_api.repeatable(graph(), "GET", "/me", fresh.access_token, query={"fields": "id"}, timeouts=QUICK)
    except NeedsReauth as error:
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail=error.detail) from None
    return fresh


def scopes_of(token: str) -> tuple[str, ...]:
    """What the person let us do. Where Threads does not say, it is what was asked for."""
    try:
        said = inspected(token).get("scopes")
    except Refused:
        return asked_scopes()
    return tuple(str(scope) for scope in said) if isinstance(said, list) else asked_scopes()


def inspected(token: str, *, timeouts: http.Timeouts | None = None) -> dict[str, Any]:
    """What Threads knows of a token (https://developers.facebook.com/docs/threads/troubleshooting/debug-access-token)."""
    query = {"input_token": token}
    data = graph_api.repeatable(graph(), "GET", "/debug_token", token, query=query, timeouts=timeouts).get("data")
    return data if isinstance(data, dict) else {}


def is_dead(token: str) -> bool:
    """Whether Threads says of the token itself that it is over. What cannot be asked is not dead."""
    try:
        return inspected(token).get("is_valid") is False
    except NeedsReauth:
        return True
    except PlatformError:
        return False


def _kept(token: str, refusal: Refused) -> Tokens:
    """Threads renews no token in its first 24 hours; it is as good as before, with the end that it has."""
    said = inspected(token, timeouts=QUICK)
    ends = said.get("expires_at")
    if said.get("is_valid") is not True or not isinstance(ends, int) or ends <= 0:
        raise NotSent(sentences.trouble(NAME), code=refusal.code, detail=refusal.detail) from None
    return Tokens(token, token, datetime.fromtimestamp(ends, UTC))


def _tokens(body: Mapping[str, Any], scopes: tuple[str, ...] = ()) -> Tokens:
    token, seconds = str(body.get("access_token") or ""), body.get("expires_in")
    if not token:
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without access_token")
    lives = timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else LIVES
    return Tokens(token, token, datetime.now(UTC) + lives, scopes)
