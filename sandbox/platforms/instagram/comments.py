"""Comments under media: written as `message`, read as `text`
(https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments)."""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook.accounts import paged, window
from sandbox.platforms.instagram import identity, posts
from sandbox.store import Row
from sandbox.world import World

MOST_TEXT = 2200


def create(call: Call) -> Reply:
    """With `fields` the comment is made, and the answer says that it could not be."""
    said, world = graph.params(call), call.world
    media = posts.own(call, call.path_params["id"])
    if media["kind"] == "STORIES":
        raise graph.invalid("Stories take no comments.")
    message = str(said.get("message", ""))
    if not message.strip():
        raise graph.invalid("The parameter message is required.")
    if len(message) > MOST_TEXT:
        raise graph.invalid(f"The comment is longer than {MOST_TEXT} characters.")
    now = world.clock.now()
    values = {
        "id": world.ids.next(),
        "media_id": media["id"],
        "account_id": call.account.id,
        "message": message,
        "created_at": now,
        "visible_at": now + world.settings["visibility_delay_seconds"],
    }
    world.store.insert("ig_comment", values)
    effect = {"comment_id": str(values["id"]), "post_id": str(media["id"])}
    if "fields" in said:
        words = "(#20) The requested response format is not supported"
        reply = graph.error(20, words, subcode=1772107)
        return Reply(reply.status, reply.body, effect=effect)
    return Reply(200, {"id": str(values["id"])}, effect=effect)


def of_media(call: Call) -> Reply:
    """Newest first."""
    media = posts.own(call, call.path_params["id"])
    rows = call.world.store.all(
        "select * from ig_comment where media_id = ? and deleted_at is null and visible_at <= ? order by id desc",
        [media["id"], call.world.clock.now()],
    )
    names = graph.fields(call) or ["timestamp", "text"]
    shown = [graph.chosen(described(call.world, row), names) for row in window(call, rows)]
    return paged(call, shown, rows)


def described(world: World, row: Row) -> dict[str, Any]:
    author = identity.account(world, row["account_id"])
    return {
        "id": str(row["id"]),
        "text": row["message"],
        "timestamp": posts.iso(row["created_at"]),
        "username": author.username,
        "from": {"id": author.id, "username": author.username},
    }
