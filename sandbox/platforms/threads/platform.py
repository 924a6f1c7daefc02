"""Threads as a platform of the sandbox: its endpoints, settings, seeds and refusals."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.platforms import containers, graph
from sandbox.platforms.base import Platform
from sandbox.platforms.threads import insights, making, nodes, oauth, posts, publishing, seeds, support, views
from sandbox.platforms.threads.identity import SLUG, anybody, owner
from sandbox.settings import Value

Handler = Callable[[Call], Reply]
Identify = Callable[[Call], Actor | None]
LIMIT = 613


class Threads(Platform):
    slug = SLUG
    name = "Threads"
    api_root = "/threads/api"
    schema = containers.SCHEMA + (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "threads_image_seconds": 1.0,
        "threads_container_error": "none",
        "threads_publish_flake": False,
        "threads_reply_delay_seconds": 0.0,
        "threads_page_size": 100,
        "threads_quota_posts": 250,
        "threads_quota_replies": 1000,
        "threads_quota_deletes": 100,
    }
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {"threads_container_error": ("none", *making.REASONS)}

    @property
    def operations(self) -> Sequence[Operation]:
        # Starlette takes the first route that fits, so the general ones come last.
        return (*_tokens(""), *_tokens("/{version}"), *_publishing(), *_reading(), *_nodes())

    def pages(self) -> list[Route]:
        return views.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def seed(self, *, accounts: bool) -> None:
        seeds.plant(self.world, accounts=accounts)

    def clear(self) -> None:
        for table in ("th_post", "th_flake"):
            self.world.store.execute(f"delete from {table}")  # noqa: S608
        containers.clear(self.world, SLUG)
        for file in self.world.config.media(SLUG).iterdir():
            file.unlink(missing_ok=True)

    def highest_id(self) -> int:
        posted = int(self.world.store.scalar("select coalesce(max(id), 0) from th_post"))
        return max(posted, containers.highest_id(self.world, SLUG))

    def make_account(self, values: dict[str, Any]) -> Account:
        username = str(values.get("username", ""))
        if not username.replace(".", "").replace("_", "").isalnum():
            raise ValueError("username must be letters, digits, dots and underscores.")
        old = self.world.accounts.by_username(SLUG, username)
        return Account(
            platform=SLUG,
            id=old.id if old else str(values.get("id") or self.world.ids.next()),
            username=username,
            name=str(values.get("name") or username),
            tier="free",
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign=False,
            created_at=old.created_at if old else self.world.clock.now(),
        )

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        return oauth.mint(self.world, account, app, scopes)

    def published(self) -> int:
        count: int = self.world.store.scalar("select count(*) from th_post where deleted_at is null")
        return count

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        return graph.fault_reply(self.world, call, fault, limit_code=LIMIT, kind="threads")

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        minutes = int((resets_at - self.world.clock.now()) / 60) + 1
        return graph.limit(LIMIT, owner=call.actor.account.id if call.actor else "0", minutes=minutes, kind="threads")

    def server_error(self, call: Call, status: int) -> Reply:
        return graph.server_error(status)

    def too_large(self, call: Call) -> Reply:
        return graph.error(1, "Please reduce the amount of data you're asking for, then retry your request", status=413)

    def without_id(self, body: Any) -> Any:
        return {name: value for name, value in body.items() if name != "id"}


def _operation(method: str, name: str, path: str, handle: Handler, identify: Identify, **others: Any) -> Operation:
    return Operation(name=name, method=method, path=path, handle=handle, identify=identify, **others)


def _nobody(call: Call) -> None:
    """The handler itself looks who asks."""


def _tokens(start: str) -> tuple[Operation, ...]:
    """Both with a version in front and without one."""
    version = "_versioned" if start else ""
    return tuple(
        _operation(
            method, f"{name}{version}", f"{start}{path}", handle, identify, name_of=lambda _call, name=name: name
        )
        for method, name, path, handle, identify in (
            ("POST", "token_exchange", "/oauth/access_token", oauth.exchange, oauth.by_code),
            ("GET", "token_app", "/oauth/access_token", oauth.app_token, oauth.by_app),
            ("GET", "token_long", "/access_token", oauth.long, oauth.by_token),
            ("GET", "token_refresh", "/refresh_access_token", oauth.refresh, oauth.by_token),
            ("GET", "debug_token", "/debug_token", oauth.debug, _nobody),
        )
    )


def _publishing() -> tuple[Operation, ...]:
    path, publisher = "/{version}/{id}", owner("threads_basic", "threads_content_publish")
    return (
        _operation("POST", "container", f"{path}/threads", making.create, publisher, prepare=making.fetch),
        _operation("POST", "create_post", f"{path}/threads_publish", publishing.publish, publisher, creates=True),
        _operation("GET", "quota", f"{path}/threads_publishing_limit", publishing.limits, publisher),
        _operation("POST", "repost", f"{path}/repost", nodes.repost, anybody("threads_content_publish"), creates=True),
    )


def _reading() -> tuple[Operation, ...]:
    path, basic = "/{version}/{id}", owner("threads_basic")
    reads = anybody("threads_basic", "threads_read_replies")
    numbers = anybody("threads_basic", "threads_manage_insights")
    return (
        _operation("GET", "timeline", f"{path}/threads", posts.threads, basic),
        _operation("GET", "replies", f"{path}/replies", nodes.replies, reads),
        _operation("GET", "conversation", f"{path}/conversation", posts.under, reads),
        _operation("GET", "insights", f"{path}/insights", insights.of_post, numbers),
        _operation("GET", "profile_insights", f"{path}/threads_insights", insights.of_profile, numbers),
    )


def _nodes() -> tuple[Operation, ...]:
    path, basic = "/{version}/{id}", anybody("threads_basic")
    return (
        _operation("GET", "users_me", "/{version}/me", nodes.me, basic),
        _operation("GET", "node", path, nodes.read, basic, name_of=nodes.name),
        _operation("DELETE", "delete", path, nodes.remove, anybody("threads_basic", "threads_delete")),
    )
