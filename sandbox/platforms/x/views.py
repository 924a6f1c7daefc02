"""Posts, users, media and polls as the API shows them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.accounts import Account
from sandbox.calls import Call
from sandbox.clock import iso
from sandbox.growth import between
from sandbox.platforms.x import media, metrics, posts, text
from sandbox.platforms.x.dialects import DIALECTS, MEDIA_FIELDS, PLACE_FIELDS, POLL_FIELDS, Dialect
from sandbox.platforms.x.files import kind_of
from sandbox.platforms.x.requests import choices, query
from sandbox.store import Row
from sandbox.world import World

PRIVATE_METRICS_AGE = 30 * 86400


@dataclass(frozen=True)
class Wish:
    """Which fields and expansions a read asked for."""

    dialect: Dialect
    parameters: dict[str, str]
    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    expansions: frozenset[str]


def wish(call: Call, *others: str, of_user: bool = False) -> Wish:
    """Read the query of a read endpoint; `others` are its parameters besides fields and expansions."""
    dialect = DIALECTS[call.world.settings["dialect"]]
    allowed = {
        dialect.fields_parameter: dialect.fields,
        "expansions": dialect.user_expansions if of_user else dialect.expansions,
        "user.fields": dialect.user_fields,
        "media.fields": MEDIA_FIELDS,
        "poll.fields": POLL_FIELDS,
        "place.fields": PLACE_FIELDS,
    }
    if of_user:
        allowed = {name: allowed[name] for name in ("user.fields", "expansions", dialect.fields_parameter)}
    asked = query(call, (*others, *allowed))
    chosen = {name: frozenset(choices(name, asked.get(name, ""), values)) for name, values in allowed.items()}
    return Wish(
        dialect=dialect,
        parameters=asked,
        post=chosen[dialect.fields_parameter],
        user=chosen["user.fields"],
        media=chosen.get("media.fields", frozenset()),
        expansions=chosen["expansions"],
    )


def user(world: World, account: Account, wished: Wish) -> dict[str, Any]:
    is_premium = account.tier == "premium"
    followers = int(between(f"{account.id}/followers", 120, 48_000))
    posted = world.store.scalar("select count(*) from x_post where account_id = ? and deleted_at is null", [account.id])
    every = {
        "profile_image_url": f"{world.base_url}/avatars/x/{account.username}_normal.png",
        "created_at": iso(account.created_at),
        "description": f"{account.name} in the sandbox.",
        "location": "Sandbox",
        "protected": False,
        "verified": is_premium,
        "verified_type": "blue" if is_premium else "none",
        "subscription_type": "Premium" if is_premium else "None",
        "public_metrics": {
            "followers_count": followers,
            "following_count": int(between(f"{account.id}/following", 40, 900)),
            wished.dialect.post_count: posted,
            "listed_count": followers // 90,
        },
    }
    shown = {"id": account.id, "name": account.name, "username": account.username}
    return shown | {name: value for name, value in every.items() if name in wished.user}


def post(world: World, row: Row, wished: Wish, viewer: Account) -> dict[str, Any]:
    rendered = posts.as_returned(world, row)
    shown: dict[str, Any] = {
        "id": str(row["id"]),
        "text": rendered.text,
        wished.dialect.history: [str(post_id) for post_id in posts.edit_history(row)],
    }
    for name in sorted(wished.post - shown.keys()):
        value = _field(world, row, name, rendered, viewer, wished.dialect)
        if value is not None:
            shown[name] = value
    return shown | _relations(world, row, wished)


def envelope(world: World, rows: Iterable[Row], wished: Wish, viewer: Account) -> dict[str, Any]:
    """`data` of several posts with the `includes` that the expansions ask for."""
    rows = list(rows)
    found = {"data": [post(world, row, wished, viewer) for row in rows]}
    included = _includes(world, rows, wished, viewer)
    return found | ({"includes": included} if included else {})


def attached(world: World, post_id: int) -> list[Row]:
    return world.store.all(
        "select m.* from x_post_media j join x_media m on m.id = j.media_id where j.post_id = ? order by j.position",
        [post_id],
    )


def poll(world: World, row: Row) -> dict[str, Any] | None:
    """The post's poll with made-up votes that grow until it closes."""
    asked = json.loads(row["options"]).get("poll")
    if asked is None:
        return None
    ends_at = row["created_at"] + asked["duration_minutes"] * 60
    reach = metrics.totals(row, min(ends_at, world.clock.now()))["impressions"]
    votes = [int(reach * between(f"{row['id']}/poll/{index}", 0.01, 0.08)) for index in range(len(asked["options"]))]
    return {
        "id": str(row["id"] + 1),
        "options": [
            {"position": index + 1, "label": label, "votes": votes[index]}
            for index, label in enumerate(asked["options"])
        ],
        "duration_minutes": asked["duration_minutes"],
        "end_datetime": iso(ends_at),
        "voting_status": "open" if world.clock.now() < ends_at else "closed",
    }


