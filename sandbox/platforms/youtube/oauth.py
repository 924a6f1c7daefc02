"""Google's token endpoint and revocation (https://developers.google.com/identity/protocols/oauth2/web-server)."""

import base64
import binascii
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Reply
from sandbox.consents import Token
from sandbox.platforms.youtube import answers
from sandbox.platforms.youtube.identity import AUTH, SLUG
from sandbox.world import World

CODE_TTL = 600
ACCESS_TTL = 3599
TESTING_TTL = 7 * 86400
UNUSED_TTL = 180 * 86400
MOST_REFRESH_TOKENS = 100
EXPIRED = "Token has been expired or revoked."
SCOPES = {
    f"{AUTH}youtube": "Manage your YouTube account",
    f"{AUTH}youtube.force-ssl": "See, edit, and permanently delete your YouTube videos, ratings, comments and captions",
    f"{AUTH}youtube.upload": "Manage your YouTube videos",
    f"{AUTH}youtube.readonly": "View your YouTube account",
    f"{AUTH}youtubepartner": "View and manage your assets and associated content on YouTube",
    f"{AUTH}yt-analytics.readonly": "View YouTube Analytics reports for your YouTube content",
    f"{AUTH}userinfo.profile": "See your personal info",
    f"{AUTH}userinfo.email": "See your primary Google Account email address",
    "openid": "Associate you with your personal info on Google",
    "profile": "See your personal info",
    "email": "See your primary Google Account email address",
}
USUAL = (f"{AUTH}youtube.force-ssl", f"{AUTH}yt-analytics.readonly")


def operation(call: Call) -> str:
    return "token_refresh" if form(call).get("grant_type") == "refresh_token" else "token_exchange"


def identify(call: Call) -> Actor | None:
    """The app by its secret, in the body or as Basic; the person through the code or token sent."""
    app = _client(call)
    call.notes["client_id"] = app.client_id
    said = form(call)
    return _owner(call, (("code", "code"), ("refresh", "refresh_token")), said, app.client_id)


def identify_revoked(call: Call) -> Actor | None:
    return _owner(call, (("refresh", "token"), ("access", "token")), form(call) | dict(call.query), "")


def _owner(call: Call, kinds: tuple[tuple[str, str], ...], said: dict[str, str], client_id: str) -> Actor | None:
    for kind, name in kinds:
        token = call.world.consents.find(SLUG, kind, said.get(name, ""))
        if token is not None and token.consent is not None:
            account = call.world.accounts.get(SLUG, token.consent.account_id)
            if account is not None:
                return Actor(account, client_id or token.consent.client_id, token.consent.id, token.consent.scopes)
    return None


def token(call: Call) -> Reply:
    said = form(call)
    match said.get("grant_type"):
        case "authorization_code":
            return _exchange(call, said)
        case "refresh_token":
            return _refresh(call, said)
    raise answers.oauth(400, "unsupported_grant_type", f"Invalid grant_type: {said.get('grant_type', '')}")


def revoke(call: Call) -> Reply:
    """Either token ends the whole grant: every token that this person gave the app."""
    if call.actor is None:
        raise answers.oauth(400, "invalid_token", "Token expired or revoked")
    consent = call.world.consents.get(call.actor.consent_id)
    if consent is None or consent.is_revoked:
        raise answers.oauth(400, "invalid_token", "Token expired or revoked")
    rows = consents_of(call.world, consent.account_id, consent.client_id)
    for row in rows:
        call.world.consents.revoke(row)
    return Reply(200, {}, effect={"revoked_consent_id": consent.id})


def consents_of(world: World, account_id: str, client_id: str) -> list[int]:
    """The living grants of a person to an app, oldest first."""
    rows = world.store.all(
        "select id from consent where platform = ? and account_id = ? and client_id = ? and revoked_at is null order by id",
        [SLUG, account_id, client_id],
    )
    return [int(row["id"]) for row in rows]


