"""What gives and renews tokens of Threads (https://developers.facebook.com/docs/threads/get-started/long-lived-tokens)."""

import hmac
from typing import Any

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.consents import Token
from sandbox.platforms import graph
from sandbox.platforms.threads import identity
from sandbox.platforms.threads.identity import PREFIX, SLUG
from sandbox.world import World

DAY = 86400
ALL = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)


# -- who asks ----------------------------------------------------------------------------------------


def by_code(call: Call) -> Actor | None:
    """The app by id and secret; the person through the code."""
    said = graph.params(call)
    app = _app(call, str(said.get("client_id", "")), str(said.get("client_secret", "")))
    call.notes["app"] = app.client_id
    return _behind(call, call.world.consents.find(SLUG, "code", str(said.get("code", ""))))


def by_app(call: Call) -> Actor | None:
    said = graph.params(call)
    call.notes["app"] = _app(call, str(said.get("client_id", "")), str(said.get("client_secret", ""))).client_id
    return None


def by_token(call: Call) -> Actor | None:
    """The person through the token that is exchanged or renewed; whether it still lives, the handler says."""
    return _behind(call, call.world.consents.find(SLUG, "access", graph.token_value(call)))


def _app(call: Call, client_id: str, secret: str) -> App:
    app = call.world.apps.get(SLUG, client_id)
    if app is None:
        message = "Error validating application. Cannot get application info due to a system error."
        raise Problem(graph.error(101, message))
    _check_secret(app, secret)
    return app


def _check_secret(app: App | None, secret: str) -> None:
    if app is None or not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
        raise Problem(graph.error(1, "Error validating client secret."))


def _behind(call: Call, token: Token | None) -> Actor | None:
    if token is None or token.consent is None:
        return None
    owner = call.world.accounts.get(SLUG, token.consent.account_id)
    if owner is None:
        return None
    return Actor(owner, token.consent.client_id, token.consent.id, token.consent.scopes)


# -- what they get -----------------------------------------------------------------------------------


def exchange(call: Call) -> Reply:
    """A code for a token of an hour. `user_id` is a number, and a larger one than a float can hold."""
    said = graph.params(call)
    if said.get("grant_type") != "authorization_code":
        raise graph.invalid("Invalid grant_type: must be authorization_code")
    code = call.world.consents.find(SLUG, "code", str(said.get("code", "")))
    if code is None or code.consent is None or code.consent.client_id != call.notes["app"]:
        raise graph.invalid("Invalid authorization code")
    if code.is_used:
        raise graph.invalid("This authorization code has been used", subcode=36009)
    if not call.world.consents.is_alive(code):
        raise graph.invalid("This authorization code has expired", subcode=36007)
    if said.get("redirect_uri") != code.details["redirect_uri"]:
        message = (
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used"
        )
        raise graph.invalid(f"{message} in the OAuth dialog request", subcode=36008)
    call.world.consents.spend(code)
    value = issue(call.world, code.consent.id, ttl=graph.SHORT_TTL)
    body = {"access_token": value, "user_id": int(code.consent.account_id)}
    return Reply(200, body, effect={"consent_id": code.consent.id})


def app_token(call: Call) -> Reply:
    if graph.params(call).get("grant_type") != "client_credentials":
        raise graph.invalid("Invalid grant_type: must be client_credentials")
    app = call.world.apps.get(SLUG, call.notes["app"])
    assert app is not None  # noqa: S101 - found by by_app()
    return Reply(200, {"access_token": identity.app_token(app), "token_type": "bearer"})


def long(call: Call) -> Reply:
    """A token of an hour, while it lives, for one of 60 days."""
    said = graph.params(call)
    if said.get("grant_type") != "th_exchange_token":
        raise graph.invalid("Invalid grant_type: must be th_exchange_token")
    token = _alive(call)
    assert token.consent is not None  # noqa: S101 - checked by _alive()
    _check_secret(call.world.apps.get(SLUG, token.consent.client_id), str(said.get("client_secret", "")))
    if token.details.get("is_long"):
        raise graph.invalid("The access token is already a long-lived one")
    return _long(call, token.consent.id)


def refresh(call: Call) -> Reply:
    """A living long-lived token that is a day old, for another 60 days. The old one lives on to its own end."""
    if graph.params(call).get("grant_type") != "th_refresh_token":
        raise graph.invalid("Invalid grant_type: must be th_refresh_token")
    token = _alive(call)
    assert token.consent is not None  # noqa: S101 - checked by _alive()
    if "threads_basic" not in token.consent.scopes:
        raise Problem(graph.error(10, "(#10) Application does not have permission for this action", status=403))
    if not token.details.get("is_long") or call.world.clock.now() - token.details["issued_at"] < DAY:
        raise graph.invalid("The access token must be a long-lived one and at least 24 hours old")
    return _long(call, token.consent.id)


def debug(call: Call) -> Reply:
    """https://developers.facebook.com/docs/threads/troubleshooting/debug-access-token. Asked with a token of the person, or
    with the app's own."""
    if identity.app_of_token(call.world, graph.token_value(call)) is None:
        identity.anybody()(call)
    token = call.world.consents.find(SLUG, "access", str(graph.params(call).get("input_token", "")))
    if token is None or token.consent is None:
        told = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 0}
        return Reply(200, {"data": {"error": told, "is_valid": False, "scopes": []}})
    world, consent = call.world, token.consent
    app = world.apps.get(SLUG, consent.client_id)
    body: dict[str, Any] = {
        "type": "USER",
        "application": app.name if app else "",
        "is_valid": world.consents.is_alive(token),
        "expires_at": int(world.clock.wall(token.expires_at)) if token.expires_at else 0,
        "issued_at": int(world.clock.wall(token.details["issued_at"])),
        "scopes": list(consent.scopes),
        "user_id": consent.account_id,
    }
    return Reply(200, {"data": body})


def issue(world: World, consent_id: int, *, ttl: float, is_long: bool = False) -> str:
    details = {"is_long": is_long, "issued_at": world.clock.now()}
    return world.consents.issue(
        platform=SLUG, kind="access", consent_id=consent_id, ttl=ttl, prefix=PREFIX, details=details
    )


def mint(world: World, owner: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    """A long-lived token without the consent page."""
    granted = ALL if scopes is None else scopes
    consent_id = world.consents.open(
        platform=SLUG, account_id=owner.id, client_id=app.client_id, kind="oauth2", scopes=granted
    )
    value = issue(world, consent_id, ttl=graph.LONG_TTL, is_long=True)
    return {"access_token": value, "user_id": owner.id, "scope": ",".join(granted), "expires_in": graph.LONG_TTL}


def _alive(call: Call) -> Token:
    return graph.check_alive(call.world, call.world.consents.find(SLUG, "access", graph.token_value(call)))


def _long(call: Call, consent_id: int) -> Reply:
    value = issue(call.world, consent_id, ttl=graph.LONG_TTL, is_long=True)
    body = {"access_token": value, "token_type": "bearer", "expires_in": graph.LONG_TTL}
    return Reply(200, body, effect={"consent_id": consent_id})
