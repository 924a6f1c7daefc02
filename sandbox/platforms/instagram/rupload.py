"""Resumable uploads: containers that are made without an address and filled at the upload host, from the offset that is
reached (https://developers.facebook.com/docs/instagram-platform/content-publishing/resumable-uploads)."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.calls import Call, Problem, Reply
from sandbox.faults import Fault
from sandbox.platforms import containers, pulls
from sandbox.platforms.facebook.uploads import append
from sandbox.platforms.instagram.identity import SLUG
from sandbox.platforms.instagram.words import failure
from sandbox.store import Row
from sandbox.world import World

NEVER = float("inf")  # when a container is ready whose bytes have not come


def begin(call: Call, container_id: int, *, seconds: float) -> str:
    """The container waits for its bytes; where they go. `seconds` are for what is done with them afterwards."""
    values = {"container_id": container_id, "seconds": seconds}
    call.world.store.insert("ig_upload", values)
    version = call.path_params["version"]
    return f"{call.world.base_url}/instagram/api/facebook/rupload/ig-api-upload/{version}/{container_id}"


def find(world: World, container_id: int) -> Row | None:
    return world.store.one("select * from ig_upload where container_id = ?", [container_id])


def video_status(world: World, container: Row) -> dict[str, Any] | None:
    """How far it is; None for a container whose file was fetched."""
    row = find(world, container["id"])
    if row is None:
        return None
    uploading = "complete" if row["is_whole"] else "in_progress" if row["received"] else "not_started"
    state = containers.status(world, container)
    processing = {containers.ERROR: "error", containers.FINISHED: "complete", containers.PUBLISHED: "complete"}
    return {
        # This is how Meta spells it.
        "uploading_phase": {"status": uploading, "bytes_transfered": row["received"]},
        "processing_phase": {
            "status": processing.get(state, "in_progress" if row["is_whole"] else "not_started"),
        },
    }


def looking(look: Callable[[Path, int, str], int | None]) -> Callable[[Call], Any]:
    """Before anything is decided: fetch what a header names, and look into a file that becomes whole, off the event loop."""

    async def prepare(call: Call) -> None:
        if address := call.headers.get("file_url"):
            if call.upload and call.upload.file:
                call.upload.file.unlink(missing_ok=True)
            try:
                await pulls.bring(call, address, kind="video")
            except pulls.Unfetchable as error:
                raise _refused("ProcessingFailedError", str(error), can_retry=False) from None
            call.notes["fetched"] = True
        container, row = _session(call)
        upload = call.upload
        if upload is None or upload.file is None or row["received"] + upload.file_size != _total(call):
            return
        call.notes["wrong"] = await asyncio.to_thread(_looked, call, container, row, look)

    return prepare


def _looked(call: Call, container: Row, row: Row, look: Callable[[Path, int, str], int | None]) -> int | None:
    upload = call.upload
    assert upload is not None and upload.file is not None  # noqa: S101, PT018 - asked by the caller
    whole = call.world.config.spool / f"looking-{row['container_id']}"
    try:
        with whole.open("wb") as target:
            before = containers.blob(call.world, SLUG, row["container_id"])
            for part in ([before] if row["received"] else []) + [upload.file]:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target)
        return look(whole, whole.stat().st_size, container["kind"])
    finally:
        whole.unlink(missing_ok=True)


def receive(call: Call) -> Reply:
    """Bytes from an offset on; the answer is in the upload host's own form."""
    container, row = _session(call)
    total = _total(call)
    received = _take(call, row)
    effect = {"container_id": str(row["container_id"]), "bytes": received}
    if received > total:
        raise _refused("ProcessingFailedError", "More bytes than file_size.", can_retry=False)
    if received < total:
        reply = _refused("PartialRequestError", "Partial request (did not match length of file)", can_retry=True).reply
        # What came is kept, so this refusal may not be rolled back.
        return replace(reply, effect=effect)
    _complete(call, container, row)
    return Reply(200, {"success": True, "message": "Upload successful."}, effect=effect)


def keep_half(call: Call) -> None:
    """The client went away in the middle: what came stays."""
    try:
        _take(call, _session(call)[1])
    except Problem:
        return


def fault_reply(fault: Fault) -> Reply:
    """A refusal in the upload host's form; `type`, `retriable`, `message` and `status` may be said."""
    told = fault.params
    info = {
        "retriable": bool(told.get("retriable", False)),
        "type": str(told.get("type", "ProcessingFailedError")),
        "message": str(told.get("message", "Request processing failed")),
    }
    return Reply(int(told.get("status", 400)), {"debug_info": info})


def _session(call: Call) -> tuple[Row, Row]:
    container = containers.own(call, call.path_params["id"])
    row = find(call.world, container["id"]) if container is not None else None
    if container is None or row is None:
        raise _refused("NotAuthorizedError", "User not authorized to perform this request", can_retry=False)
    if row["is_whole"] or containers.status(call.world, container) != containers.IN_PROGRESS:
        raise _refused("ProcessingFailedError", "The upload session is closed.", can_retry=False)
    return container, row


def _take(call: Call, row: Row) -> int:
    offset = "0" if call.notes.get("fetched") else call.headers.get("offset", "")
    if offset != str(row["received"]):
        raise _refused("OffsetInvalidError", f"Request offset must be {row['received']}", can_retry=True)
    file = containers.blob(call.world, SLUG, row["container_id"])
    received: int = row["received"] + append(call, file, row["received"])
    call.world.store.execute(
        "update ig_upload set received = ? where container_id = ?", [received, row["container_id"]]
    )
    return received


def _total(call: Call) -> int:
    if call.notes.get("fetched") and call.upload:
        return call.upload.file_size
    size = call.headers.get("file_size", "")
    if not size.isdigit() or int(size) == 0:
        raise _refused("ProcessingFailedError", "The header file_size is missing.", can_retry=False)
    return int(size)


def _complete(call: Call, container: Row, row: Row) -> None:
    """From now on it is as if it had been fetched."""
    world = call.world
    file = containers.blob(world, SLUG, container["id"])
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    # A failure that was forced stands in the container since it was made.
    wrong: int | None = call.notes.get("wrong")
    words = container["failure"] or (failure(wrong) if wrong else None)
    world.store.execute(
        "update meta_container set ready_at = ?, failure = ?, media_type = 'video/mp4', size = ?, sha256 = ? where id = ?",
        [world.clock.now() + row["seconds"], words, file.stat().st_size, digest, container["id"]],
    )
    world.store.execute("update ig_upload set is_whole = 1 where container_id = ?", [container["id"]])


def _refused(kind: str, message: str, *, can_retry: bool) -> Problem:
    told: dict[str, Any] = {"retriable": can_retry, "type": kind, "message": message}
    return Problem(Reply(400, {"debug_info": told}))
