"""Instagram as a platform of the sandbox: its endpoints on both hosts, settings, seeds and refusals."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.platforms import containers, graph
from sandbox.platforms.base import Platform
from sandbox.platforms.facebook import accounts as pages
from sandbox.platforms.facebook import identity as facebook
from sandbox.platforms.facebook import oauth as facebook_oauth
from sandbox.platforms.instagram import (
    accounts,
    comments,
    insights,
    making,
    nodes,
    oauth,
    posts,
    rupload,
    seeds,
    support,
    views,
)
from sandbox.platforms.instagram.identity import (
    BASIC,
    COMMENTS,
    CONTENTS,
    INSIGHTS,
    PUBLISH,
    SLUG,
    anybody,
    nobody,
    owner_only,
)
from sandbox.settings import Value

LIMIT = 80002


class Instagram(Platform):
    slug = SLUG
    name = "Instagram"
    api_root = "/instagram/api"
    schema = containers.SCHEMA + (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "instagram_answer_shape": "flat",
        "instagram_quota_total": 50,
        "instagram_containers_a_day": 400,
        "instagram_image_seconds": 0.0,
        "instagram_trial_reels": True,
        # The subcode with which every new container ends; 0 lets them end well.
        "instagram_container_fails": 0,
    }
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {"instagram_answer_shape": ("flat", "wrapped")}

    @property
    def operations(self) -> Sequence[Operation]:
        # Starlette takes the first route that fits, so the general ones come last.
        return (*_facebook_tokens(), *_on_facebook(), *_tokens(), *_graph())

    def pages(self) -> list[Route]:
        return views.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def seed(self, *, accounts: bool) -> None:
        seeds.plant(self.world, accounts=accounts)

    def clear(self) -> None:
        for table in ("ig_comment", "ig_media", "ig_upload"):
            self.world.store.execute(f"delete from {table}")  # noqa: S608
        containers.clear(self.world, SLUG)
        for file in self.world.config.media(SLUG).iterdir():
            file.unlink(missing_ok=True)

    def highest_id(self) -> int:
        found = [
            int(self.world.store.scalar(f"select coalesce(max(id), 0) from {table}"))  # noqa: S608
            for table in ("ig_media", "ig_comment")
        ]
        return max(*found, containers.highest_id(self.world, SLUG))

    def make_account(self, values: dict[str, Any]) -> Account:
        """`account_type` is BUSINESS (what it is unless said otherwise), MEDIA_CREATOR or PERSONAL."""
        username = str(values.get("username", ""))
        if not username.replace(".", "").replace("_", "").isalnum():
            raise ValueError("username must be letters, digits, dots and underscores.")
        account_type = str(values.get("account_type", "BUSINESS"))
        if account_type not in ("BUSINESS", "MEDIA_CREATOR", "PERSONAL"):
            raise ValueError("account_type must be BUSINESS, MEDIA_CREATOR or PERSONAL.")
        old = self.world.accounts.by_username(SLUG, username)
        found = Account(
            platform=SLUG,
            id=old.id if old else str(values.get("id") or f"1784{self.world.ids.next() % 10**13:013d}"),
            username=username,
            name=str(values.get("name") or username),
            tier="free",
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign=False,
            created_at=old.created_at if old else self.world.clock.now(),
        )
        row = [found.id, account_type, int(values.get("followers", 1200))]
        self.world.store.execute("insert or replace into ig_account values (?, ?, ?)", row)
        return found

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        return oauth.mint(self.world, account, app, scopes)

    def published(self) -> int:
        count: int = self.world.store.scalar("select count(*) from ig_media where deleted_at is null")
        return count

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        if call.operation == "video_bytes" and fault.kind == "refuse":
            return rupload.fault_reply(fault)
        return graph.fault_reply(self.world, call, fault, limit_code=LIMIT, kind="instagram")

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        minutes = int((resets_at - self.world.clock.now()) / 60) + 1
        owner = call.actor.account.id if call.actor else "0"
        return graph.limit(LIMIT, owner=owner, minutes=minutes, kind="instagram")

    def server_error(self, call: Call, status: int) -> Reply:
        return graph.server_error(status)

    def too_large(self, call: Call) -> Reply:
        return graph.error(1, "Please reduce the amount of data you're asking for, then retry your request", status=413)

    def without_id(self, body: Any) -> Any:
        return {name: value for name, value in body.items() if name not in ("id", "access_token")}


def usage(call: Call) -> dict[str, str]:
    """The header that says how much of the limit is used."""
    owner = call.actor.account.id if call.actor else "0"
    used = {"call_count": 3, "total_cputime": 1, "total_time": 1, "estimated_time_to_regain_access": 0}
    return {"x-business-use-case-usage": json.dumps({owner: [{"type": "instagram", **used}]})}


def _with_usage(operation: Operation) -> Operation:
    def handle(call: Call) -> Reply:
        reply = operation.handle(call)
        return replace(reply, headers=usage(call) | reply.headers)

    return replace(operation, handle=handle)


def _operation(method: str, name: str, path: str, handle: Any, identify: Any, **others: Any) -> Operation:
    return Operation(name=name, method=method, path=path, handle=handle, identify=identify, **others)


def _tokens() -> tuple[Operation, ...]:
    """The code at api.instagram.com; the rest at graph.instagram.com, without a version."""
    return (
        _operation("POST", "token_exchange", "/oauth/access_token", oauth.exchange, oauth.identify),
        _operation("GET", "token_long", "/access_token", oauth.lengthen, oauth.identify_token),
        _operation("GET", "token_refresh", "/refresh_access_token", oauth.refresh, oauth.identify_token),
    )


def _facebook_tokens() -> Iterator[Operation]:
    """What graph.facebook.com brings for the log-in through a Page; people and Pages are those of the sandbox's Facebook."""
    root = "/facebook/{version}"
    path = f"{root}/oauth/access_token"
    for name, method in (("facebook_token", "POST"), ("facebook_token_get", "GET")):
        yield _operation(method, name, path, facebook_oauth.token, facebook_oauth.identify)
    yield _operation("GET", "facebook_debug_token", f"{root}/debug_token", facebook_oauth.debug, nobody)
    anyone = facebook.anybody()
    yield _operation("GET", "facebook_permissions", f"{root}/me/permissions", facebook_oauth.permissions, anyone)
    yield _operation("DELETE", "facebook_revoke", f"{root}/me/permissions", facebook_oauth.revoke, anyone)
    yield _operation("DELETE", "facebook_revoke_one", f"{root}/me/permissions/{{name}}", facebook_oauth.revoke, anyone)
    yield _operation("GET", "facebook_pages", f"{root}/me/accounts", pages.pages, facebook.anybody("pages_show_list"))
    managing = facebook.anybody("business_management")
    yield _operation("GET", "facebook_businesses", f"{root}/me/businesses", pages.businesses, managing)
    for edge in ("owned_pages", "client_pages"):
        yield _operation("GET", f"facebook_{edge}", f"{root}/{{id}}/{edge}", pages.business_pages, managing)
    yield _operation("GET", "facebook_me", f"{root}/me", pages.me, anyone)


