"""The resumable upload, strictly: chunks of 256 KiB, in order, and a session that can always be asked how far it got
(https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol)."""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms.youtube import answers, fields, probe, requests, videos
from sandbox.platforms.youtube.identity import SLUG, is_verified
from sandbox.store import Row
from sandbox.world import World

UNIT = 256 * 1024
SESSION_SECONDS = 7 * 86400
MOST_BYTES = 274_877_906_944
BLOCK = 1 << 20
PATH = "/youtube/api/upload/youtube/v3/videos"
CHUNK = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
PROBE = re.compile(r"bytes \*/(\d+)")


@dataclass(frozen=True)
class Place:
    """What a request to a session says of its bytes; `first` None asks only."""

    first: int | None
    last: int
    total: int


def start(call: Call) -> Reply:
    """Words and rules are checked now; nothing exists yet but the session, whose address nobody can guess."""
    world, asked = call.world, requests.query(call)
    if asked.get("uploadType") != "resumable":
        raise answers.refused(400, "badRequest", "Only resumable uploads live here.", domain="global")
    named = requests.parts(call, (*videos.PARTS, *fields.WRITABLE))
    said = requests.body(call, fields.SCHEMA)
    fields.check_sections(call, said, named)
    values = dict(fields.PLAIN) | fields.snippet_of(said.get("snippet", {}), is_update=False)
    values |= fields.status_of(call, said.get("status", {}))
    mime, length = call.headers.get("x-upload-content-type", ""), call.headers.get("x-upload-content-length", "")
    if not mime.startswith("video/") and mime != "application/octet-stream":
        message = f"Media type '{mime}' is not supported. Valid media types: [video/*, application/octet-stream]"
        raise answers.refused(400, "badContent", message, domain="global")
    if length and (not length.isdigit() or not 0 < int(length) <= MOST_BYTES):
        raise answers.refused(413, "uploadTooLarge", "Request is too large.", domain="global")
    session = secrets.token_urlsafe(48)
    notifies = asked.get("notifySubscribers", "true") == "true"
    world.store.insert(
        "yt_session",
        {
            "id": session,
            "account_id": call.account.id,
            "client_id": call.actor.client_id if call.actor else "",
            "total": int(length) if length else None,
            "mime": mime,
            "fields": json.dumps(values | {"notify": notifies}),
            "created_at": world.clock.now(),
        },
    )
    address = f"{world.base_url}{PATH}?uploadType=resumable&upload_id={session}"
    headers = {"location": address, "x-guploader-uploadid": session}
    return Reply(200, None, headers, media_type="text/plain", effect={"session": session[:8]})


def name_of(call: Call) -> str:
    """For faults and the ledger: a question, a chunk, or the one that ends it."""
    try:
        place = _place(call, None)
    except Problem:
        return "upload_chunk"
    if place.first is None:
        return "upload_probe"
    return "upload_last" if place.last + 1 == place.total else "upload_chunk"


def receive(call: Call) -> Reply:
    """A chunk, or a question. 308 with how much is there, or the finished video."""
    row = _session(call)
    size = call.upload.file_size if call.upload else 0
    place = _place(call, size if row["total"] is None else row["total"])
    if row["total"] is not None and place.total != row["total"]:
        raise _bad("The total in Content-Range is not the X-Upload-Content-Length of the session.")
    if row["video_id"] is not None:
        if place.first is not None:
            raise _bad("The upload has ended already.")
        return videos.resource(call, row["video_id"])
    if place.first is None:
        return _incomplete(row["received"])
    if place.last - place.first + 1 != size:
        raise _bad("Content-Range and the body do not fit.")
    if place.first != row["received"]:
        raise _bad(f"The next byte must be {row['received']}.")
    if place.last + 1 < place.total and size % UNIT:
        raise _bad("A chunk must be a multiple of 262144 bytes.")
    return _take(call, row, place)


