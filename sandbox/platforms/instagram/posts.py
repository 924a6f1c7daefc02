"""Published media: publishing containers, reading, deleting
(https://developers.facebook.com/docs/instagram-platform/content-publishing)."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms import containers, graph
from sandbox.platforms.facebook.accounts import paged, window
from sandbox.platforms.instagram import accounts, identity
from sandbox.platforms.instagram.words import refused
from sandbox.store import Row
from sandbox.world import World

STORY_SECONDS = 86400
SELECT = "select * from ig_media where deleted_at is null"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def publish(call: Call) -> Reply:
    """A container that is finished, once; whatever else, the world does not change."""
    world, container_id = call.world, str(graph.params(call).get("creation_id", ""))
    if not container_id:
        raise graph.invalid("The parameter creation_id is required.")
    row = containers.own(call, container_id)
    if row is None:
        raise refused(2207006, container_id)
    if row["is_child"]:
        raise graph.invalid("A carousel item cannot be published by itself.")
    match containers.status(world, row):
        case containers.IN_PROGRESS | containers.ERROR:
            raise refused(2207027)
        case containers.EXPIRED:
            raise refused(2207008)
        case containers.PUBLISHED:
            raise refused(2207006, "it was published before")
    if accounts.used(call) >= world.settings["instagram_quota_total"]:
        raise refused(2207042)
    containers.publish(world, row)
    made = _insert(call, row)
    effect = {
        "post_id": str(made["id"]),
        "kind": made["kind"],
        "container_id": container_id,
        "text_sha256": hashlib.sha256(made["caption"].encode()).hexdigest(),
    }
    return Reply(200, {"id": str(made["id"])}, effect=effect)


def _insert(call: Call, container: Row) -> Row:
    world, now, media_id = call.world, call.world.clock.now(), call.world.ids.next()
    details = containers.details(container)
    values = {
        "id": media_id,
        "owner_id": call.account.id,
        "client_id": container["client_id"],
        "container_id": container["id"],
        "kind": container["kind"],
        "caption": str(details.get("caption", "")),
        "details": json.dumps(details),
        "shortcode": _shortcode(media_id),
        "created_at": now,
        "visible_at": now + world.settings["visibility_delay_seconds"],
    }
    world.store.insert("ig_media", values)
    row = world.store.one(f"{SELECT} and id = ?", [media_id])
    assert row is not None  # noqa: S101 - inserted in this transaction
    return row


def _shortcode(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number, 64)
        found = LETTERS[rest] + found
    return found


def find(world: World, media_id: str) -> Row | None:
    if not media_id.isdigit() or len(media_id) > 19:
        return None
    return world.store.one(f"{SELECT} and id = ?", [int(media_id)])


def own(call: Call, media_id: str) -> Row:
    """The caller's own; others and what cannot be read yet are not there."""
    row = find(call.world, media_id)
    if row is None or row["owner_id"] != call.account.id or row["visible_at"] > call.world.clock.now():
        raise graph.missing(media_id)
    return row


def is_video(world: World, row: Row) -> bool:
    container = containers.find(world, identity.SLUG, str(row["container_id"]))
    return container is not None and str(container["media_type"] or "").startswith("video/")


def described(world: World, row: Row) -> dict[str, Any]:
    account = identity.account(world, row["owner_id"])
    details = json.loads(row["details"])
    said = world.store.scalar("select count(*) from ig_comment where media_id = ? and deleted_at is null", [row["id"]])
    media_type = {"CAROUSEL": "CAROUSEL_ALBUM", "REELS": "VIDEO"}.get(row["kind"])
    return {
        "id": str(row["id"]),
        "caption": row["caption"] or None,
        "media_type": media_type or ("VIDEO" if is_video(world, row) else "IMAGE"),
        "media_product_type": {"REELS": "REELS", "STORIES": "STORY"}.get(row["kind"], "FEED"),
        "permalink": permalink(world, row),
        "shortcode": row["shortcode"],
        "timestamp": iso(row["created_at"]),
        "username": account.username,
        "like_count": 0,
        "comments_count": said,
        "is_ai_generated": True if graph.truth(details.get("is_ai_generated"), default=False) else None,
    }


def permalink(world: World, row: Row) -> str:
    account = identity.account(world, row["owner_id"])
    match row["kind"]:
        case "STORIES":
            return f"{world.base_url}/instagram/stories/{account.username}/{row['id']}"
        case "REELS":
            return f"{world.base_url}/instagram/reel/{row['shortcode']}/"
    return f"{world.base_url}/instagram/p/{row['shortcode']}/"


def of_account(call: Call) -> Reply:
    """Newest first, stories not among them; a post shows up here a little after it was made."""
    rows = _rows(call, "kind <> 'STORIES'")
    return _listed(call, rows)


def stories(call: Call) -> Reply:
    """Those of the last day."""
    since = call.world.clock.now() - STORY_SECONDS
    return _listed(call, [row for row in _rows(call, "kind = 'STORIES'") if row["created_at"] > since])


def _rows(call: Call, where: str) -> list[Row]:
    sql = f"{SELECT} and owner_id = ? and {where} and visible_at <= ? order by id desc"
    return call.world.store.all(sql, [call.account.id, call.world.clock.now()])


def _listed(call: Call, rows: list[Row]) -> Reply:
    names = graph.fields(call) or ["id"]
    shown = [graph.chosen(described(call.world, row), names) for row in window(call, rows)]
    return paged(call, shown, rows)


def remove(call: Call) -> Reply:
    """Only with Facebook's log-in: whoever came the other way has no permission for it."""
    media_id = call.path_params["id"]
    comment = call.world.store.one("select * from ig_comment where id = ? and deleted_at is null", [_number(media_id)])
    if comment is not None:
        sql = "update ig_comment set deleted_at = ? where id = ?"
        call.world.store.execute(sql, [call.world.clock.now(), comment["id"]])
        return Reply(200, {"success": True}, effect={"deleted": media_id})
    row = own(call, media_id)
    call.world.store.execute("update ig_media set deleted_at = ? where id = ?", [call.world.clock.now(), row["id"]])
    return Reply(200, {"success": True, "deleted_id": media_id}, effect={"deleted": media_id})


def _number(value: str) -> int:
    return int(value) if value.isdigit() and len(value) < 20 else -1


def iso(moment: float) -> str:
    """As Instagram writes times: 2026-11-22T10:00:00+0000."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
