"""Accounts: who one is, how much may still be published today, and numbers of the account."""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.growth import between
from sandbox.platforms import graph
from sandbox.platforms.instagram import identity

DAY = 86400
DEFAULT_PAGE, MOST = 25, 100
OF_ACCOUNT = (
    "reach",
    "follower_count",
    "views",
    "accounts_engaged",
    "total_interactions",
    "likes",
    "comments",
    "saves",
)


def me(call: Call) -> Reply:
    return node(call, call.account.id)


def node(call: Call, account_id: str) -> Reply:
    """`user_id` is the professional account; `id` is what this app knows it by."""
    found, row = identity.account(call.world, account_id), identity.row(call.world, account_id)
    posted = call.world.store.scalar(
        "select count(*) from ig_media where owner_id = ? and deleted_at is null", [account_id]
    )
    every: dict[str, Any] = {
        "user_id": found.id,
        "username": found.username,
        "name": found.name,
        "account_type": row["account_type"] if row else "BUSINESS",
        "profile_picture_url": f"{call.world.base_url}/avatars/instagram/{found.username}.png",
        "followers_count": row["followers"] if row else 0,
        "media_count": posted,
        "id": found.id if identity.is_facebook(call) else scoped_id(found.id),
    }
    return Reply(200, graph.chosen(every, graph.fields(call) or ["id"]))


def scoped_id(account_id: str) -> str:
    """What one app knows an account by."""
    return f"25{account_id[2:]}"


def quota(call: Call) -> Reply:
    """https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/content_publishing_limit"""
    every = {
        "quota_usage": used(call),
        "config": {"quota_total": call.world.settings["instagram_quota_total"], "quota_duration": DAY},
    }
    return Reply(200, {"data": [graph.chosen(every, graph.fields(call) or ["quota_usage"], always=())]})


def used(call: Call) -> int:
    """Posts of the last 24 hours, deleted ones too."""
    sql = "select count(*) from ig_media where owner_id = ? and created_at > ?"
    return int(call.world.store.scalar(sql, [call.account.id, call.world.clock.now() - DAY]))


def insights(call: Call) -> Reply:
    """https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights"""
    said = graph.params(call)
    names = [name for name in str(said.get("metric", "")).split(",") if name]
    if not names or any(name not in OF_ACCOUNT for name in names):
        raise graph.invalid("metric must be one of the following values: " + ", ".join(OF_ACCOUNT))
    data = [
        {"name": name, "period": "day", "total_value": {"value": int(between(f"{call.account.id}/{name}", 20, 4000))}}
        for name in names
    ]
    return Reply(200, {"data": data})
