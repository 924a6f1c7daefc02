"""Comments under posts and videos (https://developers.facebook.com/docs/graph-api/reference/object/comments)."""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook import accounts, identity, posts, videos
from sandbox.store import Row
from sandbox.world import World

MOST_TEXT = 8000


def create(call: Call) -> Reply:
    said = graph.params(call)
    post = _post(call, call.path_params["id"])
    message = str(said.get("message", ""))
    if not message.strip() and not said.get("attachment_url"):
        raise graph.invalid("You must provide a message or an attachment.")
    if len(message) > MOST_TEXT:
        raise graph.invalid(f"The comment is longer than {MOST_TEXT} characters.")
    world, now = call.world, call.world.clock.now()
    comment_id = world.ids.next()
    values = {
        "id": comment_id,
        "post_id": post["id"],
        "account_id": call.account.id,
        "message": message,
        "created_at": now,
        "visible_at": now + world.settings["visibility_delay_seconds"],
    }
    world.store.insert("fb_comment", values)
    shown = f"{post['id']}_{comment_id}"
    return Reply(200, {"id": shown}, effect={"comment_id": shown, "post_id": posts.public_id(post)})


def of_post(call: Call) -> Reply:
    """In order; the newest are at the end unless `order` says otherwise."""
    world = call.world
    post = _post(call, call.path_params["id"])
    rows = world.store.all(
        "select * from fb_comment where post_id = ? and deleted_at is null and visible_at <= ? order by id",
        [post["id"], world.clock.now()],
    )
    if graph.params(call).get("order") == "reverse_chronological":
        rows.reverse()
    names = graph.fields(call) or ["created_time", "from", "message"]
    shown = [graph.chosen(described(world, row), names) for row in accounts.window(call, rows)]
    return accounts.paged(call, shown, rows)


def find(world: World, value: str) -> Row | None:
    post, _, number = value.rpartition("_")
    if not number.isdigit() or not post.isdigit():
        return None
    sql = "select * from fb_comment where id = ? and post_id = ? and deleted_at is null"
    return world.store.one(sql, [int(number), int(post)])


def remove(world: World, row: Row) -> None:
    world.store.execute("update fb_comment set deleted_at = ? where id = ?", [world.clock.now(), row["id"]])


def described(world: World, row: Row) -> dict[str, Any]:
    author = identity.account(world, row["account_id"])
    return {
        "id": f"{row['post_id']}_{row['id']}",
        "message": row["message"],
        "created_time": posts.iso(row["created_at"]),
        "from": {"id": author.id, "name": author.name},
    }


def _post(call: Call, value: str) -> Row:
    """The post, named by itself or by its video."""
    row = posts.by_public_id(call.world, value)
    video = videos.find(call.world, value)
    if row is None and video is not None and video["post_id"]:
        row = posts.find(call.world, video["post_id"])
    if row is None or row["page_id"] != call.account.id:
        raise graph.missing(value)
    return row
