"""X as a platform of the sandbox: its endpoints, limits, seeds and refusals."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.accounts import TIERS, Account
from sandbox.apps import App
from sandbox.calls import Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.platforms.base import Platform
from sandbox.platforms.x import oauth1, oauth2, pages, posts, problems, reads, seeds, support, uploads
from sandbox.platforms.x.files import MAX_SEGMENT, MEGABYTE
from sandbox.platforms.x.identity import user_context
from sandbox.settings import Value

QUARTER = 15 * 60
DAY = 86400
# A part in base64 inside JSON is a third larger than its bytes.
MAX_JSON_PART = 2 * MAX_SEGMENT
READ = ("tweet.read", "users.read")


def _per_user(requests: int) -> tuple[Limit, ...]:
    return (Limit(requests, QUARTER),)


class X(Platform):
    slug = "x"
    name = "X"
    api_root = "/x/api"
    schema = (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "dialect": "old",
        "reply_delay_seconds": 0.0,
        "video_limit_seconds_free": 1200.0,
        "video_limit_seconds_premium": 7500.0,
    }
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {"dialect": ("old", "new")}

    @property
    def operations(self) -> Sequence[Operation]:
        return (*_token_operations(), *_post_operations(), *_media_operations())

    def pages(self) -> list[Route]:
        return pages.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def seed(self, *, accounts: bool) -> None:
        seeds.plant(self.world, accounts=accounts)

    def clear(self) -> None:
        for table in ("x_post_media", "x_segment", "x_media", "x_post", "x_nonce"):
            self.world.store.execute(f"delete from {table}")  # noqa: S608
        for folder in self.world.config.media("x").iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    def highest_id(self) -> int:
        sql = "select max((select coalesce(max(id), 0) from x_post), (select coalesce(max(id), 0) from x_media))"
        highest: int = self.world.store.scalar(sql)
        return highest

    def make_account(self, values: dict[str, Any]) -> Account:
        username = str(values.get("username", ""))
        if not username.replace("_", "").isalnum() or len(username) > 15:
            raise ValueError("username must be 1 to 15 letters, digits or underscores.")
        if values.get("tier", "free") not in TIERS:
            raise ValueError(f"tier must be one of {', '.join(TIERS)}.")
        old = self.world.accounts.by_username("x", username)
        return Account(
            platform="x",
            id=old.id if old else str(values.get("id") or self.world.ids.next()),
            username=username,
            name=str(values.get("name") or username),
            tier=values.get("tier", "free"),
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign=bool(values.get("is_foreign", False)),
            created_at=old.created_at if old else self.world.clock.now(),
        )

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        scopes = oauth2.DEFAULT_SCOPES if scopes is None else scopes

        def open_consent(kind: str) -> int:
            return self.world.consents.open(
                platform="x", account_id=account.id, client_id=app.client_id, kind=kind, scopes=scopes or ()
            )

        tokens = oauth2.issue(self.world, open_consent("oauth2"), scopes)
        token, secret = oauth1.issue_access(self.world, account.id, open_consent("oauth1"))
        return tokens | {"user_id": account.id, "oauth1": {"token": token, "secret": secret}}

    def published(self) -> int:
        sql = "select count(*) from x_post where deleted_at is null and replaced_by is null"
        count: int = self.world.store.scalar(sql)
        return count

    def fault_reply(self, call: Call, fault: Fault) -> Reply:  # noqa: PLR0911 - one for each kind of refusal
        match fault.kind:
            case "rate_limit" if "period" in fault.params:
                return problems.usage_capped(str(fault.params["period"]))
            case "rate_limit":
                now = self.world.clock.now()
                return self.rate_limited(call, Limit(0, QUARTER), now + fault.seconds("seconds", QUARTER))
            case "credits_depleted":
                return problems.credits_depleted(call.actor.client_id if call.actor else "app")
            case "suspended":
                return problems.suspended()
            case "unauthorized":
                return problems.unauthorized().reply
            case "token_revoked":
                return self._revoked(call)
            case "missing_id":
                return Reply(201, {"errors": [self.server_error(call, 500).body]})
            case "refuse":
                status = int(fault.params.get("status", 403))
                return problems.plain(status, "Forbidden", str(fault.params.get("message", "Forbidden")))
        return problems.plain(503, "Service Unavailable")

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        headers = {
            f"{limit.header}-remaining": "0",
            f"{limit.header}-reset": str(int(self.world.clock.wall(resets_at)) + 1),
        }
        return replace(problems.plain(429, "Too Many Requests"), headers=headers)

    def server_error(self, call: Call, status: int) -> Reply:
        if status == 500:
            detail = "An internal error occurred"
            return Reply(
                500, {"title": "Internal Error", "detail": detail, "type": f"{problems.PROBLEMS}/internal-error"}
            )
        return problems.plain(status, "Service Unavailable" if status == 503 else "Server Error")

    def too_large(self, call: Call) -> Reply:
        return uploads.TOO_LARGE

    def _revoked(self, call: Call) -> Reply:
        effect = None
        if call.actor is not None:
            self.world.consents.revoke(call.actor.consent_id)
            effect = {"revoked_consent_id": call.actor.consent_id}
        is_refresh = call.operation == "token_refresh"
        refusal = problems.dead_token() if is_refresh else problems.unauthorized()
        return replace(refusal.reply, effect=effect)


def _token_operations() -> tuple[Operation, ...]:
    client = oauth2.identify_client
    return (
        Operation(
            name="token_exchange",
            method="POST",
            path="/2/oauth2/token",
            handle=oauth2.token,
            identify=client,
            name_of=oauth2.token_operation,
        ),
        Operation(name="token_revoke", method="POST", path="/2/oauth2/revoke", handle=oauth2.revoke, identify=client),
        Operation(
            name="oauth1_request_token",
            method="POST",
            path="/oauth/request_token",
            handle=oauth1.request_token,
            identify=oauth1.identify_app,
        ),
        Operation(
            name="oauth1_access_token",
            method="POST",
            path="/oauth/access_token",
            handle=oauth1.access_token,
            identify=oauth1.identify_request,
        ),
    )


def _post_operations() -> tuple[Operation, ...]:
    reader = user_context(*READ)
    writer = user_context("tweet.write", *READ)
    create_limits = (
        Limit(100, QUARTER),
        Limit(2400, DAY, header="x-user-limit-24hour"),
        Limit(10_000, DAY, per="app", header="x-app-limit-24hour"),
    )
    return (
        Operation(
            name="create_post",
            method="POST",
            path="/2/tweets",
            handle=posts.create,
            identify=writer,
            limits=create_limits,
            creates=True,
        ),
        _get("users_me", "/2/users/me", reads.me, 75, reader),
        _get("get_posts", "/2/tweets", reads.lookup, 5000, reader),
        _get("analytics", "/2/tweets/analytics", reads.analytics, 300, reader),
        _get("get_post", "/2/tweets/{id}", reads.one_post, 900, reader),
        _get("timeline", "/2/users/{id}/tweets", reads.timeline, 900, reader),
        Operation(
            name="delete_post",
            method="DELETE",
            path="/2/tweets/{id}",
            handle=posts.delete,
            identify=writer,
            limits=_per_user(50),
        ),
    )


def _get(name: str, path: str, handle: Any, requests: int, identify: Any) -> Operation:
    return Operation(name=name, method="GET", path=path, handle=handle, identify=identify, limits=_per_user(requests))


def _media_operations() -> tuple[Operation, ...]:
    uploader = user_context("media.write")
    root = "/2/media/upload"

    def post(name: str, path: str, handle: Any, requests: int, **others: Any) -> Operation:
        return Operation(
            name=name, method="POST", path=path, handle=handle, identify=uploader, limits=_per_user(requests), **others
        )

    return (
        post("media_initialize", f"{root}/initialize", uploads.initialize, 1875),
        post(
            "media_append",
            root + "/{id}/append",
            uploads.append,
            1875,
            prepare=uploads.receive_part,
            max_body=MAX_JSON_PART,
        ),
        post("media_finalize", root + "/{id}/finalize", uploads.finalize, 1875, prepare=uploads.assemble),
        post(
            "media_upload",
            root,
            uploads.upload_at_once,
            500,
            prepare=uploads.receive_part,
            max_body=MAX_JSON_PART + MEGABYTE,
        ),
        _get("media_status", root, uploads.status, 1000, uploader),
        post("media_metadata", "/2/media/metadata", uploads.describe, 500),
    )
