"""Where posts begin: init of a video, which nobody sees yet, and of photos, which goes all the way by itself.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post and …-photo-post
"""

import json
import secrets
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms.tiktok import answers, identity, pulls, tasks
from sandbox.store import Row

MEGABYTE = 1_000_000
SMALLEST_CHUNK, LARGEST_CHUNK = 5 * MEGABYTE, 64 * MEGABYTE
LARGEST_VIDEO = 4_000 * MEGABYTE
MOST_CHUNKS = 1000
MOST_PHOTOS = 35
URL_SECONDS = 3600
TITLE, PHOTO_TITLE, DESCRIPTION = 2200, 90, 4000
COMMON: dict[str, type] = {
    "title": str,
    "privacy_level": str,
    "disable_comment": bool,
    "brand_content_toggle": bool,
    "brand_organic_toggle": bool,
}
OF_VIDEO: dict[str, type] = COMMON | {
    "disable_duet": bool,
    "disable_stitch": bool,
    "video_cover_timestamp_ms": int,
    "is_aigc": bool,
}
OF_PHOTO: dict[str, type] = COMMON | {"description": str, "auto_add_music": bool}
SOURCE: dict[str, type] = {"source": str, "video_size": int, "chunk_size": int, "total_chunk_count": int}
PHOTO_SOURCE: dict[str, type] = {"source": str, "photo_images": list, "photo_cover_index": int}


def init_video(call: Call) -> Reply:
    said = answers.body_of(call)
    answers.strict(said, {"post_info": dict, "source_info": dict}, "")
    info, source = said.get("post_info", {}), said.get("source_info", {})
    answers.strict(info, OF_VIDEO, "post_info.")
    if source.get("source") != "FILE_UPLOAD":
        raise answers.refused("invalid_param", "The sandbox takes videos by FILE_UPLOAD only.")
    answers.strict(source, SOURCE, "source_info.")
    _check_chunks(source)
    if _utf16(info.get("title", "")) > TITLE:
        raise answers.refused("invalid_param", "post_info.title is too long.")
    _check_creator(call, info)
    upload_token = secrets.token_urlsafe(16)
    row = _begin(
        call,
        "video",
        info,
        size=source["video_size"],
        chunk_size=source["chunk_size"],
        chunks=source["total_chunk_count"],
        upload_token=upload_token,
    )
    url = f"{call.world.base_url}/tiktok/api/upload/video/?upload_id={row['id']}&upload_token={upload_token}"
    return answers.ok({"publish_id": row["publish_id"], "upload_url": url}, effect={"publish_id": row["publish_id"]})


async def fetch_photos(call: Call) -> None:
    """TikTok fetches after its answer; what comes of it shows in the status. Nothing is fetched for a request that is wrong."""
    said = _photo_body(call)
    call.notes["photos"] = await pulls.fetch_all(call.world, said["source_info"]["photo_images"])


def init_photo(call: Call) -> Reply:
    said = _photo_body(call)
    tasks.check_quota(call)
    info, source = said["post_info"], said["source_info"]
    _check_creator(call, info)
    info = info | {"cover": source.get("photo_cover_index", 0)}
    row = _begin(call, "photo", info, size=sum(one["size"] for one in call.notes["photos"]))
    for position, one in enumerate(call.notes["photos"]):
        photo_id = call.world.ids.next()
        known = {name: one[name] for name in ("url", "media_type", "width", "height", "size", "sha256")}
        call.world.store.insert("tt_photo", {"id": photo_id, "post_id": row["id"], "position": position, **known})
        if one["path"]:
            pulls.keep(one["path"], tasks.photo_blob(call.world, photo_id))
    failure = next((one["failure"] for one in call.notes["photos"] if one["failure"]), None)
    tasks.made_whole(call, row["id"], failure=failure)
    effect = {"post_id": str(row["id"]), "publish_id": row["publish_id"]}
    return answers.ok({"publish_id": row["publish_id"]}, effect=effect)


