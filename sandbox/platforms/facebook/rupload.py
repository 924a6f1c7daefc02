"""The upload host of reels and stories, with errors in a form of its own
(https://developers.facebook.com/docs/video-api/guides/reels-publishing#step-2--upload-the-video)."""

from dataclasses import replace
from typing import Any

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms.facebook import pulls, videos
from sandbox.platforms.facebook.uploads import append
from sandbox.store import Row


async def fetch(call: Call) -> None:
    """`file_url: …` in a header instead of bytes."""
    address = call.headers.get("file_url")
    if address:
        if call.upload and call.upload.file:
            call.upload.file.unlink(missing_ok=True)
        await pulls.fetch(call, address, kind="video")
        call.notes["fetched"] = True


def receive_video(call: Call) -> Reply:
    """Bytes from an offset on; the answer is in the upload host's own form."""
    row, world = videos.own(call, call.path_params["video_id"]), call.world
    if videos.is_expired(world, row) or row["finished_at"] is not None:
        raise _refused("ProcessingFailedError", "The upload session is closed.", can_retry=False)
    total = call.upload.file_size if call.notes.get("fetched") and call.upload else _size(call)
    received = _take_video(call, row, total)
    if received > total:
        raise _refused("ProcessingFailedError", "More bytes than file_size.", can_retry=False)
    if received < total:
        reply = _refused("PartialRequestError", "Partial request (did not match length of file)", can_retry=True).reply
        # What came is kept, so this refusal may not be rolled back.
        return replace(reply, effect={"video_id": str(row["id"]), "bytes": received})
    world.store.execute("update fb_video set is_whole = 1 where id = ?", [row["id"]])
    return Reply(200, {"success": True}, effect={"video_id": str(row["id"]), "bytes": received})


def keep_half_video(call: Call) -> None:
    try:
        row = videos.own(call, call.path_params["video_id"])
        if row["finished_at"] is None:
            _take_video(call, row, _size(call))
    except Problem:
        return


def _take_video(call: Call, row: Row, total: int) -> int:
    offset = "0" if call.notes.get("fetched") else call.headers.get("offset", "")
    if offset != str(row["received"]):
        raise _refused("OffsetInvalidError", f"Request offset must be {row['received']}", can_retry=True)
    received: int = row["received"] + append(call, videos.blob(call.world, row["id"]), row["received"])
    sql = "update fb_video set received = ?, total_bytes = ? where id = ?"
    call.world.store.execute(sql, [received, total, row["id"]])
    return received


def _size(call: Call) -> int:
    size = call.headers.get("file_size", "")
    if not size.isdigit() or int(size) == 0:
        raise _refused("ProcessingFailedError", "The header file_size is missing.", can_retry=False)
    return int(size)


def _refused(kind: str, message: str, *, can_retry: bool) -> Problem:
    told: dict[str, Any] = {"retriable": can_retry, "type": kind, "message": message}
    return Problem(Reply(400, {"debug_info": told}))
