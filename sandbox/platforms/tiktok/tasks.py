"""Tasks of publishing on their way: begun, uploaded or fetched, processed, moderated, in time of the sandbox's clock.

https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
"""

from pathlib import Path
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms.tiktok import answers
from sandbox.platforms.tiktok.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

UPLOADING, FETCHING, COMPLETE, FAILED = "PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD", "PUBLISH_COMPLETE", "FAILED"
PUBLIC = "PUBLIC_TO_EVERYONE"
DAY = 86400
POSTERS_OF_UNAUDITED = 5


def status(call: Call) -> Reply:
    row = own(call)
    state, reason = standing(call.world, row)
    data: dict[str, Any] = {"status": state, "fail_reason": reason, **_ids(call.world, row)}
    if row["kind"] == "photo":
        data["downloaded_bytes"] = row["size"]
    else:
        data["uploaded_bytes"] = row["received"]
    return answers.ok(data)


def cancel(call: Call) -> Reply:
    """Only while TikTok is still fetching."""
    row = own(call)
    if standing(call.world, row)[0] != FETCHING:
        raise answers.refused("publish_not_cancellable")
    call.world.store.execute("update tt_post set cancelled_at = ? where id = ?", [call.world.clock.now(), row["id"]])
    return answers.ok({}, effect={"cancelled": row["publish_id"]})


def own(call: Call) -> Row:
    said = answers.body_of(call)
    answers.strict(said, {"publish_id": str}, "")
    row = call.world.store.one("select * from tt_post where publish_id = ?", [said.get("publish_id", "")])
    if row is None or row["is_scenery"]:
        raise answers.refused("invalid_publish_id")
    if row["account_id"] != call.account.id:
        raise answers.refused("token_not_authorized_for_specified_publish_id")
    return row


def standing(world: World, row: Row) -> tuple[str, str]:
    """Status and, for a failure, its reason."""
    now = world.clock.now()
    if row["cancelled_at"] is not None:
        return FAILED, "publish_cancelled"
    if _was_revoked(world, row):
        return FAILED, "auth_removed"
    if row["whole_at"] is None or row["ready_at"] is None or now < row["ready_at"]:
        return (FETCHING if row["kind"] == "photo" else UPLOADING), ""
    return (FAILED, row["failure"]) if row["failure"] else (COMPLETE, "")


def is_listed(world: World, row: Row) -> bool:
    """Whether the world can see it: public, and through moderation."""
    is_over = row["listed_at"] is not None and row["listed_at"] <= world.clock.now()
    return is_over and row["deleted_at"] is None and standing(world, row)[0] == COMPLETE


def check_quota(call: Call) -> None:
    """Posts a day for the creator, and creators a day for an app without an audit."""
    world, since = call.world, call.world.clock.now() - DAY
    rows = world.store.all(
        "select account_id from tt_post where begun_at > ? and whole_at is not null and is_scenery = 0", [since]
    )
    mine = sum(row["account_id"] == call.account.id for row in rows)
    if mine >= world.settings["tiktok_daily_posts"]:
        raise answers.refused("spam_risk_too_many_posts")
    others = {row["account_id"] for row in rows} - {call.account.id}
    if world.settings["tiktok_unaudited"] and len(others) >= POSTERS_OF_UNAUDITED:
        raise answers.refused("reached_active_user_cap")


def made_whole(call: Call, post_id: int, *, failure: str | None) -> None:
    """Everything is there: from now on it is processed, and may be public soon."""
    world = call.world
    now = world.clock.now()
    told = str(world.settings["tiktok_fail_reason"]) or (
        "file_format_check_failed" if world.settings["video_fails"] else ""
    )
    ready = now + world.settings["video_processing_seconds"]
    row = world.store.one("select privacy from tt_post where id = ?", [post_id])
    is_public = row is not None and row["privacy"] == PUBLIC
    listed = ready + world.settings["tiktok_moderation_seconds"] if is_public else None
    world.store.execute(
        "update tt_post set whole_at = ?, ready_at = ?, listed_at = ?, failure = ? where id = ?",
        [now, ready, listed, told or failure, post_id],
    )


def blob(world: World, post_id: int) -> Path:
    return world.config.media(SLUG) / f"{post_id}.bin"


def photo_blob(world: World, photo_id: int) -> Path:
    return world.config.media(SLUG) / f"photo-{photo_id}.bin"


def photos(world: World, post_id: int) -> list[Row]:
    return world.store.all("select * from tt_photo where post_id = ? order by position", [post_id])


def _was_revoked(world: World, row: Row) -> bool:
    revoked = world.store.scalar("select revoked_at from consent where id = ?", [row["consent_id"]])
    return revoked is not None and (row["ready_at"] is None or revoked < row["ready_at"])


def _ids(world: World, row: Row) -> dict[str, Any]:
    """The id is a number, under a name that TikTok misspells; it has been seen alone, in a list, and not at all."""
    found = [row["id"]] if is_listed(world, row) else []
    match world.settings["tiktok_post_id_form"]:
        case "scalar":
            return {"publicaly_available_post_id": found[0]} if found else {}
        case "spelled":
            return {"publicly_available_post_id": found}
    return {"publicaly_available_post_id": found}
