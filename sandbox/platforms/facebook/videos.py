"""Videos, reels and stories with a video: begun, uploaded, asked to be published, and then processed for a while.

https://developers.facebook.com/docs/video-api/guides/publishing and …/reels-publishing
"""

import asyncio
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook import accounts, posts, probe, pulls, uploads
from sandbox.platforms.facebook.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

SESSION_SECONDS = 24 * 3600
REELS_A_DAY = 30
DAY = 86400


@dataclass(frozen=True)
class Begun:
    """What makes a video: the file on disk and the words that go with it."""

    file: Path
    message: str
    title: str


# -- a video in one call -----------------------------------------------------------------------------


async def gather(call: Call) -> None:
    """Fetch the file from an address, or take the one of a finished upload; then look into it, off the event loop."""
    said = graph.params(call)
    handle = str(said.get("fbuploader_video_file_chunk", ""))
    if said.get("file_url"):
        await pulls.fetch(call, str(said["file_url"]), kind="video")
    file = uploads.file_of(call, handle) if handle else call.upload and call.upload.file
    if not file:
        raise graph.invalid("No video file given: send file_url, source or fbuploader_video_file_chunk.")
    call.notes["file"] = str(file)
    call.notes |= await asyncio.to_thread(_looked, file, "video")


def create(call: Call) -> Reply:
    """`POST /P/videos`: accepted at once, public when it is processed."""
    said = graph.params(call)
    if not graph.truth(said.get("published"), default=True):
        raise graph.invalid("The sandbox publishes videos at once only.")
    message = str(said.get("description", ""))
    video_id = _begin(call, "video", total=None)
    shutil.copyfile(call.notes["file"], blob(call.world, video_id))
    sql = "update fb_video set is_whole = 1, message = ?, title = ?, sha256 = ? where id = ?"
    call.world.store.execute(sql, [message, str(said.get("title", "")), call.notes["sha256"], video_id])
    row = _publish(call, video_id, call.notes["problem"])
    return Reply(200, {"id": str(video_id)}, effect=_effect(row))


# -- reels and stories: start, upload, finish -----------------------------------------------------------


async def look(call: Call) -> None:
    """Before a finish: is the file what it should be?"""
    said = graph.params(call)
    row = find(call.world, str(said.get("video_id", "")))
    if said.get("upload_phase") == "finish" and row is not None and row["is_whole"] and row["finished_at"] is None:
        call.notes |= await asyncio.to_thread(_looked, blob(call.world, row["id"]), row["kind"])


def reel(call: Call) -> Reply:
    return _phase(call, "reel")


def story(call: Call) -> Reply:
    return _phase(call, "story")


def phase_name(call: Call) -> str:
    kind = "reel" if call.path.endswith("video_reels") else "story"
    return f"{kind}_{graph.params(call).get('upload_phase', 'start')}"


def _phase(call: Call, kind: str) -> Reply:
    phase = graph.params(call).get("upload_phase")
    if phase == "start":
        return _start(call, kind)
    if phase == "finish":
        return _finish(call, kind)
    raise graph.invalid("upload_phase must be start or finish.")


def _start(call: Call, kind: str) -> Reply:
    video_id = _begin(call, kind, total=None)
    version = call.path_params["version"]
    url = f"{call.world.base_url}/facebook/api/rupload/video-upload/{version}/{video_id}"
    return Reply(200, {"video_id": str(video_id), "upload_url": url}, effect={"video_id": str(video_id)})


def _finish(call: Call, kind: str) -> Reply:
    said, world = graph.params(call), call.world
    row = own(call, str(said.get("video_id", "")), kind=kind)
    if row["finished_at"] is not None:
        return Reply(200, {"success": True})
    if is_expired(world, row):
        raise Problem(graph.error(6000, "The upload session has expired.", subcode=1363047, user="Upload it again."))
    if not row["is_whole"]:
        raise Problem(graph.error(6000, "There was a problem uploading your video file.", subcode=1363030))
    if kind == "reel":
        if said.get("video_state", "PUBLISHED") != "PUBLISHED":
            raise graph.invalid("The sandbox publishes reels at once only.")
        _check_reels_of_the_day(call)
    message = str(said.get("description", "")) if kind == "reel" else ""
    sql = "update fb_video set message = ?, title = ?, is_ai_generated = ?, sha256 = ? where id = ?"
    ai = int(graph.truth(said.get("is_ai_generated"), default=False))
    world.store.execute(sql, [message, str(said.get("title", "")), ai, call.notes["sha256"], row["id"]])
    row = _publish(call, row["id"], call.notes["problem"])
    body: dict[str, Any] = {"success": True}
    if kind == "story":
        body["post_id"] = str(row["post_id"] or row["id"])
    return Reply(200, body, effect=_effect(row))


def _check_reels_of_the_day(call: Call) -> None:
    since = call.world.clock.now() - DAY
    sql = "select count(*) from fb_video where page_id = ? and kind = 'reel' and finished_at > ?"
    if call.world.store.scalar(sql, [call.account.id, since]) >= REELS_A_DAY:
        raise Problem(graph.limit(32, owner=call.account.id, minutes=60))


# -- reading -----------------------------------------------------------------------------------------


def find(world: World, video_id: str) -> Row | None:
    if not video_id.isdigit() or len(video_id) > 19:
        return None
    return world.store.one("select * from fb_video where id = ? and deleted_at is null", [int(video_id)])


