"""Posts: POST /2/tweets with all of its rules, and DELETE /2/tweets/{id}."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms.x import media, problems, text
from sandbox.platforms.x.requests import json_body
from sandbox.platforms.x.schemas import CREATE_POST
from sandbox.store import Row
from sandbox.world import World

# The real window is not documented.
DUPLICATE_WINDOW = 24 * 3600
EDIT_WINDOW = 3600
OPTIONS = ("poll", "reply_settings", "made_with_ai", "paid_partnership", "community_id", "share_with_followers")


@dataclass(frozen=True)
class Wanted:
    """A create request whose form is right."""

    text: str
    media_ids: tuple[int, ...]
    reply_to: int | None
    previous_id: int | None
    options: dict[str, Any]


def create(call: Call) -> Reply:
    """https://docs.x.com/x-api/posts/create-post"""
    wanted = _wanted(json_body(call, CREATE_POST))
    length = _check_text(call, wanted)
    parent = _check_reply(call, wanted)
    media.check_attached(call, wanted.media_ids, tagged=wanted.options.get("tagged_user_ids", ()))
    previous = _check_edit(call, wanted)
    key = _dedupe_key(wanted)
    _check_duplicate(call, key)
    post_id = _insert(call, wanted, parent, previous, key, length)
    row = find(call.world, post_id)
    assert row is not None  # noqa: S101 - inserted in this transaction
    rendered = as_returned(call.world, row)
    history = "edit_history_post_ids" if call.world.settings["dialect"] == "new" else "edit_history_tweet_ids"
    data = {"id": str(post_id), "text": rendered.text, history: [str(one) for one in edit_history(row)]}
    effect = {
        "post_id": str(post_id),
        "text_sha256": hashlib.sha256(wanted.text.encode()).hexdigest(),
        "in_reply_to": None if wanted.reply_to is None else str(wanted.reply_to),
        "media_ids": [str(media_id) for media_id in wanted.media_ids],
    }
    return Reply(201, {"data": data}, effect=effect)


def delete(call: Call) -> Reply:
    """https://docs.x.com/x-api/posts/delete-post"""
    post_id = call.path_params["id"]
    row = find(call.world, int(post_id)) if post_id.isdigit() else None
    if row is None:
        raise problems.missing("tweet", "id", post_id)
    if row["account_id"] != call.account.id:
        raise problems.forbidden("You are not authorized to delete this Tweet.")
    remove(call.world, int(post_id))
    return Reply(200, {"data": {"deleted": True}}, effect={"deleted_post_id": post_id})


def find(world: World, post_id: int) -> Row | None:
    """A post that has not been deleted."""
    return world.store.one(
        "select p.*, a.username from x_post p join account a on a.platform = 'x' and a.id = p.account_id"
        " where p.id = ? and p.deleted_at is null",
        [post_id],
    )


def remove(world: World, post_id: int) -> bool:
    now = world.clock.now()
    sql = "update x_post set deleted_at = ? where id = ? and deleted_at is null"
    return bool(world.store.execute(sql, [now, post_id]).rowcount)


def edit_history(row: Row) -> list[int]:
    """Oldest first; only the latest edit and its predecessor are kept."""
    return [post_id for post_id in (row["previous_id"], row["id"]) if post_id is not None]


def as_returned(world: World, row: Row) -> text.Rendered:
    """Text and entities as reads give them: cut when long, with the media link at the end."""
    post_id: int = row["id"]
    permalink = f"{world.base_url}/x/{row['username']}/status/{post_id}"
    if row["weighted_length"] > text.SHORT:
        whole = f"{world.base_url}/x/i/web/status/{post_id}"
        return text.render(
            text.cut(row["text"]), post_id, tail={"expanded_url": whole, "display_url": text.display_url(whole)}
        )
    first = world.store.one(
        "select m.* from x_post_media j join x_media m on m.id = j.media_id where j.post_id = ? order by j.position",
        [post_id],
    )
    if first is None:
        return text.render(row["text"], post_id)
    kind = "photo" if media.is_photo(first) else "video"
    tail = {
        "expanded_url": f"{permalink}/{kind}/1",
        "display_url": "pic.x.com/" + text.short_link(post_id, -1).rsplit("/", 1)[1],
        "media_key": media.media_key(first),
    }
    return text.render(row["text"], post_id, tail=tail)


