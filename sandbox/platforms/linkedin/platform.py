"""LinkedIn as a platform of the sandbox: its endpoints, settings, seeds and refusals."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.platforms.base import Platform
from sandbox.platforms.linkedin import (
    assets,
    comments,
    errors,
    oauth,
    oidc,
    people,
    posts,
    seeds,
    statistics,
    support,
    views,
)
from sandbox.platforms.linkedin.identity import SLUG, caller
from sandbox.settings import Value

TABLES = ("li_comment", "li_post", "li_asset", "li_calls")
MEGABYTE = 1024 * 1024
POST = ("w_member_social", "w_organization_social")


class LinkedIn(Platform):
    slug = SLUG
    name = "LinkedIn"
    api_root = "/linkedin/api"
    schema = (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "linkedin_versions": "202604 202605 202606 202607 202608 202609",
        "linkedin_protocol_required": True,
        "linkedin_member_calls": 150,
        "linkedin_app_calls": 100_000,
        "linkedin_page_size": 100,
        "linkedin_acl_key": "organization",
        "linkedin_part_bytes": 4 * MEGABYTE,
        "linkedin_asset_seconds": 1.0,
        "linkedin_asset_fails": False,
        "linkedin_comment_scope": True,
        "linkedin_ghost_duplicates": False,
    }
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {"linkedin_acl_key": ("organization", "organizationTarget")}

    @property
    def operations(self) -> Sequence[Operation]:
        # Starlette takes the first route that fits, so the general ones come last.
        return (*_tokens(), *_people(), *_uploads(), *_posts())

    def pages(self) -> list[Route]:
        return views.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def seed(self, *, accounts: bool) -> None:
        seeds.plant(self.world, accounts=accounts)

    def clear(self) -> None:
        for table in TABLES:
            self.world.store.execute(f"delete from {table}")  # noqa: S608
        for file in self.world.config.media(SLUG).iterdir():
            file.unlink(missing_ok=True)

    def highest_id(self) -> int:
        """LinkedIn's numbers are of another kind; none of them is one of the shared ids."""
        return 0

    def make_account(self, values: dict[str, Any]) -> Account:
        """A person; with `about` an organisation, of which `admins` (usernames of people) are administrators."""
        username = str(values.get("username", ""))
        if not username.replace("-", "").isalnum():
            raise ValueError("username must be letters, digits and hyphens.")
        is_org = "about" in values
        old = self.world.accounts.by_username(SLUG, username)
        fresh = self.world.ids.next() % 10**9
        found = Account(
            platform=SLUG,
            id=old.id if old else str(values.get("id") or (fresh if is_org else f"p{fresh}")),
            username=username,
            name=str(values.get("name") or username),
            tier="free",
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign=is_org,
            created_at=old.created_at if old else self.world.clock.now(),
        )
        if is_org:
            seeds.open_organisation(self.world, found, str(values["about"]), values.get("admins", ()))
        return found

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        return oauth.mint(self.world, account, app, scopes)

    def published(self) -> int:
        count: int = self.world.store.scalar("select count(*) from li_post where deleted_at is null")
        return count

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        """`params` may name status, code, message, service (the number); `seconds` makes a limit one of moments."""
        told = fault.params
        match fault.kind:
            case "rate_limit":
                return errors.throttled("" if "seconds" in told else f"{told.get('scope', 'MEMBER')} DAY ")
            case "credits_depleted":
                return errors.throttled("APPLICATION DAY ")
            case "unauthorized":
                return errors.error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service=65600)
            case "token_revoked":
                return self._revoked(call)
            case "suspended":
                return errors.error(403, "MEMBER_RESTRICTED", "Member is restricted", service=100)
            case "refuse":
                status = int(told.get("status", 400))
                message = str(told.get("message", "Invalid request"))
                return errors.error(
                    status, str(told.get("code", "INVALID_VALUE_FOR_FIELD")), message, service=told.get("service")
                )
            case "missing_id":
                return Reply(201, None)
        return self.server_error(call, 503)

    def _revoked(self, call: Call) -> Reply:
        words = "The token used in the request has been revoked by the user"
        reply = errors.error(401, "REVOKED_ACCESS_TOKEN", words, service=65601)
        if call.actor is None:
            return reply
        self.world.consents.revoke(call.actor.consent_id)
        return replace(reply, effect={"revoked_consent_id": call.actor.consent_id})

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        return errors.throttled("MEMBER DAY ")

    def server_error(self, call: Call, status: int) -> Reply:
        words = {503: ("SERVICE_UNAVAILABLE", "Service unavailable"), 504: ("GATEWAY_TIMEOUT", "Gateway timeout")}
        return errors.error(status, *words.get(status, ("INTERNAL_SERVER_ERROR", "Internal Server Error")))

    def too_large(self, call: Call) -> Reply:
        return errors.error(413, "REQUEST_ENTITY_TOO_LARGE", "The request is too large")

    def forgetful(self, reply: Reply) -> Reply:
        """What was made stands in a header here, and only for comments in the body as well."""
        headers = {name: value for name, value in reply.headers.items() if name not in ("x-restli-id", "x-linkedin-id")}
        return replace(reply, headers=headers, body=None)


