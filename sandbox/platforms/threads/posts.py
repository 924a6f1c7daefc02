"""Threads and replies: keeping, finding and showing them (https://developers.facebook.com/docs/threads/retrieve-and-discover-posts)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms import containers, graph
from sandbox.platforms.threads import identity
from sandbox.store import Row
from sandbox.world import World

SELECT = "select * from th_post where deleted_at is null"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TYPES = {"TEXT": "TEXT_POST", "IMAGE": "IMAGE", "VIDEO": "VIDEO", "CAROUSEL": "CAROUSEL_ALBUM"}
DEFAULT_PAGE = 25
MOST = 100


# -- keeping -----------------------------------------------------------------------------------------


def insert(call: Call, container: Row, said: dict[str, Any]) -> Row:
    world, now = call.world, call.world.clock.now()
    post_id = world.ids.next()
    parent = find(world, said["reply_to"]) if said["reply_to"] else None
    values = {
        "id": post_id,
        "account_id": call.account.id,
        "client_id": call.actor.client_id if call.actor else None,
        "container_id": container["id"],
        "kind": container["kind"],
        "text": said["text"],
        "details": json.dumps(said),
        "shortcode": shortcode(post_id),
        "reply_to": parent["id"] if parent else None,
        "root_id": parent["root_id"] if parent else post_id,
        "created_at": now,
        "visible_at": now + world.settings["visibility_delay_seconds"],
    }
    world.store.insert("th_post", values)
    row = find(world, str(post_id))
    assert row is not None  # noqa: S101 - inserted in this transaction
    return row


def plant(world: World, account_id: str, words: str, at: float) -> None:
    post_id = world.ids.next()
    values = {
        "id": post_id,
        "account_id": account_id,
        "kind": "TEXT",
        "text": words,
        "shortcode": shortcode(post_id),
        "root_id": post_id,
        "created_at": at,
        "visible_at": at,
        "is_scenery": 1,
    }
    world.store.insert("th_post", values)


def remove(world: World, post_id: int) -> bool:
    """Replies to it stay."""
    sql = "update th_post set deleted_at = ? where id = ? and deleted_at is null"
    return bool(world.store.execute(sql, [world.clock.now(), post_id]).rowcount)


# -- finding -----------------------------------------------------------------------------------------


def find(world: World, post_id: str) -> Row | None:
    if not post_id.isdigit() or len(post_id) > 19:
        return None
    return world.store.one(f"{SELECT} and id = ?", [int(post_id)])


def by_shortcode(world: World, code: str) -> Row | None:
    return world.store.one(f"{SELECT} and shortcode = ?", [code])


def own(call: Call, post_id: str) -> Row:
    row = find(call.world, post_id)
    if row is None or row["account_id"] != call.account.id:
        raise graph.missing(post_id)
    return row


def chain(world: World, root_id: int) -> list[Row]:
    """Everything under one root, in order, with the root."""
    return world.store.all(f"{SELECT} and root_id = ? order by id", [root_id])


def children_of(world: World, row: Row) -> list[Row]:
    """The containers whose pictures and videos it shows."""
    found = containers.find(world, identity.SLUG, str(row["container_id"])) if row["container_id"] else None
    if found is None or found["kind"] == "TEXT":
        return []
    return containers.children(world, found) if found["kind"] == "CAROUSEL" else [found]


# -- showing -----------------------------------------------------------------------------------------


def threads(call: Call) -> Reply:
    """The caller's own threads without replies, newest first; a new one shows up a little after it was made."""
    return _listed(call, "and reply_to is null")


def replies(call: Call) -> Reply:
    """The caller's own replies."""
    return _listed(call, "and reply_to is not null")


