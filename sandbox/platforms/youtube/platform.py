"""YouTube as a platform of the sandbox: its endpoints with their prices, settings, seeds and refusals."""

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
from sandbox.platforms.youtube import answers, channels, extras, identity, oauth, seeds, support, uploads, videos, views
from sandbox.platforms.youtube.identity import SLUG, anybody
from sandbox.platforms.youtube.quota import STATS, UPLOADS, metered
from sandbox.settings import Value

TABLES = ("yt_session", "yt_video", "yt_playlist_item", "yt_playlist", "yt_comment", "yt_quota")
TOKENS = frozenset({"token_exchange", "token_refresh", "revoke"})
API, UPLOAD = "/youtube/v3", "/upload/youtube/v3"
REASONS = ("", *("copyright", "inappropriate", "duplicate", "termsOfUse", "length", "claim", "trademark", "legal"))


class YouTube(Platform):
    slug = SLUG
    name = "YouTube"
    api_root = "/youtube/api"
    schema = (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {
        "youtube_forced_private": False,
        "youtube_testing_mode": False,
        "youtube_uploads_per_day": 100,
        "youtube_units_per_day": 10_000,
        "youtube_commit_bytes": 0,
        "youtube_rejection": "",
        "youtube_rejects_duplicates": False,
    }
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {"youtube_rejection": REASONS}

    @property
    def operations(self) -> Sequence[Operation]:
        return (*_tokens(), *_uploading(), *_videos(), *_extras(), *_reading())

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
        tables = ("yt_video", "yt_comment")
        return max(
            int(self.world.store.scalar(f"select coalesce(max(number), 0) from {table}"))  # noqa: S608
            for table in tables
        )

    def make_account(self, values: dict[str, Any]) -> Account:
        """A channel; `tier` premium is one that was verified by phone."""
        username, tier = str(values.get("username", "")), values.get("tier", "premium")
        if not username.replace(".", "").replace("-", "").replace("_", "").isalnum():
            raise ValueError("username must be letters, digits, dots, hyphens and underscores.")
        if tier not in ("free", "premium"):
            raise ValueError("tier must be free or premium.")
        old = self.world.accounts.by_username(SLUG, username)
        return Account(
            platform=SLUG,
            id=old.id if old else str(values.get("id") or f"UC{self.world.ids.next():022d}"),
            username=username,
            name=str(values.get("name") or username),
            tier=tier,
            avatar_color=str(values.get("avatar_color") or "#4f46e5"),
            is_foreign=False,
            created_at=old.created_at if old else self.world.clock.now(),
        )

    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        return oauth.mint(self.world, account, app, scopes)

    def published(self) -> int:
        rows = self.world.store.all("select * from yt_video where deleted_at is null")
        return sum(videos.privacy_of(self.world, row) != "private" for row in rows)

    # -- refusals ------------------------------------------------------------------------------------

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        """`params` of a refusal: status, reason, message, domain, detail; of the token endpoint: status, reason, message."""
        told = fault.params
        if call.operation in TOKENS and fault.kind != "reject_503_documented":
            return self._token_fault(call, fault)
        match fault.kind:
            case "rate_limit":
                reply = answers.too_fast()
                return replace(reply, headers={"retry-after": str(told["seconds"])} if "seconds" in told else {})
            case "credits_depleted":
                project = call.actor.client_id if call.actor else ""
                return answers.uploads_exceeded(project) if told.get("uploads") else answers.quota_exceeded()
            case "unauthorized":
                return answers.unauthenticated().reply
            case "token_revoked":
                return replace(answers.unauthenticated().reply, effect=self._revoked(call))
            case "suspended":
                message = "The authenticated user's account is suspended."
                return answers.error(403, "authenticatedUserAccountSuspended", message, domain="youtube.common")
            case "refuse":
                return answers.error(
                    int(told.get("status", 400)),
                    str(told.get("reason", "badRequest")),
                    str(told.get("message", "Bad Request")),
                    domain=str(told.get("domain", "youtube.video")),
                    detail=str(told.get("detail", "")),
                )
        return Reply(200, {"kind": "youtube#video"}) if fault.kind == "missing_id" else answers.trouble(503)

    def _token_fault(self, call: Call, fault: Fault) -> Reply:
        told = fault.params
        if fault.kind == "token_revoked":
            return replace(answers.oauth(400, "invalid_grant", oauth.EXPIRED).reply, effect=self._revoked(call))
        if fault.kind == "rate_limit":
            return answers.oauth(429, "rate_limit_exceeded", "Rate limit exceeded").reply
        code, words = str(told.get("reason", "invalid_request")), str(told.get("message", "Bad Request"))
        return answers.oauth(int(told.get("status", 400)), code, words).reply

    def _revoked(self, call: Call) -> dict[str, Any] | None:
        if call.actor is None:
            return None
        self.world.consents.revoke(call.actor.consent_id)
        return {"revoked_consent_id": call.actor.consent_id}

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        return answers.too_fast()

    def server_error(self, call: Call, status: int) -> Reply:
        return answers.trouble(status)

    def too_large(self, call: Call) -> Reply:
        return answers.error(413, "uploadTooLarge", "Request is too large.", domain="global")


def _tokens() -> tuple[Operation, ...]:
    return (
        Operation(
            name="token_exchange",
            method="POST",
            path="/token",
            handle=oauth.token,
            identify=oauth.identify,
            name_of=oauth.operation,
        ),
        Operation(name="revoke", method="POST", path="/revoke", handle=oauth.revoke, identify=oauth.identify_revoked),
    )


def _uploading() -> tuple[Operation, ...]:
    return (
        Operation(
            name="upload_start",
            method="POST",
            path=f"{UPLOAD}/videos",
            handle=metered(uploads.start, 1, UPLOADS),
            identify=anybody(identity.UPLOAD),
        ),
        Operation(
            name="upload_chunk",
            method="PUT",
            path=f"{UPLOAD}/videos",
            handle=uploads.receive,
            identify=anybody(identity.UPLOAD),
            name_of=uploads.name_of,
            to_disk=True,
            broken=uploads.keep_half,
        ),
        Operation(
            name="thumbnail",
            method="POST",
            path=f"{UPLOAD}/thumbnails/set",
            handle=metered(extras.set_thumbnail, 50),
            identify=anybody(identity.UPLOAD),
            to_disk=True,
        ),
    )


def _videos() -> tuple[Operation, ...]:
    reader, writer = anybody(identity.READ), anybody(identity.ANY)
    return (
        Operation(name="video", method="GET", path=f"{API}/videos", handle=metered(videos.listed), identify=reader),
        Operation(
            name="create_post",
            method="PUT",
            path=f"{API}/videos",
            handle=metered(videos.update, 50),
            identify=writer,
            creates=True,
        ),
        Operation(
            name="delete", method="DELETE", path=f"{API}/videos", handle=metered(videos.remove, 50), identify=writer
        ),
        Operation(
            name="batch_stats",
            method="GET",
            path=f"{API}/videos:batchGetStats",
            handle=metered(videos.batch, 1, STATS),
            identify=reader,
        ),
    )


def _extras() -> tuple[Operation, ...]:
    return (
        Operation(
            name="playlist_add",
            method="POST",
            path=f"{API}/playlistItems",
            handle=metered(extras.add_to_playlist, 50),
            identify=anybody(identity.ANY),
        ),
        Operation(
            name="create_comment",
            method="POST",
            path=f"{API}/commentThreads",
            handle=metered(extras.comment, 50),
            identify=anybody(identity.COMMENT),
            creates=True,
        ),
        Operation(
            name="comments",
            method="GET",
            path=f"{API}/commentThreads",
            handle=metered(extras.comments),
            identify=anybody(identity.COMMENT),
        ),
    )


def _reading() -> tuple[Operation, ...]:
    reader = anybody(identity.READ)
    return (
        Operation(
            name="users_me",
            method="GET",
            path=f"{API}/channels",
            handle=metered(channels.listed),
            identify=anybody(identity.READ, needs_channel=False),
        ),
        Operation(
            name="timeline",
            method="GET",
            path=f"{API}/playlistItems",
            handle=metered(extras.playlist_items),
            identify=reader,
        ),
        Operation(
            name="playlists", method="GET", path=f"{API}/playlists", handle=metered(extras.playlists), identify=reader
        ),
        Operation(
            name="categories",
            method="GET",
            path=f"{API}/videoCategories",
            handle=metered(videos.categories),
            identify=reader,
        ),
        Operation(
            name="report",
            method="GET",
            path="/analytics/v2/reports",
            handle=channels.report,
            identify=anybody(identity.ANALYTICS),
        ),
    )
