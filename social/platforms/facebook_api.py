"""Facebook's Graph API for Pages: where it is, tokens, and the permissions that were given.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
"""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import NotSent, PlatformError, Tokens
from social.platforms import graph_api, sentences
from social.platforms.graph_api import Graph
from social.platforms.graph_errors import GraphErrors

NAME = "Facebook"
ERRORS = GraphErrors(NAME)
# A refresh holds a row lock, so it may not take long.
QUICK = http.Timeouts(connect=2, read=4, total=5)


def graph() -> Graph:
    """The API, for calls with a token of a person or a Page."""
    root = f"{settings.FACEBOOK_API_URL}/{settings.FACEBOOK_API_VERSION}"
    return Graph(root, ERRORS, secret=settings.FACEBOOK_CLIENT_SECRET)


def uploading() -> Graph:
    """The same for bytes of the resumable upload, which wants its own word before the token."""
    root = f"{settings.FACEBOOK_API_URL}/{settings.FACEBOOK_API_VERSION}"
    return Graph(root, ERRORS, secret=settings.FACEBOOK_CLIENT_SECRET, scheme="OAuth")


def upload_host() -> Graph:
    """Where the bytes of reels and stories go. Its address is ours to know: a token never follows one from an answer."""
    root = f"{settings.FACEBOOK_UPLOAD_URL}/video-upload/{settings.FACEBOOK_API_VERSION}"
    return Graph(root, ERRORS, scheme="OAuth")


def tokens_for(short: str) -> Tokens:
    """Tokens for a fresh token of an hour: the long-lived one and what it may do.

    `expires_at` stays empty on purpose. What publishes are the tokens of Pages, and those do not end with the person's.
    The person's token is kept as the refresh token: it finds new Pages, and renews itself as long as it lives.
    """
    long = exchange(short)
    return Tokens(access_token=long, refresh_token=long, scopes=scopes_of(long))


def exchange(token: str, *, timeouts: http.Timeouts | None = None) -> str:
    """A token of about 60 days for a short one, or for one of those that is still good."""
    form = {
        "grant_type": "fb_exchange_token",
        "client_id": settings.FACEBOOK_CLIENT_ID,
        "client_secret": settings.FACEBOOK_CLIENT_SECRET,
        "fb_exchange_token": token,
    }
    body = graph_api.repeatable(graph(), "POST", "/oauth/access_token", "", form=form, timeouts=timeouts)
    if not body.get("access_token"):
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without access_token")
    return str(body["access_token"])


def scopes_of(token: str) -> tuple[str, ...]:
    """What the person left ticked (https://developers.facebook.com/docs/graph-api/reference/user/permissions)."""
    rows = graph_api.pages(graph(), "/me/permissions", token, {})
    return tuple(str(row.get("permission")) for row in rows if row.get("status") == "granted")


def inspected(token: str) -> dict[str, Any]:
    """What Facebook knows of a token (https://developers.facebook.com/docs/graph-api/reference/debug_token)."""
    own = f"{settings.FACEBOOK_CLIENT_ID}|{settings.FACEBOOK_CLIENT_SECRET}"
    # The app's own token has no use for a proof of the app's secret.
    asking = Graph(graph().root, ERRORS)
    data = graph_api.repeatable(asking, "GET", "/debug_token", own, query={"input_token": token}).get("data")
    return data if isinstance(data, dict) else {}


def is_dead(token: str) -> bool:
    """Whether Facebook says of the token itself that it is over. What cannot be asked is not dead."""
    try:
        return inspected(token).get("is_valid") is False
    except PlatformError:
        return False


def has_run_out(token: str) -> bool:
    """Whether the token merely reached its end (463), rather than being taken away."""
    try:
        error = inspected(token).get("error")
    except PlatformError:
        return False
    return isinstance(error, dict) and error.get("subcode") == 463


def moment(stamp: Any) -> datetime | None:
    """Unix seconds as they stand in debug_token; 0 and nonsense are None."""
    if not isinstance(stamp, int) or isinstance(stamp, bool) or stamp <= 0:
        return None
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (OverflowError, OSError, ValueError):  # a number that is no time
        return None