def replies(world: World, post_id: int) -> int:
    count: int = world.store.scalar("select count(*) from x_post where reply_to = ? and deleted_at is null", [post_id])
    return count


def _field(world: World, row: Row, name: str, rendered: text.Rendered, viewer: Account, dialect: Dialect) -> Any:
    """One optional field; None where the post has nothing to show for it."""
    match name:
        case "entities":
            return rendered.entities or None
        case "display_text_range":
            return [0, len(rendered.text)]
        case "attachments":
            return _attachments(world, row)
        case "public_metrics":
            real = replies(world, row["id"])
            return metrics.public(row, world.clock.now(), real_replies=real, repost_key=dialect.repost_count)
        case "non_public_metrics" | "organic_metrics":
            return _private_metrics(row, world.clock.now()) if row["account_id"] == viewer.id else None
        case "media_metadata":
            return [
                {"media_key": media.media_key(one), "alt_text": one["alt_text"]} for one in attached(world, row["id"])
            ]
    return _plain_fields(row).get(name)


def _private_metrics(row: Row, now: float) -> dict[str, int] | None:
    return metrics.private(row, now) if now - row["created_at"] < PRIVATE_METRICS_AGE else None


def _plain_fields(row: Row) -> dict[str, Any]:
    """What stands in the row itself."""
    options = json.loads(row["options"])
    return {
        "created_at": iso(row["created_at"]),
        "conversation_id": str(row["conversation_id"]),
        "lang": "en",
        "possibly_sensitive": False,
        "note_tweet": _note(row),
        "note_post": _note(row),
        "reply_settings": options.get("reply_settings", "everyone"),
        "paid_partnership": options.get("paid_partnership"),
        "community_id": options.get("community_id"),
        "edit_controls": {
            "edits_remaining": 6 - len(posts.edit_history(row)),
            "is_edit_eligible": row["reply_to"] is None,
            "editable_until": iso(row["created_at"] + posts.EDIT_WINDOW),
        },
    }


def _note(row: Row) -> dict[str, Any] | None:
    if row["weighted_length"] <= text.SHORT:
        return None
    whole = text.render(row["text"], row["id"])
    return {"text": whole.text} | ({"entities": whole.entities} if whole.entities else {})


def _attachments(world: World, row: Row) -> dict[str, Any] | None:
    keys = [media.media_key(one) for one in attached(world, row["id"])]
    asked = poll(world, row)
    found = ({"media_keys": keys} if keys else {}) | ({"poll_ids": [asked["id"]]} if asked else {})
    return found or None


def _relations(world: World, row: Row, wished: Wish) -> dict[str, Any]:
    """Author and parent: fields in the old dialect, named by expansions in the new one."""
    asked = wished.post | wished.expansions
    shown: dict[str, Any] = {}
    if "author_id" in asked:
        shown["author_id"] = row["account_id"]
    if row["reply_to"] is None:
        return shown
    if asked & {wished.dialect.referenced, wished.dialect.referenced_expansion}:
        shown[wished.dialect.referenced] = [{"type": "replied_to", "id": str(row["reply_to"])}]
    if "in_reply_to_user_id" in asked:
        parent = world.store.one("select account_id from x_post where id = ?", [row["reply_to"]])
        if parent is not None:
            shown["in_reply_to_user_id"] = parent["account_id"]
    return shown


def _includes(world: World, rows: list[Row], wished: Wish, viewer: Account) -> dict[str, Any]:
    included: dict[str, Any] = {}
    if "author_id" in wished.expansions:
        authors = {row["account_id"]: world.accounts.get("x", row["account_id"]) for row in rows}
        included["users"] = [user(world, author, wished) for author in authors.values() if author]
    if "attachments.media_keys" in wished.expansions:
        included["media"] = [_medium(world, one, wished) for row in rows for one in attached(world, row["id"])]
    if "attachments.poll_ids" in wished.expansions:
        included["polls"] = [asked for row in rows if (asked := poll(world, row))]
    if wished.dialect.referenced_expansion in wished.expansions:
        parents = [posts.find(world, row["reply_to"]) for row in rows if row["reply_to"] is not None]
        included[wished.dialect.included] = [post(world, parent, wished, viewer) for parent in parents if parent]
    return {name: found for name, found in included.items() if found}


def _medium(world: World, row: Row, wished: Wish) -> dict[str, Any]:
    is_still = media.is_photo(row)
    address = media.url(world, row)
    every = {
        "url": address if is_still else None,
        "variants": None if is_still else [{"content_type": row["media_type"], "url": address}],
        "alt_text": row["alt_text"],
        "width": row["width"],
        "height": row["height"],
        "duration_ms": row["duration_ms"],
    }
    shown = {"media_key": media.media_key(row), "type": media.API_TYPES.get(kind_of(row["category"]), "photo")}
    return shown | {name: value for name, value in every.items() if name in wished.media and value is not None}
