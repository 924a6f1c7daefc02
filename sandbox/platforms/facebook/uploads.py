"""The resumable upload of the Graph API (https://developers.facebook.com/docs/graph-api/guides/upload)."""

import secrets
from pathlib import Path

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

TYPES = frozenset({"application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"})
SESSION_SECONDS = 24 * 3600
BLOCK = 1 << 20


# -- the resumable upload ----------------------------------------------------------------------------


def start(call: Call) -> Reply:
    said, world = graph.params(call), call.world
    if call.path_params["id"] != (call.actor.client_id if call.actor else ""):
        raise graph.missing(call.path_params["id"])
    length = str(said.get("file_length", ""))
    if not length.isdigit() or int(length) == 0 or said.get("file_type") not in TYPES:
        raise graph.invalid("file_length and file_type are required.")
    session = secrets.token_urlsafe(24)
    values = {
        "id": session,
        "owner_id": call.account.id,
        "file_type": said["file_type"],
        "file_length": int(length),
        "created_at": world.clock.now(),
    }
    world.store.insert("fb_upload", values)
    return Reply(200, {"id": f"upload:{session}?sig={session[:8]}"}, effect={"session": session})


def status(call: Call) -> Reply:
    row = _session(call)
    return Reply(200, {"id": f"upload:{row['id']}?sig={row['id'][:8]}", "file_offset": row["received"]})


def receive(call: Call) -> Reply:
    row, world = _session(call), call.world
    if not call.headers.get("authorization", "").lower().startswith("oauth "):
        raise Problem(graph.error(104, "The access token must be in the Authorization header."))
    received = _take(call, row)
    if received > row["file_length"]:
        raise graph.invalid("More bytes than file_length.")
    if received < row["file_length"]:
        return Reply(200, {"id": f"upload:{row['id']}", "file_offset": received}, effect={"bytes": received})
    handle = f"2:{secrets.token_urlsafe(48)}"
    world.store.execute("update fb_upload set handle = ? where id = ?", [handle, row["id"]])
    return Reply(200, {"h": handle}, effect={"session": row["id"], "bytes": received})


def keep_half(call: Call) -> None:
    """The client went away in the middle: what came stays."""
    try:
        _take(call, _session(call))
    except Problem:
        return


def file_of(call: Call, handle: str) -> Path:
    """The file behind a handle. Raises 100 for one that is not known, or no longer."""
    row = call.world.store.one("select * from fb_upload where handle = ?", [handle])
    if row is None or row["owner_id"] != call.account.id or _is_over(call.world, row):
        raise graph.invalid("The upload handle is invalid or has expired.", subcode=1363030)
    return _blob(call.world, row["id"])


def _session(call: Call) -> Row:
    session = call.path_params["session"]
    row = call.world.store.one("select * from fb_upload where id = ?", [session])
    said = dict(call.query).get("sig")
    if row is None or row["owner_id"] != call.account.id or said != session[:8] or _is_over(call.world, row):
        raise graph.missing(f"upload:{session}")
    return row


def _is_over(world: World, row: Row) -> bool:
    return bool(world.clock.now() > row["created_at"] + SESSION_SECONDS)


def _take(call: Call, row: Row) -> int:
    offset = call.headers.get("file_offset", "0")
    if offset != str(row["received"]):
        raise graph.invalid(f"file_offset must be {row['received']}.")
    received: int = row["received"] + append(call, _blob(call.world, row["id"]), row["received"])
    call.world.store.execute("update fb_upload set received = ? where id = ?", [received, row["id"]])
    return received


def _blob(world: World, session: str) -> Path:
    return world.config.media(SLUG) / f"upload-{session}"


def append(call: Call, target: Path, offset: int) -> int:
    """Put the body at its place; how many bytes it was."""
    upload = call.upload
    if upload is None or upload.file is None:
        return 0
    with upload.file.open("rb") as source, target.open("r+b" if target.exists() else "w+b") as whole:
        whole.seek(offset)
        whole.truncate()
        while chunk := source.read(BLOCK):
            whole.write(chunk)
    return upload.file_size