def _on_facebook() -> Iterator[Operation]:
    yield _operation(
        "POST",
        "video_bytes",
        "/facebook/rupload/ig-api-upload/{version}/{id}",
        rupload.receive,
        anybody(BASIC, PUBLISH),
        prepare=rupload.looking(making.film),
        to_disk=True,
        broken=rupload.keep_half,
    )
    for operation in _graph():
        yield replace(operation, name=f"facebook_{operation.name}", path=f"/facebook{operation.path}", name_of=_bare)


def _bare(call: Call) -> str:
    """The same name on both hosts, so that a fault or a look at the ledger need not know which one was called."""
    if call.operation.removeprefix("facebook_") == "node":
        return nodes.operation(call)
    return call.operation.removeprefix("facebook_")


def _graph() -> Iterator[Operation]:
    for operation in _all():
        yield _with_usage(operation)


def _all() -> Iterator[Operation]:
    root = "/{version}"
    mine = owner_only(BASIC)
    yield _operation("GET", "users_me", f"{root}/me", accounts.me, anybody(BASIC))
    publishing = owner_only(BASIC, PUBLISH)
    yield _operation(
        "POST", "create_container", f"{root}/{{id}}/media", making.create, publishing, prepare=making.gather
    )
    yield _operation("POST", "create_post", f"{root}/{{id}}/media_publish", posts.publish, publishing, creates=True)
    yield _operation("GET", "quota", f"{root}/{{id}}/content_publishing_limit", accounts.quota, publishing)
    yield _operation("GET", "timeline", f"{root}/{{id}}/media", posts.of_account, mine)
    yield _operation("GET", "stories", f"{root}/{{id}}/stories", posts.stories, mine)
    commenting = anybody(BASIC, COMMENTS)
    yield _operation("POST", "create_comment", f"{root}/{{id}}/comments", comments.create, commenting, creates=True)
    yield _operation("GET", "comments", f"{root}/{{id}}/comments", comments.of_media, commenting)
    yield _operation("GET", "insights", f"{root}/{{id}}/insights", insights.read, anybody(BASIC, INSIGHTS))
    yield _operation("GET", "node", f"{root}/{{id}}", nodes.read, anybody(BASIC), name_of=nodes.operation)
    yield _operation("DELETE", "delete", f"{root}/{{id}}", posts.remove, anybody(BASIC, CONTENTS))
