"""OAuth 2.0 with PKCE: the token endpoint and revocation (https://docs.x.com/fundamentals/authentication/oauth-2-0)."""

import base64
import binascii
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from sandbox.apps import App
from sandbox.calls import Actor, Call, Reply
from sandbox.consents import Token
from sandbox.platforms.x import problems
from sandbox.platforms.x.identity import actor_of
from sandbox.world import World

CODE_TTL = 30
ACCESS_TTL = 7200
REFRESH_TTL = 180 * 86400

SCOPES = {
    "tweet.read": "See posts you can view, including posts from protected accounts",
    "tweet.write": "Post and repost for you",
    "tweet.moderate.write": "Hide and unhide replies to your posts",
    "users.read": "See accounts you can view, including protected accounts",
    "users.email": "See the e-mail address of your account",
    "follows.read": "See who you follow and who follows you",
    "follows.write": "Follow and unfollow accounts for you",
    "offline.access": "Stay connected to your account until you revoke access",
    "space.read": "See all Spaces you can view",
    "mute.read": "See accounts you have muted",
    "mute.write": "Mute and unmute accounts for you",
    "like.read": "See posts you have liked",
    "like.write": "Like and unlike posts for you",
    "list.read": "See lists you have made or are a member of",
    "list.write": "Make and manage lists for you",
    "block.read": "See accounts you have blocked",
    "block.write": "Block and unblock accounts for you",
    "bookmark.read": "See your bookmarked posts",
    "bookmark.write": "Bookmark and remove bookmarks for you",
    "dm.read": "See your direct messages",
    "dm.write": "Send direct messages for you",
    "media.write": "Upload media, such as photos and videos, for you",
    "timeline.read": "See all custom timelines you can view",
    "broadcast.read": "See your live broadcasts and their chat",
    "broadcast.write": "Manage your live broadcasts for you",
}
DEFAULT_SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636: base64url without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def token_operation(call: Call) -> str:
    return "token_refresh" if _form(call).get("grant_type") == "refresh_token" else "token_exchange"


def identify_client(call: Call) -> Actor | None:
    """The app by Basic authentication (or client_id, if it has no secret); the user through the token sent."""
    app = _client(call)
    call.notes["client_id"] = app.client_id
    form = _form(call)
    for kind, name in (("code", "code"), ("refresh", "refresh_token"), ("refresh", "token"), ("access", "token")):
        token = call.world.consents.find("x", kind, form.get(name, ""))
        if token is not None and token.consent is not None:
            return actor_of(call, token.consent)
    return None


def token(call: Call) -> Reply:
    form = _form(call)
    match form.get("grant_type"):
        case "authorization_code":
            return _exchange(call, form)
        case "refresh_token":
            return _refresh(call, form)
        case None:
            raise problems.oauth_error(400, "invalid_request", "Missing required parameter [grant_type].")
    raise problems.oauth_error(400, "unsupported_grant_type", "Value passed for the grant type was invalid.")


def revoke(call: Call) -> Reply:
    """Kills the access and the refresh token alike."""
    value = _form(call).get("token", "")
    found = [call.world.consents.find("x", kind, value) for kind in ("access", "refresh")]
    consents = [
        one.consent for one in found if one and one.consent and one.consent.client_id == call.notes["client_id"]
    ]
    for consent in consents:
        call.world.consents.revoke(consent.id)
    effect = {"revoked_consent_id": consents[0].id} if consents else None
    return Reply(200, {"revoked": True}, effect=effect)


def issue(world: World, consent_id: int, scopes: tuple[str, ...]) -> dict[str, Any]:
    """The token endpoint's success body."""
    body = {
        "token_type": "bearer",
        "expires_in": ACCESS_TTL,
        "access_token": world.consents.issue(platform="x", kind="access", consent_id=consent_id, ttl=ACCESS_TTL),
        "scope": " ".join(scopes),
    }
    if "offline.access" in scopes:
        body["refresh_token"] = world.consents.issue(
            platform="x", kind="refresh", consent_id=consent_id, ttl=REFRESH_TTL
        )
    return body


def _exchange(call: Call, form: dict[str, str]) -> Reply:
    code = call.world.consents.find("x", "code", form.get("code", ""))
    if code is None or not _is_good(call, code):
        raise problems.oauth_error(400, "invalid_request", "Value passed for the authorization code was invalid.")
    if form.get("redirect_uri") != code.details["redirect_uri"]:
        description = "Value passed for the redirect uri did not match the uri of the authorization code."
        raise problems.oauth_error(400, "invalid_request", description)
    verifier = form.get("code_verifier", "")
    presented = challenge_of(verifier) if code.details["method"] == "S256" else verifier
    if not hmac.compare_digest(presented.encode(), code.details["challenge"].encode()):
        description = "Value passed for the code verifier did not match the code challenge."
        raise problems.oauth_error(400, "invalid_request", description)
    return _issued(call, code)


def _refresh(call: Call, form: dict[str, str]) -> Reply:
    refresh = call.world.consents.find("x", "refresh", form.get("refresh_token", ""))
    if refresh is None or not _is_good(call, refresh):
        raise problems.dead_token()
    return _issued(call, refresh)


def _is_good(call: Call, presented: Token) -> bool:
    is_own = presented.consent is not None and presented.consent.client_id == call.notes["client_id"]
    return is_own and call.world.consents.is_alive(presented)


def _issued(call: Call, presented: Token) -> Reply:
    """Single use: the code or the old refresh token dies as the new tokens are made."""
    consent = presented.consent
    assert consent is not None  # noqa: S101 - checked by _is_good()
    call.world.consents.spend(presented)
    return Reply(200, issue(call.world, consent.id, consent.scopes), effect={"consent_id": consent.id})


def _client(call: Call) -> App:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    client_id, secret = _form(call).get("client_id", ""), ""
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = ""
    app = call.world.apps.get("x", client_id)
    if app is None or not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
        raise problems.oauth_error(401, "unauthorized_client", "Missing valid authorization header")
    return app


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace")))