def _wanted(body: dict[str, Any]) -> Wanted:
    attached = body.get("media") or {}
    if "poll" in body and (attached or "quote_tweet_id" in body or "card_uri" in body):
        raise problems.invalid("poll, media, quote_tweet_id and card_uri are mutually exclusive.")
    # Quoting is for Enterprise apps since April 2026; everyone else is refused.
    if "quote_tweet_id" in body:
        raise problems.not_permitted()
    options = {name: body[name] for name in OPTIONS if name in body}
    if attached.get("tagged_user_ids"):
        options["tagged_user_ids"] = attached["tagged_user_ids"]
    wanted = Wanted(
        text=body.get("text", "").strip(),
        media_ids=tuple(int(media_id) for media_id in attached.get("media_ids", ())),
        reply_to=int(body["reply"]["in_reply_to_tweet_id"]) if "reply" in body else None,
        previous_id=int(body["edit_options"]["previous_post_id"]) if "edit_options" in body else None,
        options=options,
    )
    if not wanted.text and not wanted.media_ids:
        raise problems.invalid("Post must have text or media.", {"text": [body.get("text", "")]})
    return wanted


def _check_text(call: Call, wanted: Wanted) -> int:
    counted = wanted.text if wanted.reply_to is None else text.without_leading_mentions(wanted.text)
    # No legal text is longer, and counting is slow regular expressions.
    if len(counted) > 4 * text.LONG:
        raise problems.not_permitted()
    bound = text.at_most(counted)
    length = bound if bound <= text.SHORT else text.weighted_length(counted)
    if length > (text.LONG if call.account.tier == "premium" else text.SHORT):
        raise problems.not_permitted()
    if "$" in counted and len(text.cashtags(counted)) > 1:
        raise problems.forbidden("Posts are limited to one cashtag.")
    return length


def _check_reply(call: Call, wanted: Wanted) -> Row | None:
    if wanted.reply_to is None:
        return None
    world = call.world
    parent = find(world, wanted.reply_to)
    if parent is None or parent["created_at"] + world.settings["reply_delay_seconds"] > world.clock.now():
        raise problems.forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    named = [name.lower() for name in text.mentions(parent["text"])]
    if parent["account_id"] != call.account.id and call.account.username.lower() not in named:
        raise problems.forbidden(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the"
            " author of the post you are replying to."
        )
    return parent


def _check_edit(call: Call, wanted: Wanted) -> Row | None:
    if wanted.previous_id is None:
        return None
    previous = find(call.world, wanted.previous_id)
    is_own = previous is not None and previous["account_id"] == call.account.id and previous["replaced_by"] is None
    if call.account.tier != "premium" or previous is None or not is_own:
        raise problems.not_permitted()
    if call.world.clock.now() > previous["created_at"] + EDIT_WINDOW:
        raise problems.not_permitted()
    return previous


def _dedupe_key(wanted: Wanted) -> str:
    # X compares words only loosely, but another link, picture or parent makes a post distinct.
    parts = (" ".join(wanted.text.split()), wanted.media_ids, wanted.reply_to, wanted.options.get("poll"))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _check_duplicate(call: Call, key: str) -> None:
    world = call.world
    if not world.settings["duplicate_filter"]:
        return
    since = world.clock.now() - DUPLICATE_WINDOW
    sql = (
        "select 1 from x_post where account_id = ? and dedupe_key = ? and created_at > ?"
        " and deleted_at is null and replaced_by is null"
    )
    if world.store.one(sql, [call.account.id, key, since]):
        raise Problem(problems.duplicate())


def _insert(call: Call, wanted: Wanted, parent: Row | None, previous: Row | None, key: str, length: int) -> int:
    world = call.world
    post_id, now = world.ids.next(), world.clock.now()
    values = {
        "id": post_id,
        "account_id": call.account.id,
        "client_id": call.actor.client_id if call.actor else None,
        "text": wanted.text,
        "created_at": now,
        "visible_at": now + world.settings["visibility_delay_seconds"],
        "reply_to": wanted.reply_to,
        "conversation_id": post_id if parent is None else parent["conversation_id"],
        "previous_id": wanted.previous_id,
        "dedupe_key": key,
        "weighted_length": length,
        "options": json.dumps(wanted.options),
    }
    world.store.insert("x_post", values)
    for position, media_id in enumerate(wanted.media_ids):
        world.store.insert("x_post_media", {"post_id": post_id, "position": position, "media_id": media_id})
    if previous is not None:
        world.store.execute("update x_post set replaced_by = ? where id = ?", [post_id, previous["id"]])
    return post_id
