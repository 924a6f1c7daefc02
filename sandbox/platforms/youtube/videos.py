"""Videos: reading, changing and removing them (https://developers.google.com/youtube/v3/docs/videos)."""

import json
from pathlib import Path
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.clock import iso
from sandbox.growth import between, share_reached
from sandbox.platforms.youtube import answers, fields, requests
from sandbox.platforms.youtube.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

PARTS = (
    *("snippet", "status", "statistics", "contentDetails", "processingDetails", "fileDetails", "player"),
    *("id", "localizations", "recordingDetails", "topicDetails", "liveStreamingDetails", "paidProductPlacementDetails"),
)
OF_OWNER = ("processingDetails", "fileDetails")
SHORT_MS = 180_000
NOT_FOUND = (
    "The video that you are trying to {} cannot be found. Check the value of the id to ensure that it is correct."
)


def find(world: World, video_id: str) -> Row | None:
    return world.store.one("select * from yt_video where id = ? and deleted_at is null", [video_id])


def listed(call: Call) -> Reply:
    named, wanted = requests.parts(call, PARTS), requests.ids(call)
    if not wanted:
        message = "No filter selected. Expected one of: id, chart, myRating"
        raise answers.refused(400, "missingRequiredParameter", message, domain="youtube.parameter")
    rows = [row for one in wanted if (row := find(call.world, one)) is not None and _may_see(call, row)]
    if any(part in OF_OWNER for part in named) and any(row["account_id"] != call.account.id for row in rows):
        raise answers.refused(403, "forbidden", "The request cannot access user rating, file or processing details.")
    shown = [described(call.world, row, named) for row in rows]
    envelope = {
        "kind": "youtube#videoListResponse",
        "etag": "v",
        "pageInfo": {"totalResults": len(shown), "resultsPerPage": len(shown)},
    }
    return requests.ok(envelope, shown)


def batch(call: Call) -> Reply:
    """videos.batchGetStats: only counts and duration, with a bucket of its own."""
    named, wanted = requests.parts(call, ("id", "snippet", "statistics", "contentDetails")), requests.ids(call)
    rows = [row for one in wanted if (row := find(call.world, one)) is not None and _may_see(call, row)]
    return requests.ok({"kind": "youtube#batchGetStatsResponse"}, [described(call.world, row, named) for row in rows])


def update(call: Call) -> Reply:
    """A section is replaced as a whole: what is not named in it is erased."""
    named, said = requests.parts(call, (*PARTS, *fields.WRITABLE)), requests.body(call, fields.SCHEMA)
    fields.check_sections(call, said, named)
    row = own(call, str(said.get("id", "")), "update")
    values = json.loads(row["fields"])
    if "snippet" in named:
        values |= fields.snippet_of(said.get("snippet", {}), is_update=True)
    if "status" in named:
        values |= fields.status_of(call, said.get("status", {}))
    if call.world.settings["youtube_forced_private"]:
        values["privacy"] = "private"  # without an error
    is_seen = values["privacy"] != "private"
    call.world.store.execute(
        "update yt_video set fields = ?, public_at = case when ? then coalesce(public_at, ?) else public_at end where id = ?",
        [json.dumps(values), is_seen, call.world.clock.now(), row["id"]],
    )
    effect = {"video_id": row["id"], "privacy": values["privacy"]}
    shown = described(call.world, _again(call.world, row["id"]), [part for part in named if part in PARTS])
    return Reply(200, shown, effect=effect)


def remove(call: Call) -> Reply:
    row = own(call, requests.query(call).get("id", ""), "delete")
    delete(call.world, row["id"])
    return Reply(204, None, effect={"deleted": row["id"]})


def delete(world: World, video_id: str) -> bool:
    sql = "update yt_video set deleted_at = ? where id = ? and deleted_at is null"
    return bool(world.store.execute(sql, [world.clock.now(), video_id]).rowcount)


def categories(call: Call) -> Reply:
    requests.parts(call, ("snippet",))
    every = {**fields.CATEGORIES, **fields.NOT_ASSIGNABLE}
    shown = [
        {
            "kind": "youtube#videoCategory",
            "id": number,
            "snippet": {
                "title": title,
                "assignable": number in fields.CATEGORIES,
                "channelId": "UCBR8-60-B28hp2BmDPdntcQ",
            },
        }
        for number, title in every.items()
    ]
    return requests.ok({"kind": "youtube#videoCategoryListResponse"}, shown)


def own(call: Call, video_id: str, verb: str) -> Row:
    """One's own video. Somebody else's is forbidden, one that is not there is not found."""
    row = find(call.world, video_id)
    if row is None:
        raise answers.not_found("video", NOT_FOUND.format(verb))
    if row["account_id"] != call.account.id:
        raise answers.refused(403, "forbidden", "The video cannot be changed by this channel.")
    return row


