"""Facebook's token endpoint, debug_token and permissions
(https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived)."""

import hmac
from typing import Any

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.consents import Consent, Token
from sandbox.platforms import graph
from sandbox.platforms.facebook import identity
from sandbox.platforms.facebook.identity import SLUG
from sandbox.world import World

DATA_ACCESS_SECONDS = 90 * 86400
ALL = (
    "public_profile",
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_manage_engagement",
    "pages_read_user_content",
    "read_insights",
)


def operation(call: Call) -> str:
    kind = graph.params(call).get("grant_type")
    return {"fb_exchange_token": "token_long", "client_credentials": "token_app"}.get(str(kind), "token_exchange")


def identify(call: Call) -> Actor | None:
    """The app by id and secret; the person through the code or token that is exchanged."""
    said = graph.params(call)
    app = call.world.apps.get(SLUG, str(said.get("client_id", "")))
    if app is None:
        raise Problem(
            graph.error(101, "Error validating application. Cannot get application info due to a system error.")
        )
    if not hmac.compare_digest(app.client_secret.encode(), str(said.get("client_secret", "")).encode()):
        raise Problem(graph.error(1, "Error validating client secret."))
    call.notes["app"] = app.client_id
    for kind, name in (("code", "code"), ("access", "fb_exchange_token")):
        token = call.world.consents.find(SLUG, kind, str(said.get(name, "")))
        if token is not None and token.consent is not None:
            owner = call.world.accounts.get(SLUG, token.consent.account_id)
            if owner is not None:
                return Actor(owner, app.client_id, token.consent.id, token.consent.scopes)
    return None


def token(call: Call) -> Reply:
    said = graph.params(call)
    match said.get("grant_type"):
        case "fb_exchange_token":
            return _long(call, str(said.get("fb_exchange_token", "")))
        case "client_credentials":
            app = call.world.apps.get(SLUG, call.notes["app"])
            return Reply(200, {"access_token": f"{call.notes['app']}|{app.client_secret if app else ''}"})
    return _exchange(call, said)


def issue(world: World, consent_id: int, *, is_long: bool) -> dict[str, Any]:
    """The token endpoint's answer. `expires_in` may be missing for long-lived tokens: a setting decides."""
    ttl = graph.LONG_TTL if is_long else graph.SHORT_TTL
    value = world.consents.issue(
        platform=SLUG,
        kind="access",
        consent_id=consent_id,
        ttl=ttl,
        prefix="EAA",
        details={"is_long": is_long, "issued_at": world.clock.now()},
    )
    body: dict[str, Any] = {"access_token": value, "token_type": "bearer"}
    if not is_long or not world.settings["facebook_expires_in_missing"]:
        body["expires_in"] = ttl
    return body


def mint(world: World, owner: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    """Tokens without the dialog: of a person, or of a Page through the first person who may publish there."""
    page = identity.page_row(world, owner.id)
    person = owner.id
    if page is not None:
        person = world.store.scalar(
            "select person_id from fb_role where page_id = ? and tasks like '%CREATE_CONTENT%' order by person_id",
            [owner.id],
        ) or world.store.scalar("select person_id from fb_role where page_id = ?", [owner.id])
        if not person:
            raise ValueError("Nobody has a role on that Page.")
    granted = ALL if scopes is None else scopes
    consent_id = world.consents.open(
        platform=SLUG, account_id=person, client_id=app.client_id, kind="oauth2", scopes=granted
    )
    pages = [row["id"] for row in identity.pages_of(world, person)]
    world.store.set_meta(f"fb_pages:{consent_id}", ",".join(pages))
    body = issue(world, consent_id, is_long=True) | {"user_id": person, "scope": ",".join(granted)}
    if page is not None:
        consent = world.consents.get(consent_id)
        assert consent is not None  # noqa: S101 - opened above
        value = identity.page_token(world, consent, owner.id, ttl=None)
        body |= {"user_token": body["access_token"], "access_token": value, "user_id": owner.id, "person_id": person}
    return body


def debug(call: Call) -> Reply:
    """https://developers.facebook.com/docs/graph-api/reference/debug_token. Wants the app's own token, or one of its people."""
    said = graph.params(call)
    value = str(said.get("input_token", ""))
    if identity.app_of_token(call, graph.token_value(call)) is None:
        identity.anybody()(call)
    token = call.world.consents.find(SLUG, "access", value)
    if token is None or token.consent is None:
        told = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 0}
        return Reply(200, {"data": {"error": told, "is_valid": False, "scopes": []}})
    return Reply(200, {"data": _described(call.world, token, token.consent)})


