"""Facebook as a platform of the sandbox: its endpoints, settings, seeds and refusals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.platforms import graph
from sandbox.platforms.base import Platform
from sandbox.platforms.facebook import (
    accounts,
    comments,
    insights,
    nodes,
    oauth,
    photos,
    posts,
    rupload,
    seeds,
    support,
    uploads,
    videos,
    views,
)
from sandbox.platforms.facebook.identity import SLUG, anybody, page_only
from sandbox.settings import Value

TABLES = ("fb_comment", "fb_photo", "fb_video", "fb_upload", "fb_post", "fb_subscription")
PUBLISH = ("pages_manage_posts", "pages_read_engagement", "pages_show_list")


class Facebook(Platform):
    slug = SLUG
    name = "Facebook"
    api_root = "/facebook/api"
    schema = (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "facebook_proof_required": True,
        "facebook_expires_in_missing": False,
        "facebook_page_size": 100,
        "facebook_photo_max_mb": 4,
        "facebook_post_id_delay_seconds": 0.0,
    }

    @property
    def operations(self) -> Sequence[Operation]:
        # Starlette takes the first route that fits, so the general ones come last.
        return (*_tokens(), *_uploads(), *_people(), *_publishing(), *_reading(), *_nodes())

    def pages(self) -> list[Route]:
        return views.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def seed(self, *, accounts: bool) -> None:
        seeds.plant(self.world, accounts=accounts)

    def clear(self) -> None:
        for table in TABLES:
            self.world.store.execute(f"delete from {table}")  # noqa: S608
        self.world.store.execute("delete from meta where key like 'fb\\_password:%' escape '\\'")
        for file in self.world.config.media(SLUG).iterdir():
            file.unlink(missing_ok=True)

    def highest_id(self) -> int:
        tables = ("fb_post", "fb_photo", "fb_video", "fb_comment")
        return max(
            int(self.world.store.scalar(f"select coalesce(max(id), 0) from {table}"))  # noqa: S608
            for table in tables
        )

    def make_account(self, values: dict[str, Any]) -> Account:
        """A person; with `category` a Page, on which `admins` (usernames of people) may do everything."""
        username = str(values.get("username", ""))
        if not username.replace(".", "").replace("-", "").isalnum():
            raise ValueError("username must be letters, digits, dots and hyphens.")
        old = self.world.accounts.by_username(SLUG, username)
        found = Account(
            platform=SLUG,
            id=old.id if old else str(values.get("id") or self.world.ids.next()),
            username=username,
            name=str(values.get("name") or username),
            tier="free",
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign="category" in values,
            created_at=old.created_at if old else self.world.clock.now(),
        )
        if "category" in values:
            seeds.open_page(self.world, found, str(values["category"]), values.get("admins", ()))
        return found

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        return oauth.mint(self.world, account, app, scopes)

    def published(self) -> int:
        sql = "select count(*) from fb_post where deleted_at is null and created_at <= ?"
        count: int = self.world.store.scalar(sql, [self.world.clock.now()])
        return count

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        return graph.fault_reply(self.world, call, fault)

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        minutes = int((resets_at - self.world.clock.now()) / 60) + 1
        return graph.limit(32, owner=call.actor.account.id if call.actor else "0", minutes=minutes)

    def server_error(self, call: Call, status: int) -> Reply:
        return graph.server_error(status)

    def too_large(self, call: Call) -> Reply:
        return graph.error(1, "Please reduce the amount of data you're asking for, then retry your request", status=413)

    def without_id(self, body: Any) -> Any:
        names = ("id", "post_id", "success", "video_id", "h")
        return {name: value for name, value in body.items() if name not in names}


def _get(name: str, path: str, handle: Any, identify: Any) -> Operation:
    return Operation(name=name, method="GET", path=f"/{{version}}{path}", handle=handle, identify=identify)


def _post(name: str, path: str, handle: Any, identify: Any, **others: Any) -> Operation:
    return Operation(name=name, method="POST", path=f"/{{version}}{path}", handle=handle, identify=identify, **others)


def _delete(name: str, path: str, handle: Any, identify: Any) -> Operation:
    return Operation(name=name, method="DELETE", path=f"/{{version}}{path}", handle=handle, identify=identify)


def _nobody(call: Call) -> None:
    """The handler itself looks who asks."""


def _tokens() -> tuple[Operation, ...]:
    path = "/{version}/oauth/access_token"
    return (
        *(
            Operation(
                name=name,
                method=method,
                path=path,
                handle=oauth.token,
                identify=oauth.identify,
                name_of=oauth.operation,
            )
            for name, method in (("token_exchange", "POST"), ("token_exchange_get", "GET"))
        ),
        _get("debug_token", "/debug_token", oauth.debug, _nobody),
        _get("permissions", "/me/permissions", oauth.permissions, anybody()),
        _delete("revoke", "/me/permissions", oauth.revoke, anybody()),
        _delete("revoke_one", "/me/permissions/{name}", oauth.revoke, anybody()),
    )


def _uploads() -> tuple[Operation, ...]:
    page = page_only(*PUBLISH)
    return (
        Operation(
            name="video_bytes",
            method="POST",
            path="/rupload/video-upload/{version}/{video_id}",
            handle=rupload.receive_video,
            identify=anybody("pages_manage_posts"),
            prepare=rupload.fetch,
            to_disk=True,
            broken=rupload.keep_half_video,
        ),
        _post("upload_start", "/{id}/uploads", uploads.start, anybody()),
        _get("upload_status", "/upload:{session}", uploads.status, anybody()),
        _post(
            "upload_bytes",
            "/upload:{session}",
            uploads.receive,
            anybody(),
            to_disk=True,
            broken=uploads.keep_half,
        ),
        _post("create_video", "/{id}/videos", videos.create, page, creates=True, prepare=videos.gather),
        _post(
            "reel", "/{id}/video_reels", videos.reel, page, name_of=videos.phase_name, creates=True, prepare=videos.look
        ),
        _post(
            "story",
            "/{id}/video_stories",
            videos.story,
            page,
            name_of=videos.phase_name,
            creates=True,
            prepare=videos.look,
        ),
    )


def _people() -> tuple[Operation, ...]:
    pages = anybody("pages_show_list")
    metadata = page_only("pages_manage_metadata", task="MODERATE")
    return (
        _get("users_me", "/me", accounts.me, anybody()),
        _get("pages", "/me/accounts", accounts.pages, pages),
        _get("businesses", "/me/businesses", accounts.businesses, anybody("business_management")),
        *(
            Operation(
                name=edge,
                method="GET",
                path=f"/{{version}}/{{id}}/{edge}",
                handle=accounts.business_pages,
                identify=anybody("business_management"),
            )
            for edge in ("owned_pages", "client_pages")
        ),
        *(
            Operation(
                name=f"subscriptions_{method.lower()}",
                method=method,
                path="/{version}/{id}/subscribed_apps",
                handle=accounts.subscriptions,
                identify=metadata,
            )
            for method in ("GET", "POST", "DELETE")
        ),
    )


def _publishing() -> tuple[Operation, ...]:
    page = page_only(*PUBLISH)
    return (
        _post("create_post", "/{id}/feed", posts.feed, page, creates=True),
        _post("photo", "/{id}/photos", posts.photo, page, prepare=photos.fetch),
        _post("photo_story", "/{id}/photo_stories", posts.photo_story, page, creates=True),
        _post("create_comment", "/{id}/comments", comments.create, anybody("pages_manage_engagement"), creates=True),
    )


def _reading() -> tuple[Operation, ...]:
    reader = page_only("pages_read_engagement", task="ANALYZE")
    return (
        _get("timeline", "/{id}/published_posts", posts.published_posts, reader),
        _get("timeline_feed", "/{id}/feed", posts.published_posts, reader),
        _get("stories", "/{id}/stories", posts.stories, reader),
        _get("videos", "/{id}/videos", videos.of_page, reader),
        _get("reels", "/{id}/video_reels", videos.of_page, reader),
        _get("comments", "/{id}/comments", comments.of_post, anybody("pages_read_user_content")),
        _get("insights", "/{id}/insights", insights.read, anybody("read_insights")),
    )


def _nodes() -> tuple[Operation, ...]:
    return (
        _get("node", "/{id}", nodes.read, anybody()),
        _post("edit", "/{id}", nodes.change, anybody("pages_manage_posts")),
        _delete("delete", "/{id}", nodes.remove, anybody("pages_manage_posts")),
    )
