"""Instagram's own tokens: codes, tokens of an hour, of 60 days, and how they renew themselves
(https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login)."""

import hmac
from typing import Any

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.consents import Token
from sandbox.platforms import graph
from sandbox.platforms.instagram.identity import SLUG, TOKEN_PREFIX
from sandbox.world import World

YOUNGEST = 24 * 3600  # only tokens of this age are renewed
ALL = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)


def refused(message: str, *, status: int = 400) -> Problem:
    """This endpoint does not speak as Graph does."""
    return Problem(Reply(status, {"error_type": "OAuthException", "code": status, "error_message": message}))


def identify(call: Call) -> Actor | None:
    """The app by id and secret; the account through the code."""
    said = graph.params(call)
    app = call.world.apps.get(SLUG, str(said.get("client_id", "")))
    if app is None:
        raise refused("Invalid platform app")
    if not hmac.compare_digest(app.client_secret.encode(), str(said.get("client_secret", "")).encode()):
        raise refused("Error validating client secret")
    call.notes["app"] = app.client_id
    return _actor(call.world, call.world.consents.find(SLUG, "code", str(said.get("code", ""))))


def exchange(call: Call) -> Reply:
    """The code, once, for a token of an hour. `user_id` is a number, and larger than JavaScript can hold."""
    said = graph.params(call)
    if said.get("grant_type") != "authorization_code":
        raise refused("Invalid grant_type: must be authorization_code")
    # The fragment that the browser was sent back with belongs to no code.
    code = call.world.consents.find(SLUG, "code", str(said.get("code", "")))
    if code is None or code.consent is None or code.consent.client_id != call.notes["app"]:
        raise refused("Invalid authorization code")
    if code.is_used:
        raise refused("This authorization code has been used")
    if not call.world.consents.is_alive(code):
        raise refused("This authorization code has expired")
    if said.get("redirect_uri") != code.details["redirect_uri"]:
        raise refused("Error validating verification code. Please make sure your redirect_uri is identical")
    call.world.consents.spend(code)
    permissions = ",".join(code.consent.scopes)
    body: dict[str, Any] = {
        "access_token": _issue(call.world, code.consent.id, ttl=graph.SHORT_TTL, is_long=False),
        "user_id": int(code.consent.account_id),
        "permissions": permissions,
    }
    if call.world.settings["instagram_answer_shape"] == "wrapped":
        body = {"data": [body | {"user_id": code.consent.account_id}]}
    return Reply(200, body, effect={"consent_id": code.consent.id})


def identify_token(call: Call) -> Actor | None:
    return _actor(call.world, call.world.consents.find(SLUG, "access", graph.token_value(call)))


def lengthen(call: Call) -> Reply:
    """A token of an hour for one of 60 days, while it is good."""
    said = graph.params(call)
    if said.get("grant_type") != "ig_exchange_token":
        raise graph.invalid("Invalid grant_type")
    token = graph.check_alive(call.world, call.world.consents.find(SLUG, "access", graph.token_value(call)))
    assert token.consent is not None  # noqa: S101 - checked by check_alive()
    app = call.world.apps.get(SLUG, token.consent.client_id)
    if app is None or not hmac.compare_digest(app.client_secret, str(said.get("client_secret", ""))):
        raise Problem(graph.error(101, "Error validating client secret."))
    return _long(call, token.consent.id)


def refresh(call: Call) -> Reply:
    """A token of 60 days for one that is at least a day old and has not run out; the old one goes on until its own end."""
    if graph.params(call).get("grant_type") != "ig_refresh_token":
        raise graph.invalid("Invalid grant_type")
    token = graph.check_alive(call.world, call.world.consents.find(SLUG, "access", graph.token_value(call)))
    assert token.consent is not None  # noqa: S101 - checked by check_alive()
    if "instagram_business_basic" not in token.consent.scopes:
        raise Problem(graph.error(10, "(#10) Application does not have permission for this action"))
    if not token.details.get("is_long"):
        raise graph.invalid("Only long-lived tokens can be refreshed")
    if call.world.clock.now() - token.details["issued_at"] < YOUNGEST:
        raise graph.invalid("The access token must be at least 24 hours old to be refreshed")
    return _long(call, token.consent.id)


def mint(world: World, owner: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    """A token of 60 days without the dialog."""
    granted = ALL if scopes is None else scopes
    consent_id = world.consents.open(
        platform=SLUG, account_id=owner.id, client_id=app.client_id, kind="oauth2", scopes=granted
    )
    value = _issue(world, consent_id, ttl=graph.LONG_TTL, is_long=True)
    return {
        "access_token": value,
        "token_type": "bearer",
        "expires_in": graph.LONG_TTL,
        "user_id": owner.id,
        "scope": ",".join(granted),
    }


def _long(call: Call, consent_id: int) -> Reply:
    value = _issue(call.world, consent_id, ttl=graph.LONG_TTL, is_long=True)
    body = {"access_token": value, "token_type": "bearer", "expires_in": graph.LONG_TTL}
    return Reply(200, body, effect={"consent_id": consent_id})


def _issue(world: World, consent_id: int, *, ttl: float, is_long: bool) -> str:
    return world.consents.issue(
        platform=SLUG,
        kind="access",
        consent_id=consent_id,
        ttl=ttl,
        prefix=TOKEN_PREFIX,
        details={"is_long": is_long, "issued_at": world.clock.now()},
    )


def _actor(world: World, token: Token | None) -> Actor | None:
    if token is None or token.consent is None:
        return None
    owner = world.accounts.get(SLUG, token.consent.account_id)
    if owner is None:
        return None
    return Actor(owner, token.consent.client_id, token.consent.id, token.consent.scopes)
