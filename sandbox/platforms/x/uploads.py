"""Media uploads: one-shot, chunked, status and metadata (https://docs.x.com/x-api/media/introduction)."""

import asyncio
import base64
import binascii
import hashlib
import json
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sandbox.calls import Call, Problem, Reply, Upload
from sandbox.platforms.x import media, problems
from sandbox.platforms.x.files import MAX_GIF, MAX_IMAGE, MAX_SEGMENT, MAX_VIDEO, Probe, kind_of, probe
from sandbox.platforms.x.requests import check, json_body, query
from sandbox.platforms.x.schemas import APPEND_UPLOAD, INITIALIZE_UPLOAD, MEDIA_METADATA, ONE_SHOT_UPLOAD
from sandbox.store import Row
from sandbox.world import World

DEFAULT_CATEGORY = {"image/gif": "tweet_gif", "image": "tweet_image", "video": "tweet_video", "text": "subtitles"}
TOO_LARGE = Reply(
    413, {"title": "Payload Too Large", "type": "about:blank", "status": 413, "detail": "Payload Too Large"}
)


async def receive_part(call: Call) -> None:
    """Bring the JSON form (base64) of a part into the shape of the multipart form."""
    if call.upload is not None:
        return
    try:
        body = json.loads(call.body)
        content = base64.b64decode(body["media"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise problems.invalid("$.media: is missing but it is required") from None
    with tempfile.NamedTemporaryFile(dir=call.world.config.spool, delete=False) as file:
        size = file.write(content)
    fields = {name: value for name, value in body.items() if name != "media"}
    call.upload = Upload(fields, Path(file.name), size)


def initialize(call: Call) -> Reply:
    body = json_body(call, INITIALIZE_UPLOAD)
    for name in ("media_type", "total_bytes"):
        if name not in body:
            raise problems.invalid(f"$.{name}: is missing but it is required", {f"$.{name}": [""]})
    media_type, total = body["media_type"], body["total_bytes"]
    top = media_type.partition("/")[0]
    category = (
        body.get("media_category") or DEFAULT_CATEGORY.get(media_type) or DEFAULT_CATEGORY.get(top, "tweet_image")
    )
    if not _agree(category, media_type):
        raise problems.invalid(f"media_category {category} does not fit media_type {media_type}.")
    if not 0 < total <= _size_limit(call, category):
        raise problems.invalid(f"File size exceeds {_size_limit(call, category)} bytes.", {"total_bytes": [str(total)]})
    row = _add(call, category, media_type, total_bytes=total, owners=body.get("additional_owners", []))
    data = {"id": str(row["id"]), "media_key": media.media_key(row), "expires_after_secs": media.LIFETIME}
    return Reply(200, {"data": data}, effect={"media_id": str(row["id"])})


def append(call: Call) -> Reply:
    """Segments may come in any order and again; each is at most 5 MB."""
    row = _own_media(call, call.path_params["id"])
    upload = call.upload
    if upload is None or upload.file is None:
        raise problems.invalid("$.media: is missing but it is required")
    fields: dict[str, Any] = {**upload.fields, "media": ""}
    if "segment_index" in fields:
        fields["segment_index"] = _integer(fields["segment_index"])
    check(fields, APPEND_UPLOAD)
    if upload.file_size > MAX_SEGMENT:
        raise Problem(TOO_LARGE)
    if row["state"] != "uploading":
        raise problems.invalid("The upload has already been finalized.")
    position = fields["segment_index"]
    upload.file.replace(_segment(call.world, row["id"], position))
    call.world.store.execute(
        "insert or replace into x_segment values (?, ?, ?)", [row["id"], position, upload.file_size]
    )
    data = {"expires_at": int(call.world.clock.wall(row["created_at"] + media.LIFETIME))}
    return Reply(200, {"data": data}, effect={"media_id": str(row["id"]), "segment_index": position})


async def assemble(call: Call) -> None:
    """Join the segments on disk and look at the result, off the event loop: videos are large."""
    row = _own_media(call, call.path_params["id"])
    if row["state"] != "uploading":
        return
    segments = call.world.store.all("select * from x_segment where media_id = ? order by position", [row["id"]])
    if [segment["position"] for segment in segments] != list(range(len(segments))) or not segments:
        raise problems.invalid("Segments do not add up to the media file: a segment is missing.")
    size = sum(segment["size"] for segment in segments)
    if size != row["total_bytes"]:
        raise problems.invalid(f"Segments do not add up to provided total file size: {size} of {row['total_bytes']}.")
    parts = [_segment(call.world, row["id"], segment["position"]) for segment in segments]
    call.notes |= await asyncio.to_thread(_joined, parts, media.blob(call.world, row["id"]), row)


def finalize(call: Call) -> Reply:
    row = _own_media(call, call.path_params["id"])
    # Finalizing again is harmless: a client that lost the first answer gets it now.
    if row["state"] == "uploading":
        _accept(call.world, row, Probe(**call.notes["probe"]), call.notes["size"], call.notes["sha256"])
        for segment in folder_segments(call.world, row["id"]):
            segment.unlink(missing_ok=True)
    return _described(call.world, row["id"], effect={"media_id": str(row["id"])})


def upload_at_once(call: Call) -> Reply:
    """One request for an image or GIF."""
    upload = call.upload
    if upload is None or upload.file is None:
        raise problems.invalid("$.media: is missing but it is required")
    check({**upload.fields, "media": ""}, ONE_SHOT_UPLOAD)
    category = upload.fields["media_category"]
    if kind_of(category) not in ("image", "gif"):
        raise problems.invalid(f"Use the chunked upload for media_category {category}.")
    if upload.file_size > _size_limit(call, category):
        raise Problem(TOO_LARGE)
    found = probe(upload.file, category, None)
    owners = [owner for owner in upload.fields.get("additional_owners", "").split(",") if owner]
    row = _add(call, category, found.media_type, total_bytes=upload.file_size, owners=owners)
    sha256 = hashlib.sha256(upload.file.read_bytes()).hexdigest()
    upload.file.replace(media.blob(call.world, row["id"]))
    _accept(call.world, row, found, upload.file_size, sha256)
    return _described(call.world, row["id"], effect={"media_id": str(row["id"])})


def status(call: Call) -> Reply:
    asked = query(call, ("command", "media_id"))
    if asked.get("command", "STATUS") != "STATUS" or "media_id" not in asked:
        raise problems.invalid("The query parameters must be command=STATUS and media_id.")
    return _described(call.world, _own_media(call, asked["media_id"])["id"])


def describe(call: Call) -> Reply:
    """Alt text (https://docs.x.com/x-api/media/create-media-metadata)."""
    body = json_body(call, MEDIA_METADATA)
    row = _own_media(call, body["id"])
    metadata = body.get("metadata", {})
    if "alt_text" in metadata:
        alt_text = metadata["alt_text"]["text"]
        call.world.store.execute("update x_media set alt_text = ? where id = ?", [alt_text, row["id"]])
    data = {"id": body["id"], "associated_metadata": metadata}
    return Reply(200, {"data": data}, effect={"media_id": body["id"]})


def folder_segments(world: World, media_id: int) -> list[Path]:
    return list(media.folder(world, media_id).glob("segment-*"))


def _own_media(call: Call, media_id: str) -> Row:
    row = media.find(call.world, int(media_id)) if media_id.isdigit() and len(media_id) < 20 else None
    if row is None or not media.is_owned(row, call.account) or media.expires_after(call.world, row) == 0:
        raise problems.missing("media", "id", media_id)
    return row


def _integer(value: Any) -> Any:
    """Form fields are text; what is no number is left for the schema to refuse."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _agree(category: str, media_type: str) -> bool:
    kind, top = kind_of(category), media_type.partition("/")[0]
    return {"image": top == "image", "gif": media_type == "image/gif", "video": top == "video"}.get(kind, top == "text")


def _size_limit(call: Call, category: str) -> int:
    return {"image": MAX_IMAGE, "gif": MAX_GIF, "video": MAX_VIDEO[call.account.tier]}.get(kind_of(category), MAX_IMAGE)


def _segment(world: World, media_id: int, position: int) -> Path:
    return media.folder(world, media_id) / f"segment-{position:04}"


def _add(call: Call, category: str, media_type: str | None, *, total_bytes: int, owners: list[str]) -> Row:
    world = call.world
    media_id = world.ids.next()
    media.folder(world, media_id).mkdir(parents=True, exist_ok=True)
    values = {
        "id": media_id,
        "account_id": call.account.id,
        "category": category,
        "media_type": media_type,
        "total_bytes": total_bytes,
        "state": "uploading",
        "created_at": world.clock.now(),
        "owners": json.dumps(owners),
    }
    world.store.insert("x_media", values)
    row = media.find(world, media_id)
    assert row is not None  # noqa: S101 - inserted in this transaction
    return row


def _joined(parts: list[Path], target: Path, row: Row) -> dict[str, Any]:
    digest = hashlib.sha256()
    # A retry may join the same segments at the same time; only whole files get the final name.
    draft = target.with_name(f"draft-{secrets.token_hex(4)}")
    with draft.open("wb") as joined:
        for part in parts:
            content = part.read_bytes()
            digest.update(content)
            joined.write(content)
    draft.replace(target)
    found = probe(target, row["category"], row["media_type"])
    return {"probe": found.as_json(), "size": target.stat().st_size, "sha256": digest.hexdigest()}


def _accept(world: World, row: Row, found: Probe, size: int, sha256: str) -> None:
    """Images are judged at once; videos and GIFs are accepted and judged when their processing ends."""
    is_processed = kind_of(row["category"]) in ("video", "gif")
    if found.problem and not is_processed:
        shutil.rmtree(media.folder(world, row["id"]), ignore_errors=True)
        raise problems.invalid("media type unrecognized.", {"media": [found.problem]})
    failure = "Internal error while processing the media" if world.settings["video_fails"] else found.problem
    world.store.execute(
        "update x_media set state = ?, finalized_at = ?, processing_seconds = ?, failure = ?, size = ?, width = ?,"
        " height = ?, duration_ms = ?, sha256 = ?, media_type = coalesce(?, media_type) where id = ?",
        [
            "processing" if is_processed else "ready",
            world.clock.now(),
            world.settings["video_processing_seconds"] if is_processed else 0,
            failure if is_processed else None,
            *(size, found.width, found.height, found.duration_ms, sha256, found.media_type),
            row["id"],
        ],
    )


def _described(world: World, media_id: int, effect: dict[str, Any] | None = None) -> Reply:
    row = media.find(world, media_id)
    assert row is not None  # noqa: S101 - found or made by the caller
    data: dict[str, Any] = {
        "id": str(media_id),
        "media_key": media.media_key(row),
        "expires_after_secs": media.expires_after(world, row),
    }
    if row["state"] != "uploading":
        data["size"] = row["size"]
        if media.is_photo(row):
            data["image"] = {"image_type": row["media_type"], "w": row["width"], "h": row["height"]}
        elif kind_of(row["category"]) == "video":
            data["video"] = {"video_type": row["media_type"]}
    if info := media.processing(world, row):
        data["processing_info"] = info
    return Reply(200, {"data": data}, effect=effect)