def under(call: Call) -> Reply:
    """Replies to one post of the caller: the direct ones, or with /conversation all of them."""
    root = own(call, call.path_params["id"])
    field = "root_id" if call.path.endswith("/conversation") else "reply_to"
    rows = call.world.store.all(
        f"{SELECT} and {field} = ? and id <> ? and visible_at <= ? order by id desc",
        [root["id"], root["id"], call.world.clock.now()],
    )
    return _page(call, rows)


def read(call: Call, row: Row) -> Reply:
    return Reply(200, graph.chosen(described(call.world, row), graph.fields(call)))


def permalink(world: World, row: Row) -> str:
    account = identity.account(world, row["account_id"])
    return f"{world.base_url}/threads/@{account.username}/post/{row['shortcode']}"


def described(world: World, row: Row) -> dict[str, Any]:
    """Everything that a post can show."""
    said: dict[str, Any] = json.loads(row["details"])
    account, pieces = identity.account(world, row["account_id"]), children_of(world, row)
    is_album = row["kind"] == "CAROUSEL"
    return {
        "id": str(row["id"]),
        "media_product_type": "THREADS",
        "media_type": TYPES[row["kind"]],
        "media_url": file_url(world, pieces[0]) if pieces and not is_album else None,
        "permalink": permalink(world, row),
        "owner": {"id": account.id},
        "username": account.username,
        "text": row["text"] or None,
        "timestamp": iso(row["created_at"]),
        "shortcode": row["shortcode"],
        "children": {"data": [{"id": str(one["id"])} for one in pieces]} if is_album else None,
        "is_quote_post": bool(said.get("quote")),
        "has_replies": world.store.scalar(f"select exists({SELECT} and reply_to = ?)", [row["id"]]) == 1,
        "is_reply": row["reply_to"] is not None,
        "root_post": {"id": str(row["root_id"])} if row["reply_to"] else None,
        "replied_to": {"id": str(row["reply_to"])} if row["reply_to"] else None,
        "alt_text": said.get("alt_text") or None,
        "link_attachment_url": said.get("link") or None,
        "topic_tag": said.get("topic") or None,
        "reply_audience": said.get("reply_control", "everyone").upper(),
    }


def file_url(world: World, container: Row) -> str:
    ending = "mp4" if container["kind"] == "VIDEO" else "jpg"
    return f"{world.base_url}/threads/media/{container['id']}.{ending}"


def iso(moment: float) -> str:
    """As Meta writes times: 2026-11-22T10:00:00+0000."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def shortcode(post_id: int) -> str:
    code = ""
    while post_id:
        post_id, rest = divmod(post_id, 64)
        code = LETTERS[rest] + code
    return code


def _listed(call: Call, which: str) -> Reply:
    said = graph.params(call)
    try:
        since, until = (float(said.get(name) or edge) for name, edge in (("since", 0), ("until", 1e12)))
    except ValueError:
        raise graph.invalid("since and until must be Unix times") from None
    rows = [
        row
        for row in call.world.store.all(
            f"{SELECT} {which} and account_id = ? and visible_at <= ? order by id desc",
            [call.account.id, call.world.clock.now()],
        )
        if since <= row["created_at"] <= until
    ]
    return _page(call, rows)


def _page(call: Call, rows: Sequence[Row]) -> Reply:
    """Cursors alone; Threads does not always give the address of the next page."""
    said = graph.params(call)
    after, asked = str(said.get("after", "0")), str(said.get("limit", DEFAULT_PAGE))
    if not after.isdigit() or not asked.isdigit():
        raise graph.invalid("after must be a cursor and limit a number")
    start, size = int(after), min(int(asked), MOST, int(call.world.settings["threads_page_size"])) or DEFAULT_PAGE
    names = graph.fields(call)
    shown = [graph.chosen(described(call.world, row), names) for row in rows[start : start + size]]
    body: dict[str, Any] = {"data": shown}
    if shown:
        cursors = {"before": str(start)}
        if start + size < len(rows):
            cursors["after"] = str(start + size)
        body["paging"] = {"cursors": cursors}
    return Reply(200, body)