def _photo_body(call: Call) -> dict[str, Any]:
    said = answers.body_of(call)
    answers.strict(said, {"media_type": str, "post_mode": str, "post_info": dict, "source_info": dict}, "")
    if said.get("media_type") != "PHOTO" or said.get("post_mode") != "DIRECT_POST":
        raise answers.refused("invalid_params", "The sandbox takes photos that are posted directly.")
    info, source = said.setdefault("post_info", {}), said.setdefault("source_info", {})
    answers.strict(info, OF_PHOTO, "post_info.")
    answers.strict(source, PHOTO_SOURCE, "source_info.")
    images = source.get("photo_images", [])
    if source.get("source") != "PULL_FROM_URL" or not 1 <= len(images) <= MOST_PHOTOS:
        raise answers.refused("invalid_param", f"photo_images must hold 1 to {MOST_PHOTOS} addresses.")
    if not 0 <= source.get("photo_cover_index", 0) < len(images):
        raise answers.refused("invalid_param", "photo_cover_index is not one of photo_images.")
    if _utf16(info.get("title", "")) > PHOTO_TITLE or _utf16(info.get("description", "")) > DESCRIPTION:
        raise answers.refused("invalid_param", "title or description is too long.")
    if not all(isinstance(one, str) and pulls.is_verified(call.world, one) for one in images):
        raise answers.refused("url_ownership_unverified")
    return said


def _check_chunks(source: dict[str, Any]) -> None:
    """https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide: rounded down, the last takes the rest."""
    size, chunk, count = (source.get(name, 0) for name in ("video_size", "chunk_size", "total_chunk_count"))
    checks = (
        (0 < size <= LARGEST_VIDEO, "video_size"),
        (chunk == size or SMALLEST_CHUNK <= chunk <= LARGEST_CHUNK, "chunk_size"),
        (chunk <= LARGEST_CHUNK and 0 < chunk <= size, "chunk_size"),
        (size >= SMALLEST_CHUNK or chunk == size, "chunk_size"),
        (0 < count <= MOST_CHUNKS and chunk > 0 and count == size // chunk, "total_chunk_count"),
    )
    wrong = next((name for is_right, name in checks if not is_right), None)
    if wrong is not None:
        raise answers.refused("invalid_param", f"The {wrong} is invalid.")


def _check_creator(call: Call, info: dict[str, Any]) -> None:
    tasks.check_quota(call)
    creator = identity.creator(call.world, call.account.id)
    privacy = info.get("privacy_level", "")
    if creator["is_banned"]:
        raise answers.refused("spam_risk_user_banned_from_posting")
    if call.world.settings["tiktok_unaudited"] and not (creator["is_private"] and privacy == "SELF_ONLY"):
        raise answers.refused("unaudited_client_can_only_post_to_private_accounts")
    if privacy not in identity.may_be_seen_by(creator):
        raise answers.refused("privacy_level_option_mismatch")
    if info.get("brand_content_toggle") and privacy == "SELF_ONLY":
        raise answers.refused("invalid_param", "Branded content cannot be private.")


def _begin(call: Call, kind: str, info: dict[str, Any], **fields: Any) -> Row:
    post_id = call.world.ids.next()
    assert call.actor is not None  # noqa: S101 - these operations demand a user
    others = {name: value for name, value in info.items() if name not in ("title", "description", "privacy_level")}
    values = {
        "id": post_id,
        "publish_id": f"{'v_pub_file' if kind == 'video' else 'p_pub_url'}~v2-1.{post_id}",
        "account_id": call.account.id,
        "client_id": call.actor.client_id,
        "consent_id": call.actor.consent_id,
        "kind": kind,
        "title": info.get("title", ""),
        "description": info.get("description", ""),
        "privacy": info["privacy_level"],
        "options": json.dumps(others),
        "begun_at": call.world.clock.now(),
        **fields,
    }
    call.world.store.insert("tt_post", values)
    row = call.world.store.one("select * from tt_post where id = ?", [post_id])
    assert row is not None  # noqa: S101 - inserted above
    return row


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
