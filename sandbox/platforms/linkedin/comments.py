"""Comments on posts (https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api)."""

import hashlib
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms.linkedin import errors, identity, posts
from sandbox.store import Row
from sandbox.world import World

MOST = 1250


def create(call: Call) -> Reply:
    """Plain words, under an own name. With the scope of the feed, unless this world is one of the lenient ones."""
    body, world = identity.json_body(call), call.world
    post = _post(call)
    actor, words = str(body.get("actor", "")), (body.get("message") or {}).get("text")
    unknown = [name for name in body if name not in ("actor", "object", "message", "parentComment", "content")]
    if unknown:
        raise errors.unpermitted(unknown)
    if not isinstance(words, str) or not words.strip() or len(words) > MOST:
        raise errors.bad_input("/message/text", f"1 to {MOST} characters are taken", code="FIELD_LENGTH_TOO_LONG")
    if body.get("object") not in (posts.urn_of(post), f"urn:li:activity:{post['id']}"):
        raise errors.bad_input("/object", "object must be the post of the path", code="INVALID_URN_ID")
    is_strict = world.settings["linkedin_comment_scope"]
    identity.may_act_for(
        call,
        actor,
        member="w_member_social_feed" if is_strict else "w_member_social",
        organisation="w_organization_social_feed" if is_strict else "w_organization_social",
    )
    now = world.clock.now()
    number = posts.fresh_number(world, now)
    values = {
        "id": number,
        "post_id": post["id"],
        "actor": actor,
        "message": words,
        "created_at": now,
        "visible_at": now + world.settings["visibility_delay_seconds"],
    }
    world.store.insert("li_comment", values)
    row = world.store.one("select * from li_comment where id = ?", [number])
    assert row is not None  # noqa: S101 - inserted above
    effect = {
        "comment_id": str(number),
        "post_id": posts.urn_of(post),
        "text_sha256": hashlib.sha256(words.encode()).hexdigest(),
    }
    return Reply(201, described(post, row), headers={"x-restli-id": str(number)}, effect=effect)


def of_post(call: Call) -> Reply:
    post = _post(call)
    identity.may_act_for(call, post["author"], member="r_member_social", organisation="r_organization_social_feed")
    rows = [row for row in of(call.world, post["id"]) if row["visible_at"] <= call.world.clock.now()]
    elements = [described(post, row) for row in reversed(rows)]
    return Reply(200, {"elements": elements, "paging": {"start": 0, "count": len(elements), "links": []}})


def of(world: World, post_id: int) -> list[Row]:
    return world.store.all("select * from li_comment where post_id = ? and deleted_at is null order by id", [post_id])


def described(post: Row, row: Row) -> dict[str, Any]:
    activity = f"urn:li:activity:{post['id']}"
    return {
        "id": str(row["id"]),
        "actor": row["actor"],
        "object": activity,
        "commentUrn": f"urn:li:comment:({activity},{row['id']})",
        "created": {"actor": row["actor"], "time": int(row["created_at"] * 1000)},
        "message": {"attributes": [], "text": row["message"]},
    }


def _post(call: Call) -> Row:
    row = posts.find(call.world, call.path_params["urn"])
    if row is None:
        raise errors.missing(call.path_params["urn"])
    return row
