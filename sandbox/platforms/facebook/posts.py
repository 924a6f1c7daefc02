"""Posts of a Page: making, reading, changing and removing them (https://developers.facebook.com/docs/pages-api/posts)."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook import accounts, identity, photos
from sandbox.store import Row
from sandbox.world import World

MOST_TEXT = 63_206
MOST_PHOTOS = 10
DUPLICATE_WINDOW = 24 * 3600
SELECT = "select * from fb_post where deleted_at is null"


def feed(call: Call) -> Reply:
    """Text, a link, or unpublished photos that are attached."""
    said = graph.params(call)
    _published_now(said)
    message, link = str(said.get("message", "")), str(said.get("link", ""))
    attached = _attached(call, said)
    if not message.strip() and not link and not attached:
        raise graph.invalid("You must provide at least a message, a link or attached_media.")
    _check_text(message)
    _check_link(link, has_media=bool(attached))
    kind = "photo" if attached else "link" if link else "text"
    row = insert(call, kind=kind, message=message, link=link, photo_ids=attached)
    return _made(call, row, {"id": public_id(row)}, photo_ids=attached)


def photo(call: Call) -> Reply:
    """A photo that is published at once, or one that waits for a post of its own (`published: false`)."""
    said = graph.params(call)
    photo_id = photos.receive(call, said)
    effect: dict[str, Any] = {"photo_id": str(photo_id)}
    if not graph.truth(said.get("published"), default=True):
        return Reply(200, {"id": str(photo_id)}, effect=effect)
    _published_now(said)
    message = str(said.get("message") or said.get("caption") or "")
    _check_text(message)
    row = insert(call, kind="photo", message=message, photo_ids=[photo_id])
    return _made(call, row, {"id": str(photo_id), "post_id": public_id(row)}, photo_ids=[photo_id])


def photo_story(call: Call) -> Reply:
    """https://developers.facebook.com/docs/page-stories-api"""
    photo_id = str(graph.params(call).get("photo_id", ""))
    found = photos.unused(call, photo_id)
    row = insert(call, kind="story", message="", photo_ids=[found["id"]])
    return _made(call, row, {"success": True, "post_id": str(row["id"])}, photo_ids=[found["id"]])


def insert(
    call: Call,
    *,
    kind: str,
    message: str,
    link: str = "",
    photo_ids: list[int] | None = None,
    video_id: int | None = None,
    public_at: float | None = None,
) -> Row:
    """A new post; the same words twice in a row are refused. Posts of videos are public when the video is (`public_at`)."""
    world, page = call.world, call.account.id
    ids = photo_ids or []
    key = hashlib.sha256(json.dumps([message.strip(), link, ids, video_id, kind]).encode()).hexdigest()
    newest = world.store.one(f"{SELECT} and page_id = ? order by id desc limit 1", [page])
    now = world.clock.now()
    is_same = newest is not None and newest["dedupe_key"] == key and now - newest["created_at"] < DUPLICATE_WINDOW
    if is_same and world.settings["duplicate_filter"] and kind != "story":
        raise Problem(graph.error(506, "(#506) Duplicate status message", subcode=1455006))
    at = now if public_at is None else public_at
    post_id = world.ids.next()
    values = {
        "id": post_id,
        "page_id": page,
        "kind": kind,
        "client_id": call.actor.client_id if call.actor else None,
        "message": message,
        "link": link or None,
        "created_at": at,
        "visible_at": at + world.settings["visibility_delay_seconds"],
        "video_id": video_id,
        "dedupe_key": key,
    }
    world.store.insert("fb_post", values)
    for position, photo_id in enumerate(ids):
        sql = "update fb_photo set post_id = ?, position = ? where id = ?"
        world.store.execute(sql, [post_id, position, photo_id])
    row = world.store.one(f"{SELECT} and id = ?", [post_id])
    assert row is not None  # noqa: S101 - inserted in this transaction
    return row


def find(world: World, post_id: int) -> Row | None:
    """A post that is public and has not been deleted."""
    return world.store.one(f"{SELECT} and id = ? and created_at <= ?", [post_id, world.clock.now()])


def by_public_id(world: World, value: str) -> Row | None:
    """`page_post`, or the number of the post alone."""
    page, _, number = value.rpartition("_")
    row = find(world, int(number)) if number.isdigit() and len(number) < 20 else None
    return row if row is not None and page in ("", row["page_id"]) else None


def public_id(row: Row) -> str:
    return f"{row['page_id']}_{row['id']}"


def own(call: Call, value: str) -> Row:
    row = by_public_id(call.world, value)
    if row is None or row["page_id"] != call.account.id:
        raise graph.missing(value)
    return row


def published_posts(call: Call) -> Reply:
    """Newest first; a post shows up here a little after it was made. Stories have a list of their own."""
    world = call.world
    rows = world.store.all(
        f"{SELECT} and page_id = ? and kind <> 'story' and visible_at <= ? order by id desc",
        [call.account.id, world.clock.now()],
    )
    names = graph.fields(call) or ["created_time", "message"]
    shown = [graph.chosen(described(call, row), names) for row in accounts.window(call, rows)]
    return accounts.paged(call, shown, rows)


def stories(call: Call) -> Reply:
    """https://developers.facebook.com/docs/page-stories-api#get-stories"""
    world = call.world
    since, until = (float(graph.params(call).get(name) or edge) for name, edge in (("since", 0), ("until", 1e12)))
    rows = [
        row
        for row in world.store.all(
            f"{SELECT} and page_id = ? and kind = 'story' and visible_at <= ? order by id desc",
            [call.account.id, world.clock.now()],
        )
        if since <= row["created_at"] <= until
    ]
    return accounts.paged(call, [_story(call, row) for row in accounts.window(call, rows)], rows)