def keep_half(call: Call) -> None:
    """The client went away in the middle of a chunk: whole units of 256 KiB of it stay."""
    try:
        row = _session(call)
        place = _place(call, row["total"])
    except Problem:
        return
    if place.first == row["received"] and row["video_id"] is None:
        arrived = min(call.upload.file_size if call.upload else 0, place.total - 1)
        _append(call, row, arrived // UNIT * UNIT)


def _take(call: Call, row: Row, place: Place) -> Reply:
    world, size = call.world, place.last + 1 - row["received"]
    most = int(world.settings["youtube_commit_bytes"])
    received = _append(call, row, min(size, most) if most else size)
    if received < place.total:
        return _incomplete(received, {"session": row["id"][:8], "bytes": received})
    return _finish(call, row)


def _append(call: Call, row: Row, count: int) -> int:
    """Put the first bytes of the body at their place; how many are there now."""
    if call.upload is None or call.upload.file is None or count <= 0:
        return int(row["received"])
    target, left = blob(call.world, row["id"]), count
    with call.upload.file.open("rb") as source, target.open("r+b" if target.exists() else "w+b") as whole:
        whole.seek(row["received"])
        whole.truncate()
        while left and (block := source.read(min(BLOCK, left))):
            left -= whole.write(block)
    received = int(row["received"]) + count - left
    call.world.store.execute("update yt_session set received = ? where id = ?", [received, row["id"]])
    return received


def _finish(call: Call, row: Row) -> Reply:
    """The last byte came: now there is a video, and its processing begins."""
    world, values = call.world, json.loads(row["fields"])
    path = blob(world, row["id"])
    if world.settings["youtube_forced_private"]:
        values["privacy"] = "private"
    found = probe.look(path, is_verified=is_verified(call.account))
    digest, notify = _sha256(path), bool(values.pop("notify"))
    failure = "conversion" if world.settings["video_fails"] else found.failure
    rejection = (
        str(world.settings["youtube_rejection"]) or found.rejection or _duplicate(world, call.account.id, digest)
    )
    video_id, now = secrets.token_urlsafe(8), world.clock.now()
    world.store.insert(
        "yt_video",
        {
            "number": world.ids.next(),
            "id": video_id,
            "account_id": row["account_id"],
            "client_id": row["client_id"],
            "fields": json.dumps(values),
            "notify": int(notify),
            "mime": row["mime"],
            "size": path.stat().st_size,
            "sha256": digest,
            "width": found.width,
            "height": found.height,
            "duration_ms": found.duration_ms,
            "uploaded_at": now,
            "ready_at": now + world.settings["video_processing_seconds"],
            "failure": failure,
            "rejection": None if failure else rejection,
            "public_at": None if values["privacy"] == "private" else now,
        },
    )
    path.replace(videos.blob(world, video_id))
    world.store.execute("update yt_session set video_id = ? where id = ?", [video_id, row["id"]])
    return videos.resource(call, video_id, {"video_id": video_id, "size": row["total"], "privacy": values["privacy"]})


def _duplicate(world: World, account_id: str, digest: str) -> str | None:
    """Identical files are taken as new videos; now and then YouTube rejects one afterwards."""
    sql = "select 1 from yt_video where account_id = ? and sha256 = ? and deleted_at is null"
    is_twice = world.store.one(sql, [account_id, digest]) is not None
    return "duplicate" if is_twice and world.settings["youtube_rejects_duplicates"] else None


def _session(call: Call) -> Row:
    session = requests.query(call).get("upload_id", "")
    row = call.world.store.one("select * from yt_session where id = ?", [session])
    if row is None or row["account_id"] != call.account.id:
        raise Problem(Reply(404, b"Not Found", media_type="text/html"))
    if call.world.clock.now() > row["created_at"] + SESSION_SECONDS:
        raise Problem(Reply(410, b"Gone", media_type="text/html"))
    return row


def _place(call: Call, total: int | None) -> Place:
    said = call.headers.get("content-range", "")
    if asked := PROBE.fullmatch(said):
        return Place(None, -1, int(asked[1]))
    if found := CHUNK.fullmatch(said):
        first, last, whole = (int(one) for one in found.groups())
        if first <= last < whole:
            return Place(first, last, whole)
    if said or total is None:
        raise _bad("Failed to parse Content-Range header.")
    return Place(0, total - 1, total)


def _incomplete(received: int, effect: dict[str, Any] | None = None) -> Reply:
    """Without a range: nothing has arrived."""
    headers = {"range": f"bytes=0-{received - 1}"} if received else {}
    return Reply(308, None, headers, media_type="text/plain", effect=effect)


def _bad(message: str) -> Problem:
    return answers.refused(400, "badRequest", message, domain="global")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def blob(world: World, session: str) -> Path:
    return world.config.media(SLUG) / f"session-{session}"