def issue(world: World, consent_id: int, *, is_lasting: bool) -> dict[str, Any]:
    """The token endpoint's answer."""
    consent = world.consents.get(consent_id)
    assert consent is not None  # noqa: S101 - opened or found by the caller
    access = world.consents.issue(platform=SLUG, kind="access", consent_id=consent_id, ttl=ACCESS_TTL, prefix="ya29.a0")
    body: dict[str, Any] = {
        "access_token": access,
        "expires_in": ACCESS_TTL,
        "scope": " ".join(consent.scopes),
        "token_type": "Bearer",
    }
    if is_lasting:
        is_testing = world.settings["youtube_testing_mode"]
        ttl = TESTING_TTL if is_testing else None
        details = {"used_at": world.clock.now()}
        body["refresh_token"] = world.consents.issue(
            platform=SLUG, kind="refresh", consent_id=consent_id, ttl=ttl, prefix="1//0", details=details
        )
        body |= {"refresh_token_expires_in": TESTING_TTL} if is_testing else {}
        _drop_oldest(world, consent.account_id, consent.client_id)
    return body


def mint(world: World, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    """Tokens without the consent page."""
    granted = USUAL if scopes is None else scopes
    consent_id = world.consents.open(
        platform=SLUG, account_id=account.id, client_id=app.client_id, kind="oauth2", scopes=granted
    )
    return issue(world, consent_id, is_lasting=True) | {"user_id": account.id}


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace")))


def _exchange(call: Call, said: dict[str, str]) -> Reply:
    code = call.world.consents.find(SLUG, "code", said.get("code", ""))
    if code is None or code.consent is None or code.consent.client_id != call.notes["client_id"]:
        raise answers.oauth(400, "invalid_grant", "Malformed auth code.")
    if not call.world.consents.is_alive(code):
        raise answers.oauth(400, "invalid_grant", "Bad Request")
    if said.get("redirect_uri") != code.details["redirect_uri"]:
        raise answers.oauth(400, "redirect_uri_mismatch", "Bad Request")
    _check_verifier(code, said.get("code_verifier", ""))
    call.world.consents.spend(code)
    body = issue(call.world, code.consent.id, is_lasting=bool(code.details["is_lasting"]))
    return Reply(200, body, effect={"consent_id": code.consent.id})


def _check_verifier(code: Token, verifier: str) -> None:
    challenge, method = code.details["challenge"], code.details["method"]
    if not challenge:
        return
    if not verifier:
        raise answers.oauth(400, "invalid_grant", "Missing code verifier.")
    presented = challenge_of(verifier) if method == "S256" else verifier
    if not hmac.compare_digest(presented.encode(), challenge.encode()):
        raise answers.oauth(400, "invalid_grant", "Invalid code verifier.")


def _refresh(call: Call, said: dict[str, str]) -> Reply:
    """A new access token; the refresh token stays what it is."""
    world = call.world
    found = world.consents.find(SLUG, "refresh", said.get("refresh_token", ""))
    if found is None or found.consent is None or found.consent.client_id != call.notes["client_id"]:
        raise answers.oauth(400, "invalid_grant", "Bad Request")
    is_forgotten = world.clock.now() > found.details.get("used_at", 0) + UNUSED_TTL
    if not world.consents.is_alive(found) or is_forgotten:
        raise answers.oauth(400, "invalid_grant", EXPIRED)
    world.consents.note(found, {"used_at": world.clock.now()})
    body = issue(world, found.consent.id, is_lasting=False)
    return Reply(200, body, effect={"consent_id": found.consent.id})


def _drop_oldest(world: World, account_id: str, client_id: str) -> None:
    """A person has a hundred living refresh tokens for an app; one more and the oldest dies without a word."""
    rows = world.store.all(
        "select t.value from token t join consent c on c.id = t.consent_id where t.kind = 'refresh' and t.platform = ?"
        " and c.account_id = ? and c.client_id = ? and c.revoked_at is null and t.used_at is null order by c.id",
        [SLUG, account_id, client_id],
    )
    for row in rows[:-MOST_REFRESH_TOKENS]:
        world.store.execute("update token set used_at = ? where value = ?", [world.clock.now(), row["value"]])


def _client(call: Call) -> App:
    said = form(call)
    client_id, secret = said.get("client_id", ""), said.get("client_secret", "")
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = ""
    app = call.world.apps.get(SLUG, client_id)
    if app is None:
        raise answers.oauth(401, "invalid_client", "The OAuth client was not found.")
    if not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
        raise answers.oauth(401, "invalid_client", "Unauthorized")
    return app