def _rest(name: str, method: str, path: str, handle: Any, *scopes: str, **others: Any) -> Operation:
    return Operation(name=name, method=method, path=f"/rest{path}", handle=handle, identify=caller(*scopes), **others)


def _nobody(call: Call) -> None:
    """Open to all."""


def _tokens() -> tuple[Operation, ...]:
    form = {"method": "POST", "identify": oauth.identify}
    return (
        Operation(
            name="token_exchange",
            path="/oauth/v2/accessToken",
            handle=oauth.token,
            name_of=oauth.operation,
            **form,  # type: ignore[arg-type]
        ),
        Operation(
            name="discovery",
            method="GET",
            path="/oauth/.well-known/openid-configuration",
            handle=oidc.discovery,
            identify=_nobody,
        ),
        Operation(name="keys", method="GET", path="/oauth/openid/jwks", handle=oidc.keys, identify=_nobody),
        Operation(name="introspect", path="/oauth/v2/introspectToken", handle=oauth.introspect, **form),  # type: ignore[arg-type]
        Operation(name="revoke", path="/oauth/v2/revoke", handle=oauth.revoke, **form),  # type: ignore[arg-type]
    )


def _people() -> tuple[Operation, ...]:
    unversioned = {"is_versioned": False}
    return (
        Operation(
            name="userinfo",
            method="GET",
            path="/v2/userinfo",
            handle=people.userinfo,
            identify=caller("openid", **unversioned),
        ),
        Operation(
            name="me", method="GET", path="/v2/me", handle=people.me, identify=caller("r_basicprofile", **unversioned)
        ),
        _rest("acls", "GET", "/organizationAcls", people.acls, "rw_organization_admin", "r_organization_admin"),
        _rest("lookup", "GET", "/organizationsLookup", people.lookup, "rw_organization_admin", "r_organization_admin"),
        _rest("organisation", "GET", "/organizations/{id:int}", people.organisation, "rw_organization_admin"),
    )


def _uploads() -> tuple[Operation, ...]:
    kinds = assets.KINDS.items()
    return (
        *(
            _rest(f"{kind}_action", "POST", f"/{folder}", assets.act, *POST, name_of=assets.action_name)
            for folder, kind in kinds
        ),
        *(_rest(f"{kind}_status", "GET", f"/{folder}/{{urn}}", assets.read) for folder, kind in kinds),
        Operation(
            name="bytes",
            method="PUT",
            path="/dms-uploads/{secret}",
            handle=assets.receive,
            identify=caller(*POST, is_versioned=False),
            to_disk=True,
        ),
        Operation(
            name="part",
            method="PUT",
            path="/dms-uploads/{secret}/{number:int}",
            handle=assets.receive_part,
            identify=assets.anybody,
            to_disk=True,
        ),
    )


def _posts() -> tuple[Operation, ...]:
    admin = ("rw_organization_admin",)
    return (
        _rest("create_post", "POST", "/posts", posts.create, *POST, creates=True),
        _rest("timeline", "GET", "/posts", posts.of_author),
        _rest("create_comment", "POST", "/socialActions/{urn}/comments", comments.create, creates=True),
        _rest("comments", "GET", "/socialActions/{urn}/comments", comments.of_post),
        _rest("statistics", "GET", "/organizationalEntityShareStatistics", statistics.of_organisation, *admin),
        _rest(
            "member_statistics", "GET", "/memberCreatorPostAnalytics", statistics.of_member, "r_member_postAnalytics"
        ),
        _rest("post", "GET", "/posts/{urn}", posts.read),
        _rest("edit", "POST", "/posts/{urn}", posts.change),
        _rest("delete", "DELETE", "/posts/{urn}", posts.delete),
    )
