"""Instagram's two hosts, the tokens of its own log-in, and the containers of an account.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import Account, NeedsReauth, NotSent, PlatformError, RateLimited, Tokens
from social.platforms import graph_api, sentences
from social.platforms.graph_api import Graph
from social.platforms.graph_containers import Containers
from social.platforms.instagram_errors import ERRORS, NAME, not_made, of_container

DIRECT, FACEBOOK = "instagram", "facebook"  # the two log-ins, as an account's traits name them
# A refresh holds a row lock, so it may not take long.
QUICK = http.Timeouts(connect=2, read=4, total=5)
EXCHANGING = http.Timeouts(connect=3, read=8, total=10)
LIFE = timedelta(days=60)


def graph_of(account: Account) -> Graph:
    """The API for an account: the log-in decides, since their tokens do not know each other's host."""
    return on_facebook() if account.traits.get("login") == FACEBOOK else direct()


def direct() -> Graph:
    return Graph(f"{settings.INSTAGRAM_API_URL}/{settings.INSTAGRAM_API_VERSION}", ERRORS)


def unversioned() -> Graph:
    """Where tokens are renewed."""
    return Graph(str(settings.INSTAGRAM_API_URL), ERRORS)


def on_facebook() -> Graph:
    root = f"{settings.INSTAGRAM_FACEBOOK_API_URL}/{settings.INSTAGRAM_API_VERSION}"
    return Graph(root, ERRORS, secret=settings.INSTAGRAM_FACEBOOK_CLIENT_SECRET)


def upload_host() -> Graph:
    """Where the bytes of videos go. Its address is ours to know: a token never follows one from an answer."""
    return Graph(
        f"{settings.INSTAGRAM_UPLOAD_URL}/ig-api-upload/{settings.INSTAGRAM_API_VERSION}", ERRORS, scheme="OAuth"
    )


def containers_of(account: Account, *, sleep: Callable[[float], None]) -> Containers:
    return Containers(
        slug="instagram",
        graph=graph_of(account),
        create_edge="media",
        publish_edge="media_publish",
        state_field="status_code",
        words_field="status",
        failed=of_container,
        sleep=sleep,
        not_made=not_made,
    )


# -- tokens of Instagram's own log-in ----------------------------------------------------------------


def tokens_for(code: str, redirect_uri: str, *, asked: Sequence[str]) -> Tokens:
    """The token of 60 days for a code. It renews itself, so it is its own refresh token. Raises a PlatformError."""
    short, scopes = exchange(code, redirect_uri)
    query = {"grant_type": "ig_exchange_token", "client_secret": settings.INSTAGRAM_CLIENT_SECRET}
    body = graph_api.repeatable(unversioned(), "GET", "/access_token", short, query=query, timeouts=EXCHANGING)
    return _tokens(body, scopes or tuple(asked))


def exchange(code: str, redirect_uri: str) -> tuple[str, tuple[str, ...]]:
    """The token of an hour and what was granted. The answer is flat or wrapped in a list; refusals are not Graph's."""
    form = {
        "client_id": settings.INSTAGRAM_CLIENT_ID,
        "client_secret": settings.INSTAGRAM_CLIENT_SECRET,
        "grant_type": "authorization_code",
        "redirect_uri": redirect_uri,
        # The address that the browser comes back to ends in "#_", and some browsers send it along.
        "code": code.removesuffix("#_"),
    }
    try:
        response = http.request(
            "POST", f"{settings.INSTAGRAM_TOKEN_URL}/oauth/access_token", form=form, timeouts=EXCHANGING
        )
    except http.HttpError as error:
        raise NotSent(sentences.not_reached(NAME), code="not_reached", detail=str(error)) from None
    body = response.object()
    rows = body.get("data")
    found = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else body
    if not response.ok or not found.get("access_token"):
        detail = f"HTTP {response.status}: {body.get('error_message', 'answer without access_token')}"
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail=detail[:300])
    return str(found["access_token"]), _scopes(found.get("permissions"))


def refresh(token: str) -> Tokens:
    """Another 60 days, for a token that is at least a day old and has not run out.

    Raises NeedsReauth when it is dead; whatever else Instagram says is no reason to disconnect anybody.
    """
    query = {"grant_type": "ig_refresh_token"}
    try:
        body = graph_api.repeatable(unversioned(), "GET", "/refresh_access_token", token, query=query, timeouts=QUICK)
    except (NeedsReauth, NotSent, RateLimited):
        raise
    except PlatformError as error:
        raise NotSent(
            sentences.trouble(NAME), code="not_renewed", http_status=error.http_status, detail=error.detail
        ) from None
    return _tokens(body, ())


def _tokens(body: Mapping[str, Any], scopes: tuple[str, ...]) -> Tokens:
    token, seconds = body.get("access_token"), body.get("expires_in")
    if not token:
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without access_token")
    lives = timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else LIFE
    return Tokens(str(token), str(token), datetime.now(UTC) + lives, scopes)


def _scopes(said: Any) -> tuple[str, ...]:
    """A list, or words with commas between them."""
    found = said if isinstance(said, list) else str(said or "").split(",")
    return tuple(str(one).strip() for one in found if str(one).strip())