def permissions(call: Call) -> Reply:
    consent = _consent(call)
    gone = set(identity.declined(call.world, consent))
    named = [*(scope for scope in consent.scopes if scope not in gone), *sorted(gone)]
    rows = [{"permission": scope, "status": "declined" if scope in gone else "granted"} for scope in named]
    return Reply(200, {"data": rows})


def revoke(call: Call) -> Reply:
    """Everything, or one permission. Everything takes the tokens of all Pages along, whichever consent they came from."""
    name = call.path_params.get("name")
    consent = _consent(call)
    if name is not None:
        identity.decline(call.world, consent.id, name)
        return Reply(200, {"success": True}, effect={"declined": name})
    rows = call.world.store.all(
        "select id from consent where platform = ? and account_id = ? and client_id = ? and revoked_at is null",
        [SLUG, consent.account_id, consent.client_id],
    )
    for row in rows:
        call.world.consents.revoke(row["id"])
    return Reply(200, {"success": True}, effect={"revoked_consent_id": consent.id})


def _consent(call: Call) -> Consent:
    assert call.actor is not None  # noqa: S101 - these operations demand a caller
    consent = call.world.consents.get(call.actor.consent_id)
    assert consent is not None  # noqa: S101 - the actor was found through it
    return consent


def _described(world: World, token: Token, consent: Consent) -> dict[str, Any]:
    page = token.details.get("page")
    is_alive = world.consents.is_alive(token)
    gone = identity.declined(world, consent)
    scopes = [scope for scope in consent.scopes if scope not in gone]
    pages = [one for one in world.store.get_meta(f"fb_pages:{consent.id}", "").split(",") if one]
    body: dict[str, Any] = {
        "app_id": consent.client_id,
        "type": "PAGE" if page else "USER",
        "is_valid": is_alive,
        "expires_at": int(world.clock.wall(token.expires_at)) if token.expires_at else 0,
        "data_access_expires_at": int(
            world.clock.wall(token.details.get("issued_at", world.clock.now()) + DATA_ACCESS_SECONDS)
        ),
        "issued_at": int(world.clock.wall(token.details.get("issued_at", world.clock.now()))),
        "scopes": scopes,
        "granular_scopes": [
            {"scope": scope, "target_ids": pages} if scope.startswith("pages_") else {"scope": scope}
            for scope in scopes
        ],
        "user_id": consent.account_id,
    }
    if page:
        body["profile_id"] = page
    if not is_alive:
        subcode = 460 if consent.is_revoked else 463
        body["error"] = {"code": 190, "subcode": subcode, "message": graph.DEAD[subcode]}
    return body


def _exchange(call: Call, said: dict[str, Any]) -> Reply:
    code = call.world.consents.find(SLUG, "code", str(said.get("code", "")))
    if code is None or code.consent is None or code.consent.client_id != call.notes["app"]:
        raise graph.invalid("Invalid verification code format.")
    if code.is_used:
        raise graph.invalid("This authorization code has been used.", subcode=36009)
    if not call.world.consents.is_alive(code):
        raise graph.invalid("This authorization code has expired.", subcode=36007)
    if said.get("redirect_uri") != code.details["redirect_uri"]:
        message = (
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used"
        )
        raise graph.invalid(f"{message} in the OAuth dialog request", subcode=36008)
    call.world.consents.spend(code)
    return Reply(200, issue(call.world, code.consent.id, is_long=False), effect={"consent_id": code.consent.id})


def _long(call: Call, value: str) -> Reply:
    token = graph.check_alive(call.world, call.world.consents.find(SLUG, "access", value))
    consent = token.consent
    if consent is None or consent.client_id != call.notes["app"] or token.details.get("page"):
        raise graph.dead_token()
    return Reply(200, issue(call.world, consent.id, is_long=True), effect={"consent_id": consent.id})
