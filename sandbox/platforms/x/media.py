"""The media library: what was uploaded, when it is ready, and what a post may carry."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.accounts import Account
from sandbox.calls import Call
from sandbox.platforms.x import problems
from sandbox.platforms.x.files import kind_of
from sandbox.store import Row
from sandbox.world import World

LIFETIME = 86400
KEY_PREFIX = {"image": 3, "video": 13, "gif": 16, "other": 5}
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
API_TYPES = {"image": "photo", "video": "video", "gif": "animated_gif"}


def folder(world: World, media_id: int) -> Path:
    return world.config.media("x") / str(media_id)


def blob(world: World, media_id: int) -> Path:
    return folder(world, media_id) / "blob"


def find(world: World, media_id: int) -> Row | None:
    return world.store.one("select * from x_media where id = ?", [media_id])


def media_key(row: Row) -> str:
    return f"{KEY_PREFIX[kind_of(row['category'])]}_{row['id']}"


def is_photo(row: Row) -> bool:
    return kind_of(row["category"]) == "image"


def url(world: World, row: Row) -> str:
    return f"{world.base_url}/x/media/{media_key(row)}.{EXTENSIONS.get(row['media_type'], 'bin')}"


def expires_after(world: World, row: Row) -> int:
    dies_at: float = row["created_at"] + LIFETIME
    return max(0, math.ceil(dies_at - world.clock.now()))


def processing(world: World, row: Row) -> dict[str, Any] | None:
    """`processing_info` at this moment; None for media that need none (images)."""
    if row["state"] != "processing":
        return None
    total: float = row["processing_seconds"]
    elapsed = world.clock.now() - row["finalized_at"]
    if elapsed >= total:
        if row["failure"] is None:
            return {"state": "succeeded", "progress_percent": 100}
        error = {"code": 1, "name": "InvalidMedia", "message": row["failure"]}
        return {"state": "failed", "progress_percent": 0, "error": error}
    check_after = min(5, max(1, math.ceil(total - elapsed)))
    if elapsed < total / 4:
        return {"state": "pending", "check_after_secs": check_after, "progress_percent": 0}
    return {"state": "in_progress", "check_after_secs": check_after, "progress_percent": int(100 * elapsed / total)}


def is_ready(world: World, row: Row) -> bool:
    if row["state"] == "ready":
        return True
    info = processing(world, row)
    return info is not None and info["state"] == "succeeded"


def is_owned(row: Row, account: Account) -> bool:
    return row["account_id"] == account.id or account.id in json.loads(row["owners"])


def check_attached(call: Call, media_ids: Sequence[int], *, tagged: Sequence[str] = ()) -> None:
    """Refuse media that do not exist, belong to others, are not ready, have expired, or do not go together."""
    rows = [find(call.world, media_id) for media_id in media_ids]
    attached = [row for row in rows if row is not None and _is_usable(call, row)]
    if len(attached) < len(media_ids) or len(set(media_ids)) < len(media_ids):
        shown = [str(media_id) for media_id in media_ids]
        raise problems.invalid("Your media IDs are invalid.", {"media.media_ids": shown})
    if len(attached) > 1 and not all(is_photo(row) for row in attached):
        raise problems.invalid("You can attach up to 4 photos, or 1 animated GIF, or 1 video.")
    if tagged:
        _check_tagged(call, attached, tagged)
    for row in attached:
        _check_duration(call, row)


def _is_usable(call: Call, row: Row) -> bool:
    is_for_posts = row["category"].startswith(("tweet_", "amplify_"))
    is_fresh = expires_after(call.world, row) > 0
    return is_for_posts and is_fresh and is_owned(row, call.account) and is_ready(call.world, row)


def _check_tagged(call: Call, attached: Sequence[Row], tagged: Sequence[str]) -> None:
    unknown = [user_id for user_id in tagged if call.world.accounts.get("x", user_id) is None]
    if unknown or not all(is_photo(row) for row in attached):
        raise problems.invalid("Your tagged user IDs are invalid.", {"media.tagged_user_ids": list(tagged)})


def _check_duration(call: Call, row: Row) -> None:
    limit = call.world.settings[f"video_limit_seconds_{call.account.tier}"]
    if (row["duration_ms"] or 0) > limit * 1000:
        minutes = max(1, int(limit // 60))
        raise problems.forbidden(f"This user is not allowed to post a video longer than {minutes} minutes.")
