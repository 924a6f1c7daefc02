"""What goes with a video: thumbnails, playlists, comments.

https://developers.google.com/youtube/v3/docs/thumbnails/set, …/playlistItems, …/commentThreads
"""

import secrets
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox.calls import Call, Problem, Reply
from sandbox.clock import iso
from sandbox.platforms.youtube import answers, requests, videos
from sandbox.platforms.youtube.identity import SLUG, is_verified, uploads_of
from sandbox.store import Row
from sandbox.world import World

MOST_THUMBNAIL_BYTES = 52_428_800
MOST_COMMENT = 10_000
ITEM_SCHEMA = {
    "kind": str,
    "snippet": {"playlistId": str, "position": int, "resourceId": {"kind": str, "videoId": str}},
    "contentDetails": {"note": str, "videoId": str},
}
COMMENT_SCHEMA = {
    "kind": str,
    "snippet": {"videoId": str, "channelId": str, "topLevelComment": {"kind": str, "snippet": {"textOriginal": str}}},
}


# -- thumbnails --------------------------------------------------------------------------------------


def set_thumbnail(call: Call) -> Reply:
    row = videos.own(call, requests.query(call).get("videoId", ""), "set the thumbnail of")
    if not is_verified(call.account):
        message = "The authenticated user doesn't have permissions to upload and set custom video thumbnails."
        one = {"domain": "youtube.thumbnail", "reason": "forbidden", "message": message}
        one |= {"locationType": "header", "location": "Authorization"}
        raise Problem(Reply(403, {"error": {"errors": [one], "code": 403, "message": message}}))
    source = call.upload.file if call.upload else None
    if source is None or call.upload is None or not call.upload.file_size:
        raise answers.refused(
            400, "mediaBodyRequired", "The request does not include the image content.", domain="youtube.thumbnail"
        )
    if call.upload.file_size > MOST_THUMBNAIL_BYTES:
        raise answers.refused(413, "uploadTooLarge", "Request is too large.", domain="global")
    kind = _kind(source)
    if kind is None:
        message = "The provided image content is invalid."
        raise answers.refused(400, "invalidImage", message, domain="youtube.thumbnail")
    thumbnail(call.world, row["id"]).write_bytes(source.read_bytes())
    call.world.store.execute("update yt_video set thumbnail = ? where id = ?", [kind, row["id"]])
    shown = {"kind": "youtube#thumbnailSetResponse", "items": [videos.thumbnails(call.world, row)]}
    return Reply(200, shown, effect={"video_id": row["id"], "thumbnail": kind})


def _kind(path: Path) -> str | None:
    try:
        with Image.open(path) as image:
            return {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}.get(image.format or "")
    except (UnidentifiedImageError, OSError, SyntaxError):
        return None


def thumbnail(world: World, video_id: str) -> Path:
    return world.config.media(SLUG) / f"thumbnail-{video_id}"


# -- playlists ---------------------------------------------------------------------------------------


def playlist_items(call: Call) -> Reply:
    """The uploads of one's channel (private ones too) or one of its playlists, newest first."""
    named = requests.parts(call, ("id", "snippet", "contentDetails", "status"))
    asked = requests.query(call)
    wanted = asked.get("playlistId", "")
    rows = _uploads(call) if wanted == uploads_of(call.account.id) else _items(call, wanted)
    if "videoId" in asked:
        rows = [row for row in rows if row["id"] == asked["videoId"]]
    page, envelope = requests.paged(call, "youtube#playlistItemListResponse", rows, usual=5, most=50)
    return requests.ok(envelope, [_item(call.world, row, wanted, named) for row in page])


def _uploads(call: Call) -> list[Row]:
    """A video is on the list only a while after it was uploaded."""
    until = call.world.clock.now() - call.world.settings["visibility_delay_seconds"]
    sql = "select *, uploaded_at as added_at from yt_video where account_id = ? and deleted_at is null and uploaded_at <= ?"
    return call.world.store.all(f"{sql} order by number desc", [call.account.id, until])


def _items(call: Call, playlist: str) -> list[Row]:
    if call.world.store.one("select 1 from yt_playlist where id = ?", [playlist]) is None:
        raise answers.refused(
            404,
            "playlistNotFound",
            "The playlist identified with the request's playlistId parameter cannot be found.",
            domain="youtube.playlistItem",
            location="playlistId",
        )
    return call.world.store.all(
        "select v.*, i.added_at from yt_playlist_item i join yt_video v on v.id = i.video_id"
        " where i.playlist_id = ? and v.deleted_at is null order by i.added_at",
        [playlist],
    )


def _item(world: World, row: Row, playlist: str, named: list[str]) -> dict[str, Any]:
    whole = videos.described(world, row, ["snippet", "status"])
    snippet = {name: whole["snippet"][name] for name in ("title", "description", "channelId", "thumbnails")}
    added = iso(row["added_at"]).replace(".000Z", "Z")
    every = {
        "snippet": snippet
        | {"playlistId": playlist, "publishedAt": added, "resourceId": {"kind": "youtube#video", "videoId": row["id"]}},
        "contentDetails": {"videoId": row["id"]}
        | ({"videoPublishedAt": iso(row["public_at"]).replace(".000Z", "Z")} if row["public_at"] else {}),
        "status": {"privacyStatus": whole["status"]["privacyStatus"]},
    }
    shown = {"kind": "youtube#playlistItem", "id": f"UEx{row['number']}"}
    return shown | {part: every[part] for part in named if part in every}


