"""TikTok's token endpoint and revocation (https://developers.tiktok.com/doc/oauth-user-access-token-management).

Bodies are flat, errors too; a refresh gives a new refresh token and kills the one before it.
"""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.consents import Token
from sandbox.platforms.tiktok import answers
from sandbox.platforms.tiktok.identity import SLUG
from sandbox.world import World

CODE_TTL = 600
LIFETIMES = (7200, 180 * 86400)
OLD_LIFETIMES = (86400, 365 * 86400)
SCOPES = {
    "user.info.basic": "Read your profile info (avatar, display name)",
    "user.info.profile": "Read your additional profile info (username, profile link, verified status)",
    "user.info.stats": "Read your profile engagement statistics (likes, followers, videos)",
    "video.list": "Read your public videos on TikTok",
    "video.publish": "Post content to TikTok",
    "video.upload": "Share content as a draft on TikTok",
}


def challenge_of(verifier: str) -> str:
    """TikTok's own: the hexadecimal digest, where everybody else has base64url."""
    return hashlib.sha256(verifier.encode()).hexdigest()


def operation(call: Call) -> str:
    return "token_refresh" if form(call).get("grant_type") == "refresh_token" else "token_exchange"


def form(call: Call) -> dict[str, str]:
    if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def identify(call: Call) -> Actor | None:
    """The app by client_key and secret in the body; the person through the code or token that was sent."""
    said = form(call)
    app = call.world.apps.get(SLUG, said.get("client_key", ""))
    if app is None:
        raise _refused(call, 400, "invalid_client", "Client key is missing or unknown.")
    if not hmac.compare_digest(app.client_secret.encode(), said.get("client_secret", "").encode()):
        raise _refused(call, 401, "invalid_client", "Client secret is wrong.")
    call.notes["app"] = app.client_id
    for kind, name in (("code", "code"), ("refresh", "refresh_token"), ("access", "token")):
        token = call.world.consents.find(SLUG, kind, said.get(name, ""))
        if token is not None and token.consent is not None:
            owner = call.world.accounts.get(SLUG, token.consent.account_id)
            if owner is not None:
                return Actor(owner, app.client_id, token.consent.id, token.consent.scopes)
    return None


def token(call: Call) -> Reply:
    said = form(call)
    match said.get("grant_type"):
        case "authorization_code":
            return _exchange(call, said)
        case "refresh_token":
            return _refresh(call, said)
        case None | "":
            raise _refused(call, 400, "invalid_request", "grant_type is missing.")
    raise _refused(call, 400, "unsupported_grant_type", "grant_type is not supported.")


def revoke(call: Call) -> Reply:
    """Takes an access token, and ends everything that hangs on the same consent."""
    found = call.world.consents.find(SLUG, "access", form(call).get("token", ""))
    if found is None or found.consent is None or found.consent.client_id != call.notes["app"]:
        raise _refused(call, 400, "invalid_request", "The access token is unknown.")
    call.world.consents.revoke(found.consent.id)
    return Reply(200, {}, effect={"revoked_consent_id": found.consent.id})


def issue(world: World, consent_id: int, open_id: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    access_ttl, refresh_ttl = OLD_LIFETIMES if world.settings["tiktok_old_lifetimes"] else LIFETIMES

    def new(kind: str, prefix: str, ttl: float) -> str:
        return world.consents.issue(platform=SLUG, kind=kind, consent_id=consent_id, ttl=ttl, prefix=prefix)

    return {
        "open_id": open_id,
        "scope": ",".join(scopes),
        "access_token": new("access", "act.", access_ttl),
        "expires_in": access_ttl,
        "refresh_token": new("refresh", "rft.", refresh_ttl),
        "refresh_expires_in": refresh_ttl,
        "token_type": "Bearer",
    }


def mint(world: World, owner: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    granted = tuple(scope for scope in SCOPES if scope != "video.upload") if scopes is None else scopes
    consent_id = world.consents.open(
        platform=SLUG, account_id=owner.id, client_id=app.client_id, kind="oauth2", scopes=granted
    )
    return issue(world, consent_id, owner.id, granted) | {"user_id": owner.id}


def _exchange(call: Call, said: dict[str, str]) -> Reply:
    code = call.world.consents.find(SLUG, "code", said.get("code", ""))
    is_good = code is not None and code.consent is not None and call.world.consents.is_alive(code)
    if not is_good or code is None or code.consent is None or code.consent.client_id != call.notes["app"]:
        raise _refused(call, 400, "invalid_grant", "Authorization code is expired or used.")
    if said.get("redirect_uri") != code.details["redirect_uri"]:
        raise _refused(call, 400, "invalid_request", "Redirect_uri is not matched with the uri when requesting code.")
    challenge = code.details.get("challenge")
    if challenge and not hmac.compare_digest(challenge, challenge_of(said.get("code_verifier", ""))):
        raise _refused(call, 400, "invalid_request", "Code verifier or code challenge is invalid.")
    call.world.consents.spend(code)
    body = issue(call.world, code.consent.id, code.consent.account_id, code.consent.scopes)
    return Reply(200, body, effect={"consent_id": code.consent.id})


def _refresh(call: Call, said: dict[str, str]) -> Reply:
    old: Token | None = call.world.consents.find(SLUG, "refresh", said.get("refresh_token", ""))
    if old is None or old.consent is None or not call.world.consents.is_alive(old):
        raise _refused(call, 400, "invalid_grant", "Refresh token is invalid or expired.")
    if old.consent.client_id != call.notes["app"]:
        raise _refused(call, 400, "invalid_grant", "Refresh token belongs to another client.")
    call.world.consents.spend(old)
    body = issue(call.world, old.consent.id, old.consent.account_id, old.consent.scopes)
    return Reply(200, body, effect={"consent_id": old.consent.id})


def _refused(call: Call, status: int, code: str, description: str) -> Problem:
    """TikTok has been seen to tell these with status 200; a setting does so here."""
    told_as = 200 if call.world.settings["tiktok_oauth_errors_200"] else status
    return Problem(answers.flat(told_as, code, description))