def own(call: Call, video_id: str, *, kind: str = "") -> Row:
    row = find(call.world, video_id)
    if row is None or row["page_id"] != call.account.id or (kind and row["kind"] != kind):
        raise graph.missing(video_id)
    return row


def read(call: Call, row: Row) -> Reply:
    return Reply(200, graph.chosen(described(call.world, row), graph.fields(call) or ["description", "updated_time"]))


def of_page(call: Call) -> Reply:
    """`/videos` has them all, `/video_reels` reels alone; only what is public is listed."""
    world = call.world
    kinds = ("reel",) if call.path.endswith("video_reels") else ("video", "reel")
    rows = [
        row
        for row in world.store.all(
            "select v.* from fb_video v join fb_post p on p.id = v.post_id where v.page_id = ? and v.deleted_at is null"
            " and p.deleted_at is null and p.visible_at <= ? order by v.id desc",
            [call.account.id, world.clock.now()],
        )
        if row["kind"] in kinds
    ]
    names = graph.fields(call) or ["description", "updated_time"]
    return accounts.paged(
        call, [graph.chosen(described(world, row), names) for row in accounts.window(call, rows)], rows
    )


def described(world: World, row: Row) -> dict[str, Any]:
    is_public = _is_public(world, row)
    is_named = is_public and world.clock.now() >= row["ready_at"] + world.settings["facebook_post_id_delay_seconds"]
    name = world.accounts.get(SLUG, row["page_id"])
    folder = "reel" if row["kind"] == "reel" else f"{name.username if name else row['page_id']}/videos"
    return {
        "id": str(row["id"]),
        "description": row["message"] or None,
        "title": row["title"] or None,
        "created_time": posts.iso(row["finished_at"] or row["begun_at"]),
        "updated_time": posts.iso(row["ready_at"] or row["begun_at"]),
        "published": is_public,
        "post_id": str(row["post_id"]) if is_named and row["post_id"] else None,
        # A path without a host, as Facebook has it here.
        "permalink_url": f"/{folder}/{row['id']}/" if is_public else None,
        "status": status(world, row),
    }


def status(world: World, row: Row) -> dict[str, Any]:
    uploading = {"status": "complete" if row["is_whole"] else "in_progress", "bytes_transfered": row["received"]}
    processing: dict[str, Any] = {"status": "not_started"}
    publishing: dict[str, Any] = {"status": "not_started", "publish_status": "draft"}
    overall = "upload_complete" if row["is_whole"] else "processing"
    if row["finished_at"] is None:
        overall = "expired" if is_expired(world, row) else overall
    elif world.clock.now() < row["ready_at"]:
        overall, processing = "processing", {"status": "in_progress"}
    elif row["failure"]:
        overall = "error"
        processing = {"status": "error", "errors": [{"code": 1363008, "message": row["failure"]}]}
    else:
        overall, processing = "ready", {"status": "complete"}
        publishing = {
            "status": "complete",
            "publish_status": "published",
            "publish_time": posts.iso(row["ready_at"]),
        }
    return {
        "video_status": overall,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }


def is_expired(world: World, row: Row) -> bool:
    return row["finished_at"] is None and world.clock.now() > row["begun_at"] + SESSION_SECONDS


def remove(world: World, row: Row) -> None:
    world.store.execute("update fb_video set deleted_at = ? where id = ?", [world.clock.now(), row["id"]])
    if row["post_id"]:
        posts.remove(world, row["post_id"])


def blob(world: World, video_id: int) -> Path:
    return world.config.media(SLUG) / f"video-{video_id}"


def _is_public(world: World, row: Row) -> bool:
    return row["ready_at"] is not None and world.clock.now() >= row["ready_at"] and not row["failure"]


def _begin(call: Call, kind: str, *, total: int | None) -> int:
    world = call.world
    video_id = world.ids.next()
    values = {
        "id": video_id,
        "page_id": call.account.id,
        "kind": kind,
        "begun_at": world.clock.now(),
        "total_bytes": total,
    }
    world.store.insert("fb_video", values)
    return video_id


def _publish(call: Call, video_id: int, problem: str | None) -> Row:
    """From here on it goes public by itself, unless processing finds that it cannot."""
    world, now = call.world, call.world.clock.now()
    ready_at = now + world.settings["video_processing_seconds"]
    failure = "Your video could not be processed." if world.settings["video_fails"] else problem
    row = find(world, str(video_id))
    assert row is not None  # noqa: S101 - begun before
    post_id = None
    if failure is None:
        kind = "story" if row["kind"] == "story" else row["kind"]
        post_id = posts.insert(call, kind=kind, message=row["message"], video_id=video_id, public_at=ready_at)["id"]
    world.store.execute(
        "update fb_video set finished_at = ?, ready_at = ?, failure = ?, post_id = ? where id = ?",
        [now, ready_at, failure, post_id, video_id],
    )
    row = find(world, str(video_id))
    assert row is not None  # noqa: S101
    return row


def _effect(row: Row) -> dict[str, Any]:
    return {
        "video_id": str(row["id"]),
        "post_id": f"{row['page_id']}_{row['post_id']}" if row["post_id"] else None,
        "kind": row["kind"],
        "text_sha256": hashlib.sha256(row["message"].encode()).hexdigest(),
    }


def _looked(file: Path, kind: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return {"sha256": digest.hexdigest(), "problem": probe.problem(file, kind)}