def read(call: Call, row: Row) -> Reply:
    return Reply(200, graph.chosen(described(call, row), graph.fields(call) or ["created_time", "message"]))


def edit(call: Call, row: Row) -> Reply:
    """Only the words, and only of posts that the same app made."""
    message = str(graph.params(call).get("message", ""))
    if row["client_id"] != (call.actor.client_id if call.actor else None):
        raise Problem(graph.error(200, "(#200) You can only edit posts made by your app.", status=403))
    _check_text(message)
    now = call.world.clock.now()
    call.world.store.execute("update fb_post set message = ?, edited_at = ? where id = ?", [message, now, row["id"]])
    return Reply(200, {"success": True}, effect={"edited_post_id": public_id(row)})


def remove(world: World, post_id: int) -> bool:
    sql = "update fb_post set deleted_at = ? where id = ? and deleted_at is null"
    return bool(world.store.execute(sql, [world.clock.now(), post_id]).rowcount)


def permalink(world: World, row: Row) -> str:
    account = world.accounts.get("facebook", row["page_id"])
    name = account.username if account else row["page_id"]
    if row["kind"] == "story":
        return f"{world.base_url}/facebook/stories/{row['id']}"
    return f"{world.base_url}/facebook/{name}/posts/{row['id']}"


def described(call: Call, row: Row) -> dict[str, Any]:
    """Everything that a post can show."""
    world = call.world
    replies = world.store.scalar(
        "select count(*) from fb_comment where post_id = ? and deleted_at is null", [row["id"]]
    )
    return {
        "id": public_id(row),
        "message": row["message"] or None,
        "created_time": iso(row["created_at"]),
        "updated_time": iso(row["edited_at"] or row["created_at"]),
        "permalink_url": permalink(world, row),
        "is_published": True,
        "full_picture": photos.first_url(world, row["id"]),
        "attachments": _attachments(world, row),
        "from": {"id": row["page_id"], "name": identity.account(world, row["page_id"]).name},
        "comments": {"data": [], "summary": {"order": "chronological", "total_count": replies, "can_comment": True}},
        "reactions": {"data": [], "summary": {"total_count": 0, "viewer_reaction": "NONE"}},
        "shares": {"count": 0},
    }


def iso(moment: float) -> str:
    """As Facebook writes times: 2026-11-22T10:00:00+0000."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _story(call: Call, row: Row) -> dict[str, Any]:
    attached = photos.of_post(call.world, row["id"])
    is_photo = bool(attached)
    return {
        "post_id": str(row["id"]),
        "status": "PUBLISHED" if call.world.clock.now() - row["created_at"] < 86400 else "ARCHIVED",
        "creation_time": str(int(row["created_at"])),
        "media_type": "photo" if is_photo else "video",
        "media_id": str(attached[0]["id"] if is_photo else row["video_id"]),
        "url": permalink(call.world, row),
    }


def _attachments(world: World, row: Row) -> dict[str, Any] | None:
    if row["link"]:
        return {"data": [{"media_type": "link", "target": {"url": row["link"]}, "unshimmed_url": row["link"]}]}
    if row["video_id"]:
        return {"data": [{"media_type": "video", "target": {"id": str(row["video_id"])}}]}
    shown = [{"media_type": "photo", "target": {"id": str(one["id"])}} for one in photos.of_post(world, row["id"])]
    if len(shown) > 1:
        return {"data": [{"media_type": "album", "target": {"id": str(row["id"])}, "subattachments": {"data": shown}}]}
    return {"data": shown} if shown else None


def _made(call: Call, row: Row, body: dict[str, Any], *, photo_ids: list[int]) -> Reply:
    if "permalink_url" in graph.fields(call):
        body["permalink_url"] = permalink(call.world, row)
    effect = {
        "post_id": public_id(row),
        "kind": row["kind"],
        "text_sha256": hashlib.sha256(row["message"].encode()).hexdigest(),
        "photo_ids": [str(one) for one in photo_ids],
    }
    return Reply(200, body, effect=effect)


def _published_now(said: dict[str, Any]) -> None:
    if "scheduled_publish_time" in said or not graph.truth(said.get("published"), default=True):
        raise graph.invalid("The sandbox publishes posts at once only.")


def _attached(call: Call, said: dict[str, Any]) -> list[int]:
    """`attached_media` as a list, or as the numbered fields of a form."""
    found = graph.decoded(said.get("attached_media", []))
    items = [graph.decoded(one) for one in found] if isinstance(found, list) else []
    items += [graph.decoded(said[name]) for name in sorted(said) if name.startswith("attached_media[")]
    if len(items) > MOST_PHOTOS:
        raise graph.invalid(f"At most {MOST_PHOTOS} photos can be attached.")
    ids = [str(one.get("media_fbid", "")) if isinstance(one, dict) else "" for one in items]
    if len(set(ids)) < len(ids):
        raise graph.invalid("attached_media holds the same photo twice.")
    return [photos.unused(call, one)["id"] for one in ids]


def _check_text(message: str) -> None:
    if len(message) > MOST_TEXT:
        raise graph.invalid(f"The message is longer than {MOST_TEXT} characters.")


def _check_link(link: str, *, has_media: bool) -> None:
    if not link:
        return
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or "." not in host:
        raise graph.invalid("The link is not a valid URL.", subcode=1609010, user="The link could not be read.")
    if host == "facebook.com" or host.endswith(".facebook.com"):
        raise graph.invalid("Invalid link.", subcode=1609008, user="Links to facebook.com cannot be shared this way.")
    if has_media:
        raise graph.invalid("link and attached_media cannot be used together.")