def resource(call: Call, video_id: str, effect: dict[str, Any] | None = None) -> Reply:
    """What the end of an upload answers with."""
    row = find(call.world, video_id)
    if row is None:
        raise answers.not_found("video", NOT_FOUND.format("upload"))
    return Reply(200, described(call.world, row, ["snippet", "status"]), effect=effect)


# -- as others see it --------------------------------------------------------------------------------


def privacy_of(world: World, row: Row) -> str:
    """A time that was set for it makes a private video public by itself."""
    values = json.loads(row["fields"])
    at = values["publish_at"]
    if values["privacy"] == "private" and at is not None and at <= world.clock.now():
        return "private" if world.settings["youtube_forced_private"] else "public"
    return str(values["privacy"])


def upload_status(world: World, row: Row) -> str:
    if world.clock.now() < row["ready_at"]:
        return "uploaded"
    return "failed" if row["failure"] else "rejected" if row["rejection"] else "processed"


def is_short(row: Row) -> bool:
    """YouTube decides: upright or square, and no longer than three minutes."""
    return bool(row["width"]) and row["width"] <= row["height"] and row["duration_ms"] <= SHORT_MS


def path_of(row: Row) -> str:
    return f"/youtube/shorts/{row['id']}" if is_short(row) else f"/youtube/watch?v={row['id']}"


def described(world: World, row: Row, named: list[str]) -> dict[str, Any]:
    values = json.loads(row["fields"])
    account = world.accounts.get(SLUG, row["account_id"])
    every: dict[str, Any] = {
        "snippet": fields.shown_snippet(values)
        | {
            "publishedAt": iso(row["public_at"] or row["uploaded_at"]).replace(".000Z", "Z"),
            "channelId": row["account_id"],
            "channelTitle": account.name if account else "",
            "thumbnails": thumbnails(world, row),
            "liveBroadcastContent": "none",
        },
        "status": fields.shown_status(values, privacy_of(world, row)) | _processing_status(world, row),
        "statistics": counts(world, row),
        "contentDetails": {"duration": _duration(row["duration_ms"]), "dimension": "2d", "definition": "hd"},
        "processingDetails": _processing(world, row),
        "fileDetails": _file(world, row),
        "player": {"embedHtml": f'<iframe src="{world.base_url}{path_of(row)}"></iframe>'},
    }
    shown: dict[str, Any] = {"kind": "youtube#video", "etag": f"v{row['number']}", "id": row["id"]}
    return shown | {part: every[part] for part in named if part in every}


def _processing_status(world: World, row: Row) -> dict[str, str]:
    status = upload_status(world, row)
    told = {"uploadStatus": status}
    if status == "failed":
        told["failureReason"] = row["failure"]
    if status == "rejected":
        told["rejectionReason"] = row["rejection"]
    return told


def _processing(world: World, row: Row) -> dict[str, Any]:
    status = upload_status(world, row)
    word = {"uploaded": "processing", "failed": "failed"}.get(status, "succeeded")
    is_known = "inProgress" if status == "uploaded" else "available"
    told = {"processingStatus": word, "fileDetailsAvailability": is_known}
    return told | ({"processingFailureReason": "transcodeFailed"} if status == "failed" else {})


def _file(world: World, row: Row) -> dict[str, Any]:
    """Known once the processing has looked."""
    if world.clock.now() < row["ready_at"]:
        return {}
    return {
        "fileName": "unknown",
        "fileSize": str(row["size"]),
        "fileType": "video",
        "durationMs": str(row["duration_ms"]),
    }


def thumbnails(world: World, row: Row) -> dict[str, Any]:
    url = f"{world.base_url}/youtube/vi/{row['id']}.jpg"
    return {
        "default": {"url": url, "width": 120, "height": 90},
        "high": {"url": url, "width": 480, "height": 360},
    }


def counts(world: World, row: Row) -> dict[str, str]:
    """Numbers are texts. Likes are missing where the owner hides them."""
    views = views_of(world, row)
    told = {"viewCount": str(views), "favoriteCount": "0"}
    values = json.loads(row["fields"])
    if values["stats_viewable"]:
        told["likeCount"] = str(int(views * between(f"{row['id']}/likes", 0.01, 0.08)))
    said = world.store.scalar("select count(*) from yt_comment where video_id = ? and deleted_at is null", [row["id"]])
    return told if values["made_for_kids"] else told | {"commentCount": str(said)}


def views_of(world: World, row: Row) -> int:
    if row["public_at"] is None:
        return 0
    final = between(f"{row['id']}/views", 120, 30_000)
    return int(final * share_reached(row["id"], world.clock.now() - row["public_at"]))


def blob(world: World, video_id: str) -> Path:
    return world.config.media(SLUG) / f"video-{video_id}"


def _duration(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + f"{seconds}S"


def _may_see(call: Call, row: Row) -> bool:
    return row["account_id"] == call.account.id or privacy_of(call.world, row) != "private"


def _again(world: World, video_id: str) -> Row:
    row = find(world, video_id)
    assert row is not None  # noqa: S101 - found by the caller in this transaction
    return row
