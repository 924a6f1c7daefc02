"""Who calls, and whether the call may come in: token, version, protocol, scopes, the day's calls."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.accounts import Account
from sandbox.calls import Actor, Call, Problem
from sandbox.platforms.linkedin import errors
from sandbox.store import Row
from sandbox.world import World

SLUG = "linkedin"
PERSON, ORGANISATION = "urn:li:person:", "urn:li:organization:"
ADMINISTRATOR = "ADMINISTRATOR"
POSTING = (ADMINISTRATOR, "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")


def caller(*scopes: str, is_versioned: bool = True) -> Callable[[Call], Actor]:
    """A living token that has one of these scopes (none: any), and for /rest the headers that every call needs."""

    def identify(call: Call) -> Actor:
        actor = _holder(call)
        if is_versioned:
            check_headers(call)
        if scopes and not set(scopes) & set(actor.scopes):
            raise errors.denied(resource(call))
        _count(call, actor)
        return actor

    return identify


def check_headers(call: Call) -> None:
    settings, version = call.world.settings, call.headers.get("linkedin-version", "")
    if not version:
        raise errors.problem(
            400,
            "VERSION_MISSING",
            "A version must be present. Please specify a version by adding the Linkedin-Version header.",
        )
    if version not in settings["linkedin_versions"].split():
        raise errors.problem(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    if settings["linkedin_protocol_required"] and call.headers.get("x-restli-protocol-version") != "2.0.0":
        raise errors.problem(400, "PROTOCOL_VERSION", "X-Restli-Protocol-Version must be 2.0.0")
    path = call.target.partition("?")[0]
    if "urn:li" in path:
        raise errors.problem(400, "ILLEGAL_ARGUMENT", "URNs in the path must be percent-encoded.")


def resource(call: Call) -> str:
    version = call.headers.get("linkedin-version", "202609")
    return f"partnerApi{call.operation.title().replace('_', '')}.{call.method}.{version}01"


def json_body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        raise errors.problem(400, "INVALID_JSON", "The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise errors.problem(400, "INVALID_JSON", "The request body must be an object.")
    return body


# -- authors -----------------------------------------------------------------------------------------


def urn_of(world: World, account: Account) -> str:
    return f"{ORGANISATION if org_row(world, account.id) else PERSON}{account.id}"


def author_of(world: World, urn: str) -> Account | None:
    """Who stands behind an author's URN; None for one that nobody has."""
    for prefix, is_org in ((PERSON, False), (ORGANISATION, True)):
        if urn.startswith(prefix):
            found = world.accounts.get(SLUG, urn.removeprefix(prefix))
            return found if found is not None and bool(org_row(world, found.id)) == is_org else None
    return None


def org_row(world: World, org_id: str) -> Row | None:
    return world.store.one("select * from li_org where id = ?", [org_id])


def roles(world: World, person_id: str) -> list[Row]:
    return world.store.all("select * from li_role where person_id = ? order by org_id, role", [person_id])


def may_act_for(
    call: Call, urn: str, *, member: str = "w_member_social", organisation: str = "w_organization_social"
) -> None:
    """Whether this token may do this as that author. Raises 403 as LinkedIn does: without saying why."""
    account = author_of(call.world, urn)
    if account is None:
        raise errors.bad_input("/author", f"{urn} is not a valid URN", code="INVALID_URN_ID")
    actor = _actor(call)
    if urn.startswith(PERSON):
        if account.id == actor.account.id and member in actor.scopes:
            return
    elif organisation in actor.scopes and has_role(call.world, actor.account.id, account.id):
        return
    raise errors.denied(resource(call))


def has_role(world: World, person_id: str, org_id: str, allowed: tuple[str, ...] = POSTING) -> bool:
    held = [row["role"] for row in roles(world, person_id) if row["org_id"] == org_id and row["state"] == "APPROVED"]
    return any(role in allowed for role in held)


def _actor(call: Call) -> Actor:
    assert call.actor is not None  # noqa: S101 - these operations demand a caller
    return call.actor


# -- tokens ------------------------------------------------------------------------------------------


def _holder(call: Call) -> Actor:
    world = call.world
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise errors.unauthorized(65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2_access_token")
    token = world.consents.find(SLUG, "access", value.strip())
    if token is None or token.consent is None:
        raise errors.unauthorized(65600, "INVALID_ACCESS_TOKEN", "Invalid access token")
    if token.consent.is_revoked or token.is_used:
        raise errors.unauthorized(
            65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"
        )
    if not world.consents.is_alive(token):
        raise errors.unauthorized(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
    person = world.accounts.get(SLUG, token.consent.account_id)
    if person is None:
        raise errors.unauthorized(65600, "INVALID_ACCESS_TOKEN", "Invalid access token")
    return Actor(person, token.consent.client_id, token.consent.id, token.consent.scopes)


def _count(call: Call, actor: Actor) -> None:
    """One more call of today, until midnight UTC."""
    world = call.world
    if not world.settings["rate_limits"]:
        return
    day = datetime.fromtimestamp(world.clock.now(), UTC).date().isoformat()
    for who, scope in (
        (f"member:{actor.client_id}:{actor.account.id}", "MEMBER"),
        (f"app:{actor.client_id}", "APPLICATION"),
    ):
        used = world.store.one(
            "insert into li_calls values (?, ?, 1) on conflict (day, who) do update set used = used + 1 returning used",
            [day, who],
        )
        limit = world.settings["linkedin_member_calls" if scope == "MEMBER" else "linkedin_app_calls"]
        if used is not None and used["used"] > limit:
            raise Problem(errors.throttled(f"{scope} DAY "))