def add_to_playlist(call: Call) -> Reply:
    """YouTube takes the same video twice."""
    requests.parts(call, ("id", "snippet", "contentDetails", "status"))
    said = requests.body(call, ITEM_SCHEMA).get("snippet", {})
    playlist = call.world.store.one("select * from yt_playlist where id = ?", [said.get("playlistId", "")])
    if playlist is None:
        raise answers.refused(404, "playlistNotFound", "The playlist cannot be found.", domain="youtube.playlistItem")
    if playlist["account_id"] != call.account.id:
        raise answers.refused(403, "playlistItemsNotAccessible", "Forbidden", domain="youtube.playlistItem")
    resource = said.get("resourceId", {})
    row = videos.find(call.world, resource.get("videoId", ""))
    if resource.get("kind") != "youtube#video" or row is None:
        raise answers.refused(404, "videoNotFound", "Video not found.", domain="youtube.playlistItem")
    item, now = f"UEx{secrets.token_hex(12)}", call.world.clock.now()
    call.world.store.execute("insert into yt_playlist_item values (?, ?, ?, ?)", [item, playlist["id"], row["id"], now])
    shown = {
        "kind": "youtube#playlistItem",
        "id": item,
        "snippet": {"playlistId": playlist["id"], "resourceId": resource},
    }
    return Reply(200, shown, effect={"playlist_item": item})


def playlists(call: Call) -> Reply:
    requests.parts(call, ("id", "snippet", "contentDetails", "status"))
    rows = call.world.store.all("select * from yt_playlist where account_id = ? order by title", [call.account.id])
    page, envelope = requests.paged(call, "youtube#playlistListResponse", rows, usual=5, most=50)
    return requests.ok(
        envelope, [{"kind": "youtube#playlist", "id": row["id"], "snippet": {"title": row["title"]}} for row in page]
    )


# -- comments ----------------------------------------------------------------------------------------


def comment(call: Call) -> Reply:
    requests.parts(call, ("id", "snippet", "replies"))
    said = requests.body(call, COMMENT_SCHEMA).get("snippet", {})
    words = str(said.get("topLevelComment", {}).get("snippet", {}).get("textOriginal", ""))
    row = _commentable(call, str(said.get("videoId", "")))
    if not words.strip():
        message = (
            "The comment resource that is being inserted must specify a value for the snippet.textOriginal property."
        )
        raise answers.refused(400, "commentTextRequired", message, domain="youtube.commentThread")
    if len(words) > MOST_COMMENT:
        message = "The comment resource that is being inserted contains too many characters."
        raise answers.refused(400, "commentTextTooLong", message, domain="youtube.commentThread")
    comment_id = f"Ug{secrets.token_urlsafe(18)}AaABAg"
    values = {
        "id": comment_id,
        "number": call.world.ids.next(),
        "video_id": row["id"],
        "account_id": call.account.id,
        "words": words,
        "created_at": call.world.clock.now(),
    }
    call.world.store.insert("yt_comment", values)
    made = call.world.store.one("select * from yt_comment where id = ?", [comment_id])
    assert made is not None  # noqa: S101 - inserted in this transaction
    return Reply(200, _thread(call.world, made), effect={"comment_id": comment_id})


def comments(call: Call) -> Reply:
    requests.parts(call, ("id", "snippet", "replies"))
    row = _commentable(call, requests.query(call).get("videoId", ""))
    until = call.world.clock.now() - call.world.settings["visibility_delay_seconds"]
    rows = of_video(call.world, row["id"], until)
    page, envelope = requests.paged(call, "youtube#commentThreadListResponse", rows, usual=20, most=100)
    return requests.ok(envelope, [_thread(call.world, one) for one in page])


def of_video(world: World, video_id: str, until: float) -> list[Row]:
    """Newest first."""
    sql = "select * from yt_comment where video_id = ? and deleted_at is null and created_at <= ? order by number desc"
    return world.store.all(sql, [video_id, until])


def _commentable(call: Call, video_id: str) -> Row:
    row = videos.find(call.world, video_id)
    if row is None:
        message = "The video identified by the videoId parameter could not be found."
        raise answers.refused(404, "videoNotFound", message, domain="youtube.commentThread", location="videoId")
    whole = videos.described(call.world, row, ["status"])["status"]
    if whole["privacyStatus"] == "private" or whole["madeForKids"] or whole["uploadStatus"] != "processed":
        message = "The video identified by the videoId parameter has disabled comments."
        raise answers.refused(403, "commentsDisabled", message, domain="youtube.commentThread", location="videoId")
    return row


def _thread(world: World, row: Row) -> dict[str, Any]:
    author = world.accounts.get(SLUG, row["account_id"])
    snippet = {
        "videoId": row["video_id"],
        "textDisplay": row["words"],
        "textOriginal": row["words"],
        "authorDisplayName": f"@{author.username}" if author else "",
        "authorChannelId": {"value": row["account_id"]},
        "likeCount": 0,
        "publishedAt": iso(row["created_at"]).replace(".000Z", "Z"),
    }
    top = {"kind": "youtube#comment", "id": row["id"], "snippet": snippet}
    inside = {"videoId": row["video_id"], "topLevelComment": top, "canReply": True, "totalReplyCount": 0}
    return {"kind": "youtube#commentThread", "id": row["id"], "snippet": inside}
