"""LinkedIn's token endpoint, introspection and revocation
(https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow)."""

import hmac
from typing import Any
from urllib.parse import parse_qsl

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.consents import Consent, Token
from sandbox.platforms.linkedin import identity, oidc
from sandbox.platforms.linkedin.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

ACCESS_TTL = 60 * 86400
REFRESH_TTL = 365 * 86400
SHARE = ("openid", "profile", "email", "w_member_social")
COMMUNITY = (
    "r_basicprofile",
    "w_member_social",
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
    "r_organization_admin",
    "w_member_social_feed",
    "w_organization_social_feed",
    "r_organization_social_feed",
    "r_member_postAnalytics",
)
CODE_REFUSED = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or"
    " authorization code expired. Or external member binding exists"
)
PRODUCTS = {"share": SHARE, "community": COMMUNITY}


def product_of(world: World, client_id: str) -> Row | None:
    return world.store.one("select * from li_app where client_id = ?", [client_id])


def allowed_scopes(world: World, client_id: str) -> tuple[str, ...]:
    row = product_of(world, client_id)
    return PRODUCTS[row["product"]] if row is not None else SHARE


def operation(call: Call) -> str:
    return "token_refresh" if _form(call).get("grant_type") == "refresh_token" else "token_exchange"


def identify(call: Call) -> Actor | None:
    """The app by id and secret in the body; the person through what is exchanged."""
    form = _form(call)
    app = call.world.apps.get(SLUG, form.get("client_id", ""))
    given = form.get("client_secret", "")
    if app is None or not hmac.compare_digest(app.client_secret.encode(), given.encode()):
        raise _refused(401, "invalid_client", "Client authentication failed")
    call.notes["app"] = app.client_id
    for kind, name in (("code", "code"), ("refresh", "refresh_token"), ("access", "token"), ("refresh", "token")):
        token = call.world.consents.find(SLUG, kind, form.get(name, ""))
        if token is not None and token.consent is not None:
            owner = call.world.accounts.get(SLUG, token.consent.account_id)
            if owner is not None:
                return Actor(owner, app.client_id, token.consent.id, token.consent.scopes)
    return None


def token(call: Call) -> Reply:
    form = _form(call)
    match form.get("grant_type"):
        case "authorization_code":
            return _exchange(call, form)
        case "refresh_token":
            return _refresh(call, form)
    raise _refused(400, "invalid_request", 'A required parameter "grant_type" is missing or not supported')


def issue(world: World, consent: Consent, *, refresh: Token | None = None) -> dict[str, Any]:
    """The token endpoint's answer. A refresh token is made once and keeps its end; the access token never outlives it."""
    body: dict[str, Any] = {"scope": ",".join(consent.scopes), "token_type": "Bearer"}
    row = product_of(world, consent.client_id)
    left = float(REFRESH_TTL)
    if refresh is not None:
        left = (refresh.expires_at or 0) - world.clock.now()
        body["refresh_token"] = refresh.value
    elif row is not None and row["has_refresh"]:
        body["refresh_token"] = world.consents.issue(
            platform=SLUG, kind="refresh", consent_id=consent.id, ttl=REFRESH_TTL, prefix="AQR"
        )
    ttl = min(float(ACCESS_TTL), left)
    body["access_token"] = world.consents.issue(
        platform=SLUG, kind="access", consent_id=consent.id, ttl=ttl, prefix="AQX"
    )
    body["expires_in"] = int(ttl)
    person = world.accounts.get(SLUG, consent.account_id)
    if "openid" in consent.scopes and person is not None:
        body["id_token"] = oidc.id_token(world, person, consent.client_id)
    if "refresh_token" in body:
        body["refresh_token_expires_in"] = int(left)
    return body


