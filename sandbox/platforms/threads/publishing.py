"""The call that makes a container public, and how often a day that is allowed
(https://developers.facebook.com/docs/threads/overview#rate-limits)."""

from typing import Any

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms import containers, graph
from sandbox.platforms.threads import posts
from sandbox.store import Row
from sandbox.world import World

WINDOW = 86400


def missing_media() -> Problem:
    """What Threads says of everything that it does not find, or not yet. It calls that final, and it is not."""
    message = "The requested resource does not exist"
    return Problem(graph.error(24, message, subcode=4279009, user="The media with this id cannot be found."))


def publish(call: Call) -> Reply:
    row = containers.own(call, str(graph.params(call).get("creation_id", "")))
    if row is None or row["is_child"] or containers.status(call.world, row) != containers.FINISHED:
        raise missing_media()
    if call.world.settings["threads_publish_flake"] and not _was_flaky(call.world, row):
        return missing_media().reply  # not raised: that would undo that this container had its turn
    return publish_row(call, row)


def publish_row(call: Call, row: Row) -> Reply:
    said = containers.details(row)
    check_quota(call, "replies" if said["reply_to"] else "posts")
    containers.publish(call.world, row)
    post = posts.insert(call, row, said)
    effect = {
        "post_id": str(post["id"]),
        "container_id": str(row["id"]),
        "kind": row["kind"],
        "text_sha256": posts.digest(said["text"]),
        "reply_to": said["reply_to"] or None,
    }
    return Reply(200, {"id": str(post["id"])}, effect=effect)


def limits(call: Call) -> Reply:
    """https://developers.facebook.com/docs/threads/troubleshooting#retrieve-publishing-quota-limit"""
    every: dict[str, Any] = {}
    for name, prefix in (("posts", ""), ("replies", "reply_"), ("deletes", "delete_")):
        every[f"{prefix}quota_usage"] = used(call.world, call.account.id, name)
        every[f"{prefix}config"] = {"quota_total": _total(call.world, name), "quota_duration": WINDOW}
    names = graph.fields(call) or ["quota_usage", "config"]
    return Reply(200, {"data": [{name: every[name] for name in names if name in every}]})


def check_quota(call: Call, name: str) -> None:
    if used(call.world, call.account.id, name) >= _total(call.world, name):
        message = "(#9) Application request limit reached: the user has reached the maximum for 24 hours"
        raise Problem(graph.error(9, message, subcode=2207042, user="You have reached the limit of 24 hours."))


def used(world: World, account_id: str, name: str) -> int:
    sql = {
        "posts": "select count(*) from th_post where account_id = ? and reply_to is null and created_at > ? and not is_scenery",
        "replies": "select count(*) from th_post where account_id = ? and reply_to is not null and created_at > ?",
        "deletes": "select count(*) from th_post where account_id = ? and deleted_at > ?",
    }[name]
    return int(world.store.scalar(sql, [account_id, world.clock.now() - WINDOW]))


def _total(world: World, name: str) -> int:
    return int(world.settings[f"threads_quota_{name}"])


def _was_flaky(world: World, row: Row) -> bool:
    sql = "insert or ignore into th_flake values (?)"
    return world.store.execute(sql, [row["id"]]).rowcount == 0
