"""What the API tells: the person, what a creator may do, the newest public posts and their numbers.

https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info, …-video-list, …-video-query
"""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.growth import between
from sandbox.platforms.tiktok import answers, identity, metrics, tasks
from sandbox.store import Row

CUT = 150
MOST_LISTED = 20
USER_FIELDS = {
    "user.info.basic": ("open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"),
    "user.info.profile": ("bio_description", "profile_deep_link", "is_verified", "username"),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}
VIDEO_FIELDS = frozenset(
    {
        *("id", "create_time", "cover_image_url", "share_url", "video_description", "duration", "height", "width"),
        *("title", "embed_html", "embed_link", "like_count", "comment_count", "share_count", "view_count"),
    }
)


def user_info(call: Call) -> Reply:
    asked = _fields(call)
    assert call.actor is not None  # noqa: S101 - the operation demands a user
    for scope, names in USER_FIELDS.items():
        if scope not in call.actor.scopes and set(asked) & set(names):
            raise answers.refused("scope_not_authorized")
    known = {name for names in USER_FIELDS.values() for name in names}
    if not asked or set(asked) - known:
        raise answers.refused("invalid_params", "fields is missing or names an unknown field.")
    every = _user(call)
    return answers.ok({"user": {name: every[name] for name in asked}})


def creator_info(call: Call) -> Reply:
    """https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info. Refusals come with status 200."""
    answers.body_of(call)
    world, account = call.world, call.account
    row = identity.creator(world, account.id)
    told = str(world.settings["tiktok_creator_error"])
    if row["is_banned"]:
        told = "spam_risk_user_banned_from_posting"
    if told:
        return answers.refusal(told, status=200)
    return answers.ok(
        {
            "creator_avatar_url": f"{world.base_url}/avatars/tiktok/{account.username}.png",
            "creator_username": account.username,
            "creator_nickname": account.name,
            "privacy_level_options": identity.may_be_seen_by(row),
            "comment_disabled": bool(row["comment_disabled"]),
            "duet_disabled": bool(row["duet_disabled"]),
            "stitch_disabled": bool(row["stitch_disabled"]),
            "max_video_post_duration_sec": row["max_seconds"],
        }
    )


def video_list(call: Call) -> Reply:
    """Public posts, newest first; `cursor` is a time in milliseconds."""
    said = answers.body_of(call)
    answers.strict(said, {"max_count": int, "cursor": int}, "")
    count = said.get("max_count", 10)
    if not 1 <= count <= MOST_LISTED:
        raise answers.refused("invalid_params", f"max_count must be 1 to {MOST_LISTED}.")
    until = said.get("cursor", int(call.world.clock.now() * 1000)) / 1000
    rows = [row for row in _listed(call) if row["listed_at"] < until]
    shown = rows[:count]
    cursor = int(shown[-1]["listed_at"] * 1000) if shown else 0
    asked = _video_fields(call)
    videos = [_video(call, row, asked) for row in shown]
    return answers.ok({"videos": videos, "cursor": cursor, "has_more": len(rows) > count})


def video_query(call: Call) -> Reply:
    said = answers.body_of(call)
    ids = (said.get("filters") or {}).get("video_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_LISTED:
        raise answers.refused("invalid_params", "filters.video_ids must hold 1 to 20 ids.")
    asked = _video_fields(call)
    wanted = {str(one) for one in ids}
    return answers.ok({"videos": [_video(call, row, asked) for row in _listed(call) if str(row["id"]) in wanted]})


def _listed(call: Call) -> list[Row]:
    sql = "select * from tt_post where account_id = ? and listed_at is not null order by listed_at desc, id desc"
    seen_from = call.world.clock.now() - call.world.settings["visibility_delay_seconds"]
    rows = call.world.store.all(sql, [call.account.id])
    return [row for row in rows if tasks.is_listed(call.world, row) and row["listed_at"] <= seen_from]


def _fields(call: Call) -> list[str]:
    return [name for name in dict(call.query).get("fields", "").split(",") if name]


def _video_fields(call: Call) -> list[str]:
    asked = _fields(call)
    if not asked or set(asked) - VIDEO_FIELDS:
        raise answers.refused("invalid_params", "fields is missing or names an unknown field.")
    return asked


def _video(call: Call, row: Row, asked: list[str]) -> dict[str, Any]:
    words = row["description"] if row["kind"] == "photo" else row["title"]
    every = {
        "id": str(row["id"]),
        "title": row["title"][:CUT],
        "video_description": words[:CUT],
        "create_time": int(call.world.clock.wall(row["listed_at"])),
        "share_url": permalink(call, row),
        "duration": (row["duration_ms"] or 0) // 1000,
        "width": row["width"] or 0,
        "height": row["height"] or 0,
        "cover_image_url": "",
        "embed_html": "",
        "embed_link": "",
        **metrics.totals(row, call.world.clock.now()),
    }
    return {name: every[name] for name in asked}


def permalink(call: Call, row: Row) -> str:
    return f"{call.world.base_url}/tiktok/@{call.account.username}/{row['kind']}/{row['id']}"


def _user(call: Call) -> dict[str, Any]:
    account, base = call.account, call.world.base_url
    avatar = f"{base}/avatars/tiktok/{account.username}.png"
    followers = int(between(f"{account.id}/followers", 120, 48_000))
    return {
        "open_id": account.id,
        "union_id": f"union-{account.id}",
        "avatar_url": avatar,
        "avatar_url_100": avatar,
        "avatar_large_url": avatar,
        "display_name": account.name,
        "bio_description": f"{account.name} in the sandbox.",
        "profile_deep_link": f"{base}/tiktok/@{account.username}",
        "is_verified": account.tier == "premium",
        "username": account.username,
        "follower_count": followers,
        "following_count": int(between(f"{account.id}/following", 40, 900)),
        "likes_count": followers * 7,
        "video_count": len(_listed(call)),
    }