def open_consent(world: World, *, account_id: str, client_id: str, scopes: tuple[str, ...]) -> int:
    """A new consent. Another set of scopes for the same member and app ends the earlier tokens."""
    for row in world.store.all(
        "select id, scopes from consent where platform = ? and account_id = ? and client_id = ? and revoked_at is null",
        [SLUG, account_id, client_id],
    ):
        if set(row["scopes"].split()) != set(scopes):
            world.consents.revoke(row["id"])
    return world.consents.open(platform=SLUG, account_id=account_id, client_id=client_id, kind="oauth2", scopes=scopes)


def mint(world: World, owner: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    """Tokens without the consent page: of a person, or for an organisation those of the first who may post for it."""
    person = owner.id
    if identity.org_row(world, owner.id) is not None:
        found = world.store.scalar(
            "select person_id from li_role where org_id = ? and state = 'APPROVED' order by role, person_id", [owner.id]
        )
        if not found:
            raise ValueError("Nobody has a role in that organisation.")
        person = str(found)
    granted = allowed_scopes(world, app.client_id) if scopes is None else scopes
    consent_id = open_consent(world, account_id=person, client_id=app.client_id, scopes=granted)
    consent = world.consents.get(consent_id)
    assert consent is not None  # noqa: S101 - opened above
    return issue(world, consent) | {"user_id": identity.urn_of(world, owner), "person": f"{identity.PERSON}{person}"}


def introspect(call: Call) -> Reply:
    token = _own(call)
    if token is None or token.consent is None or not call.world.consents.is_alive(token):
        return Reply(200, {"active": False, "status": "expired" if token else "unknown"})
    return Reply(
        200,
        {
            "active": True,
            "status": "active",
            "client_id": token.consent.client_id,
            "scope": ",".join(token.consent.scopes),
            "expires_at": int(call.world.clock.wall(token.expires_at or 0)),
            "auth_type": "3L",
        },
    )


def revoke(call: Call) -> Reply:
    token = _own(call)
    if token is None or token.consent is None:
        raise _refused(400, "invalid_request", "The token is not known")
    call.world.consents.revoke(token.consent.id)
    return Reply(200, {}, effect={"revoked_consent_id": token.consent.id})


def _own(call: Call) -> Token | None:
    value = _form(call).get("token", "")
    for kind in ("access", "refresh"):
        token = call.world.consents.find(SLUG, kind, value)
        if token is not None and token.consent is not None and token.consent.client_id == call.notes["app"]:
            return token
    return None


def _exchange(call: Call, form: dict[str, str]) -> Reply:
    code = call.world.consents.find(SLUG, "code", form.get("code", ""))
    if code is None or code.consent is None or code.consent.client_id != call.notes["app"]:
        raise _refused(400, "invalid_request", CODE_REFUSED)
    if not call.world.consents.is_alive(code) or form.get("redirect_uri") != code.details["redirect_uri"]:
        raise _refused(400, "invalid_request", CODE_REFUSED)
    call.world.consents.spend(code)
    return Reply(200, issue(call.world, code.consent), effect={"consent_id": code.consent.id})


def _refresh(call: Call, form: dict[str, str]) -> Reply:
    refresh = call.world.consents.find(SLUG, "refresh", form.get("refresh_token", ""))
    is_own = refresh is not None and refresh.consent is not None and refresh.consent.client_id == call.notes["app"]
    if refresh is None or refresh.consent is None or not is_own or not call.world.consents.is_alive(refresh):
        raise _refused(
            400, "invalid_grant", "The provided authorization grant or refresh token is invalid, expired or revoked."
        )
    return Reply(200, issue(call.world, refresh.consent, refresh=refresh), effect={"consent_id": refresh.consent.id})


def _refused(status: int, name: str, description: str) -> Problem:
    return Problem(Reply(status, {"error": name, "error_description": description}))


def _form(call: Call) -> dict[str, str]:
    """Only a form counts: what is in the address or in JSON was never sent, for LinkedIn."""
    if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(call.body.decode("utf-8", "replace")))
