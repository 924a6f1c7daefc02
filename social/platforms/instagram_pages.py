"""Instagram accounts behind Facebook Pages: tokens, and which Pages have one
(https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import NeedsReauth, NotSent, PlatformError, Profile, Refused, Tokens
from social.platforms import graph_api, sentences
from social.platforms import sentences_instagram as ours
from social.platforms.graph_api import Graph
from social.platforms.instagram_api import FACEBOOK, QUICK, on_facebook
from social.platforms.instagram_errors import ERRORS, NAME

NEEDED = ("instagram_basic", "instagram_content_publish", "pages_show_list", "pages_read_engagement")
OPTIONAL = ("instagram_manage_comments", "instagram_manage_insights", "instagram_manage_contents")
FIELDS = "id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url,followers_count}"
PUBLISHING_TASKS = frozenset({"CREATE_CONTENT", "MANAGE"})
# In front of the person's token where it is kept, since a grant does not say by which log-in it came.
MARK = "facebook:"


def asked_scopes() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*NEEDED, *OPTIONAL, *settings.INSTAGRAM_FACEBOOK_EXTRA_SCOPES)))


def is_ours(refresh_token: str) -> bool:
    return refresh_token.startswith(MARK)


def tokens_for(short: str) -> Tokens:
    """Tokens for a fresh token of an hour. What publishes are the tokens of Pages, which do not end with the person's."""
    long = exchange(short)
    rows = graph_api.pages(on_facebook(), "/me/permissions", long, {})
    scopes = tuple(str(row.get("permission")) for row in rows if row.get("status") == "granted")
    return Tokens(access_token=long, refresh_token=f"{MARK}{long}", scopes=scopes)


def exchange(token: str, *, timeouts: http.Timeouts | None = None) -> str:
    """A token of about 60 days for one that is still good."""
    form = {
        "grant_type": "fb_exchange_token",
        "client_id": settings.INSTAGRAM_FACEBOOK_CLIENT_ID,
        "client_secret": settings.INSTAGRAM_FACEBOOK_CLIENT_SECRET,
        "fb_exchange_token": token,
    }
    body = graph_api.repeatable(on_facebook(), "POST", "/oauth/access_token", "", form=form, timeouts=timeouts)
    if not body.get("access_token"):
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without access_token")
    return str(body["access_token"])


def refresh(refresh_token: str) -> Tokens:
    """Renew the person's token while it is good. One that merely ran out is kept: the Pages' tokens live on without it."""
    token = refresh_token.removeprefix(MARK)
    try:
        token = exchange(token, timeouts=QUICK)
    except NeedsReauth:
        if not _has_run_out(token):
            raise
    return Tokens(access_token=token, refresh_token=f"{MARK}{token}")


def revoke(token: str) -> None:
    """Give back what is Instagram's, permission by permission: all at once would end Facebook Pages of the same person, which
    may hang on the same app (https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke)."""
    for scope in (*OPTIONAL, *(scope for scope in NEEDED if scope.startswith("instagram_"))):
        graph_api.repeatable(on_facebook(), "DELETE", f"/me/permissions/{scope}", token)


def profiles(tokens: Tokens) -> list[Profile]:
    """The accounts behind the Pages that were ticked and on which the person may publish. Raises Refused for none."""
    token = tokens.access_token
    person = graph_api.repeatable(on_facebook(), "GET", "/me", token, query={"fields": "id,name"})
    if not person.get("id"):
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without id")
    rows = list(_pages(token, tokens.scopes))
    ours_there = {str(row["instagram_business_account"]["id"]): row for row in rows if _account(row).get("id")}
    allowed = {key: row for key, row in ours_there.items() if _may_publish(row)}
    if not allowed:
        sentence = ours.NO_ROLE_BEHIND if ours_there else ours.NO_ACCOUNT_BEHIND
        raise Refused(sentence, code="nothing_to_connect", next_step=sentences.RECONNECT)
    lacks = [scope for scope in OPTIONAL if scope not in tokens.scopes]
    return [_profile(row, str(person["id"]), lacks) for row in allowed.values()]


def _pages(token: str, scopes: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Of the person, and with business_management those of the businesses as well."""
    graph, query = on_facebook(), {"fields": FIELDS, "limit": "100"}
    yield from graph_api.pages(graph, "/me/accounts", token, query)
    if "business_management" not in scopes:
        return
    for business in graph_api.pages(graph, "/me/businesses", token, {"fields": "id"}):
        for edge in ("owned_pages", "client_pages"):
            try:
                yield from graph_api.pages(graph, f"/{business.get('id')}/{edge}", token, query)
            except PlatformError:
                continue  # a business that may not be read does not keep the others away


def _account(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("instagram_business_account")
    return found if isinstance(found, dict) else {}


def _may_publish(row: Mapping[str, Any]) -> bool:
    return bool(row.get("access_token")) and bool(PUBLISHING_TASKS & set(row.get("tasks") or ()))


def _profile(row: Mapping[str, Any], person: str, lacks: list[str]) -> Profile:
    account = _account(row)
    return Profile(
        remote_id=str(account["id"]),
        username=str(account.get("username") or account["id"]),
        name=str(account.get("name") or account.get("username") or ""),
        avatar_url=str(account.get("profile_picture_url", "")),
        traits={"login": FACEBOOK, "page": str(row.get("name", "")), "lacks": lacks},
        access_token=str(row["access_token"]),
        owner_id=person,
    )


def _has_run_out(token: str) -> bool:
    """Whether it merely reached its end (463), rather than being taken away."""
    own = f"{settings.INSTAGRAM_FACEBOOK_CLIENT_ID}|{settings.INSTAGRAM_FACEBOOK_CLIENT_SECRET}"
    # The app's own token has no use for a proof of the app's secret.
    asking = Graph(on_facebook().root, ERRORS)
    try:
        data = graph_api.repeatable(asking, "GET", "/debug_token", own, query={"input_token": token}).get("data")
    except PlatformError:
        return False
    error = data.get("error") if isinstance(data, dict) else None
    return isinstance(error, dict) and error.get("subcode") == 463
