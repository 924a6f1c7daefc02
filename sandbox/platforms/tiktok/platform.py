"""TikTok as a platform of the sandbox: its endpoints, settings, seeds and refusals."""

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
from sandbox.platforms.tiktok import answers, oauth, posts, reads, seeds, support, tasks, uploads, views
from sandbox.platforms.tiktok.identity import SLUG, bearer
from sandbox.settings import Value

MINUTE = 60


class TikTok(Platform):
    slug = SLUG
    name = "TikTok"
    api_root = "/tiktok/api"
    schema = (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "tiktok_unaudited": False,
        "tiktok_moderation_seconds": 3.0,
        "tiktok_daily_posts": 15,
        "tiktok_fail_reason": "",
        "tiktok_creator_error": "",
        "tiktok_post_id_form": "list",
        "tiktok_oauth_errors_200": False,
        "tiktok_old_lifetimes": False,
        "tiktok_verified_prefixes": "",
    }
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {"tiktok_post_id_form": ("list", "scalar", "spelled")}

    @property
    def operations(self) -> Sequence[Operation]:
        return (*_tokens(), *_reading(), *_publishing())

    def pages(self) -> list[Route]:
        return views.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def seed(self, *, accounts: bool) -> None:
        seeds.plant(self.world, accounts=accounts)

    def clear(self) -> None:
        for table in ("tt_photo", "tt_post"):
            self.world.store.execute(f"delete from {table}")  # noqa: S608
        for file in self.world.config.media(SLUG).iterdir():
            file.unlink(missing_ok=True)

    def highest_id(self) -> int:
        sql = "select max((select coalesce(max(id), 0) from tt_post), (select coalesce(max(id), 0) from tt_photo))"
        highest: int = self.world.store.scalar(sql)
        return highest

    def make_account(self, values: dict[str, Any]) -> Account:
        username = str(values.get("username", ""))
        if not username.replace("_", "").replace(".", "").isalnum() or len(username) > 24:
            raise ValueError("username must be 1 to 24 letters, digits, underscores or dots.")
        old = self.world.accounts.by_username(SLUG, username)
        return Account(
            platform=SLUG,
            id=old.id if old else str(values.get("id") or f"-000{self.world.ids.next()}"),
            username=username,
            name=str(values.get("name") or username),
            tier=str(values.get("tier", "free")),
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign=bool(values.get("is_foreign", False)),
            created_at=old.created_at if old else self.world.clock.now(),
        )

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        return oauth.mint(self.world, account, app, scopes)

    def published(self) -> int:
        rows = self.world.store.all("select * from tt_post where listed_at is not null")
        return sum(tasks.is_listed(self.world, row) for row in rows)

    def fault_reply(self, call: Call, fault: Fault) -> Reply:  # noqa: PLR0911 - one for each kind of refusal
        match fault.kind:
            case "rate_limit":
                return answers.refusal("rate_limit_exceeded")
            case "credits_depleted":
                return answers.refusal("reached_active_user_cap")
            case "suspended":
                return answers.refusal("spam_risk_user_banned_from_posting")
            case "unauthorized":
                return answers.refusal("access_token_invalid")
            case "token_revoked":
                return self._revoked(call)
            case "missing_id":
                return answers.ok({})
            case "refuse":
                told = fault.params
                code, message = str(told.get("code", "invalid_params")), str(told.get("message", ""))
                if call.operation.startswith("token_"):
                    return answers.flat(int(told.get("status", 400)), code, message)
                return answers.refusal(code, message, status=int(told.get("status", 0)))
        return self.server_error(call, 503)

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        return answers.refusal("rate_limit_exceeded")

    def server_error(self, call: Call, status: int) -> Reply:
        if call.operation in ("chunk", "last_chunk"):
            return Reply(status, {"message": "Internal error"})
        return answers.refusal("internal_error", status=status)

    def too_large(self, call: Call) -> Reply:
        return answers.refusal("invalid_params", "The request is too large.", status=413)

    def without_id(self, body: Any) -> Any:
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
            return body
        data = {name: value for name, value in body["data"].items() if name not in ("publish_id", "upload_url")}
        return {**body, "data": data}

    def _revoked(self, call: Call) -> Reply:
        effect = None
        if call.actor is not None:
            self.world.consents.revoke(call.actor.consent_id)
            effect = {"revoked_consent_id": call.actor.consent_id}
        is_refresh = call.operation == "token_refresh"
        reply = (
            answers.flat(400, "invalid_grant", "Revoked.") if is_refresh else answers.refusal("access_token_invalid")
        )
        return replace(reply, effect=effect)


def _a_minute(requests: int) -> tuple[Limit, ...]:
    """TikTok tells nothing of its limits in headers."""
    return (Limit(requests, MINUTE, header=""),)


def _tokens() -> tuple[Operation, ...]:
    return (
        Operation(
            name="token_exchange",
            method="POST",
            path="/v2/oauth/token/",
            handle=oauth.token,
            identify=oauth.identify,
            name_of=oauth.operation,
        ),
        Operation(
            name="token_revoke", method="POST", path="/v2/oauth/revoke/", handle=oauth.revoke, identify=oauth.identify
        ),
    )


def _reading() -> tuple[Operation, ...]:
    def read(name: str, path: str, handle: Any, requests: int, *scopes: str, method: str = "POST") -> Operation:
        return Operation(
            name=name, method=method, path=path, handle=handle, identify=bearer(*scopes), limits=_a_minute(requests)
        )

    return (
        read("user_info", "/v2/user/info/", reads.user_info, 600, "user.info.basic", method="GET"),
        read("creator_info", "/v2/post/publish/creator_info/query/", reads.creator_info, 20, "video.publish"),
        read("status", "/v2/post/publish/status/fetch/", tasks.status, 30, "video.publish"),
        read("video_list", "/v2/video/list/", reads.video_list, 600, "video.list"),
        read("video_query", "/v2/video/query/", reads.video_query, 600, "video.list"),
    )


def _publishing() -> tuple[Operation, ...]:
    writer = bearer("video.publish")
    return (
        Operation(
            name="init_video",
            method="POST",
            path="/v2/post/publish/video/init/",
            handle=posts.init_video,
            identify=writer,
            limits=_a_minute(6),
        ),
        Operation(
            name="create_photo",
            method="POST",
            path="/v2/post/publish/content/init/",
            handle=posts.init_photo,
            identify=writer,
            limits=_a_minute(6),
            creates=True,
            prepare=posts.fetch_photos,
        ),
        Operation(name="cancel", method="POST", path="/v2/post/publish/cancel/", handle=tasks.cancel, identify=writer),
        Operation(
            name="chunk",
            method="PUT",
            path="/upload/video/",
            handle=uploads.receive,
            identify=uploads.identify,
            name_of=uploads.operation,
            to_disk=True,
        ),
    )
