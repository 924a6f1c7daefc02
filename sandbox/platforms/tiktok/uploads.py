"""The upload host: chunks in strict order at a secret address; with the last one posting begins.

https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

import re
import shutil
from pathlib import Path

from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.platforms.tiktok import identity, probe, tasks
from sandbox.platforms.tiktok.posts import URL_SECONDS
from sandbox.store import Row

RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm"})


def operation(call: Call) -> str:
    """The last chunk is the one that publishes."""
    found = RANGE.fullmatch(call.headers.get("content-range", ""))
    return "last_chunk" if found and int(found[2]) + 1 == int(found[3]) else "chunk"


def identify(call: Call) -> Actor:
    """No token: whoever knows the address may use it, for an hour."""
    row = _row(call)
    if call.world.clock.now() > row["begun_at"] + URL_SECONDS:
        raise _problem(403, "The upload address has expired.")
    owner = identity.account(call.world, row["account_id"])
    return Actor(owner, row["client_id"], row["consent_id"] or 0, ())


def receive(call: Call) -> Reply:
    """One chunk: exactly the next one, of exactly its size."""
    world, row = call.world, _row(call)
    if world.clock.now() > row["begun_at"] + URL_SECONDS or tasks.standing(world, row)[0] == tasks.FAILED:
        raise _problem(403, "The upload address has expired.")
    first, last = _span(call, row)
    if row["whole_at"] is not None or first != row["received"]:
        raise _problem(416, "The range does not match the progress.", _headers(row["received"], row["size"]))
    index = first // row["chunk_size"]
    is_last = index >= row["chunks"] - 1
    if last + 1 != (row["size"] if is_last else (index + 1) * row["chunk_size"]):
        raise _problem(400, "The chunk is not of the size that was agreed on.")
    assert call.upload is not None and call.upload.file is not None  # noqa: S101, PT018 - the body goes to disk
    _append(call.upload.file, tasks.blob(world, row["id"]), first)
    world.store.execute("update tt_post set received = ? where id = ?", [last + 1, row["id"]])
    headers = _headers(last + 1, row["size"])
    effect = {"publish_id": row["publish_id"], "bytes": last + 1 - first}
    if not is_last:
        return Reply(206, headers=headers, effect=effect)
    _publish(call, row)
    return Reply(201, headers=headers, effect=effect | {"post_id": str(row["id"])})


def _publish(call: Call, row: Row) -> None:
    found = probe.video(tasks.blob(call.world, row["id"]))
    creator = identity.creator(call.world, row["account_id"])
    failure = found.problem
    if failure is None and found.duration_ms / 1000 > creator["max_seconds"] + 0.5:
        failure = "duration_check_failed"
    call.world.store.execute(
        "update tt_post set width = ?, height = ?, duration_ms = ?, media_type = ? where id = ?",
        [found.width, found.height, found.duration_ms, call.headers.get("content-type"), row["id"]],
    )
    tasks.made_whole(call, row["id"], failure=failure)


def _row(call: Call) -> Row:
    asked = dict(call.query)
    row = None
    if asked.get("upload_id", "").isdigit() and len(asked["upload_id"]) < 20:
        row = call.world.store.one(
            "select * from tt_post where id = ? and upload_token = ?",
            [int(asked["upload_id"]), asked.get("upload_token")],
        )
    if row is None:
        raise _problem(404, "There is no such task.")
    return row


def _span(call: Call, row: Row) -> tuple[int, int]:
    found = RANGE.fullmatch(call.headers.get("content-range", ""))
    if found is None or call.headers.get("content-type", "") not in TYPES:
        raise _problem(400, "Content-Range or Content-Type is wrong.")
    first, last, total = int(found[1]), int(found[2]), int(found[3])
    length = call.upload.file_size if call.upload else 0
    if total != row["size"] or last + 1 - first != length or call.headers.get("content-length") != str(length):
        raise _problem(400, "The length does not match the range.")
    return first, last


def _append(source: Path, target: Path, offset: int) -> None:
    target.touch()
    with source.open("rb") as chunk, target.open("r+b") as whole:
        whole.seek(offset)
        shutil.copyfileobj(chunk, whole, 1 << 20)
        whole.truncate()


def _headers(received: int, size: int) -> dict[str, str]:
    return {"content-range": f"bytes 0-{received}/{size}"}


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Problem:
    return Problem(Reply(status, {"message": message}, headers or {}))
