"""Images, documents and videos: begun, filled, processed
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, …/documents-api, …/videos-api)."""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox.calls import Actor, Call, Reply
from sandbox.platforms.linkedin import errors, identity
from sandbox.platforms.linkedin.identity import PERSON, SLUG
from sandbox.store import Row
from sandbox.world import World

KINDS = {"images": "image", "documents": "document", "videos": "video"}
URL_SECONDS = 24 * 3600
BLOCK = 1 << 20
PIXELS = 36_152_320
SMALLEST_VIDEO = 75 * 1024
READERS = ("w_organization_social", "r_organization_social")


# -- beginning ---------------------------------------------------------------------------------------


def action_name(call: Call) -> str:
    action = dict(call.query).get("action", "")
    kind = KINDS[_folder(call)]
    return {"initializeUpload": f"{kind}_start", "finalizeUpload": f"{kind}_finish"}.get(action, call.operation)


def act(call: Call) -> Reply:
    """POST on the collection: the action says what."""
    action = dict(call.query).get("action", "")
    if action == "initializeUpload":
        return _begin(call, KINDS[_folder(call)])
    if action == "finalizeUpload" and _folder(call) == "videos":
        return _finalize(call)
    raise errors.bad_input("/action", f"Unknown action {action}", code="INVALID_ACTION")


def _begin(call: Call, kind: str) -> Reply:
    asked = _request(call, "initializeUploadRequest")
    owner = str(asked.get("owner", ""))
    identity.may_act_for(call, owner)
    size = asked.get("fileSizeBytes", 0)
    if kind == "video" and (not isinstance(size, int) or size <= 0):
        raise errors.bad_input(
            "/initializeUploadRequest/fileSizeBytes", "fileSizeBytes is required", code="MISSING_FIELD"
        )
    world = call.world
    urn = f"urn:li:{kind}:D4E10AQ{secrets.token_urlsafe(12)}"
    row = {
        "urn": urn,
        "kind": kind,
        "owner": owner,
        "begun_at": world.clock.now(),
        "ends_at": world.clock.now() + URL_SECONDS,
        "secret": secrets.token_urlsafe(24),
        "size": size if kind == "video" else 0,
    }
    world.store.insert("li_asset", row)
    root, ends = f"{world.base_url}/linkedin/api/dms-uploads/{row['secret']}", int(row["ends_at"] * 1000)
    if kind != "video":
        return Reply(200, {"value": {"uploadUrlExpiresAt": ends, "uploadUrl": root, kind: urn}}, effect={"asset": urn})
    part = world.settings["linkedin_part_bytes"]
    instructions = [
        {"uploadUrl": f"{root}/{number}", "firstByte": first, "lastByte": min(first + part, size) - 1}
        for number, first in enumerate(range(0, size, part))
    ]
    value = {"uploadUrlsExpireAt": ends, "video": urn, "uploadInstructions": instructions, "uploadToken": ""}
    return Reply(200, {"value": value}, effect={"asset": urn})


# -- bytes -------------------------------------------------------------------------------------------


def anybody(call: Call) -> Actor | None:
    """Parts of videos come without a token, and with one they are refused."""
    if "authorization" in call.headers:
        raise errors.unauthorized(65600, "INVALID_ACCESS_TOKEN", "Authorization is not accepted here")
    return None


def receive(call: Call) -> Reply:
    """The whole of an image or document at once."""
    row, world = _by_secret(call), call.world
    if row["kind"] == "video" or call.upload is None or call.upload.file is None:
        raise errors.problem(400, "BAD_REQUEST", "This address takes parts of a video.")
    identity.may_act_for(call, row["owner"])
    target = blob(world, row["urn"])
    digest = _append(call.upload.file, target, 0)
    media_type, width, height, failure = _look(target, row["kind"], call.upload.file_size)
    if world.settings["linkedin_asset_fails"]:
        failure = "The asset could not be processed"
    ready_at = world.clock.now() + world.settings["linkedin_asset_seconds"]
    world.store.execute(
        "update li_asset set size = ?, ready_at = ?, failure = ?, media_type = ?, width = ?, height = ?, sha256 = ?"
        " where urn = ?",
        [call.upload.file_size, ready_at, failure, media_type, width, height, digest, row["urn"]],
    )
    return Reply(201, None, effect={"asset": row["urn"], "bytes": call.upload.file_size})


def receive_part(call: Call) -> Reply:
    """One part of a video, of exactly its length; the answer's ETag is wanted at the end."""
    row, world, number = _by_secret(call), call.world, int(call.path_params["number"])
    part = world.settings["linkedin_part_bytes"]
    first = number * part
    length = min(part, row["size"] - first)
    size = call.upload.file_size if call.upload else 0
    if row["kind"] != "video" or length <= 0 or size != length or call.upload is None or call.upload.file is None:
        raise errors.problem(400, "BAD_REQUEST", f"Expected {max(length, 0)} bytes, received {size}.")
    etag = _append(call.upload.file, blob(world, row["urn"]), first)[:32]
    parts = json.loads(row["parts"]) | {str(number): etag}
    world.store.execute("update li_asset set parts = ? where urn = ?", [json.dumps(parts), row["urn"]])
    return Reply(200, None, headers={"etag": f'"{etag}"'}, effect={"asset": row["urn"], "part": number})


def _finalize(call: Call) -> Reply:
    asked = _request(call, "finalizeUploadRequest")
    row, world = find(call.world, str(asked.get("video", ""))), call.world
    if row is None or row["kind"] != "video":
        raise errors.bad_input("/finalizeUploadRequest/video", "The video is not known", code="INVALID_VIDEO_ID")
    identity.may_act_for(call, row["owner"])
    parts = json.loads(row["parts"])
    whole = -(-row["size"] // world.settings["linkedin_part_bytes"])
    wanted = [parts.get(str(number)) for number in range(whole)]
    if asked.get("uploadToken") != row["token"] or None in wanted or asked.get("uploadedPartIds") != wanted:
        raise errors.bad_input(
            "/finalizeUploadRequest/uploadedPartIds", "Part ids are missing or not in order", code="INVALID_PART_IDS"
        )
    if row["ready_at"] is not None:
        raise errors.problem(400, "BAD_REQUEST", "The upload has already been finalized.")
    target = blob(world, row["urn"])
    media_type, _, _, failure = _look(target, "video", row["size"])
    if world.settings["video_fails"]:
        failure = "The video could not be transcoded"
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    ready_at = world.clock.now() + world.settings["video_processing_seconds"]
    world.store.execute(
        "update li_asset set ready_at = ?, failure = ?, media_type = ?, sha256 = ? where urn = ?",
        [ready_at, failure, media_type, digest, row["urn"]],
    )
    return Reply(200, None, effect={"asset": row["urn"]})


# -- reading -----------------------------------------------------------------------------------------


def read(call: Call) -> Reply:
    """How an asset is. Members' tokens may look at videos only."""
    kind = KINDS[_folder(call)]
    row = find(call.world, call.path_params["urn"])
    if row is None or row["kind"] != kind:
        raise errors.missing(call.path_params["urn"])
    if kind != "video" and not (call.actor and set(READERS) & set(call.actor.scopes)):
        raise errors.denied(identity.resource(call))
    if row["owner"].startswith(PERSON) and row["owner"] != f"{PERSON}{call.account.id}":
        raise errors.denied(identity.resource(call))
    body: dict[str, Any] = {"id": row["urn"], "owner": row["owner"], "status": status(call.world, row)}
    if body["status"] == "PROCESSING_FAILED":
        body["processingFailureReason"] = row["failure"]
    if body["status"] == "AVAILABLE":
        body["downloadUrl"] = f"{call.world.base_url}{path(row)}"
    return Reply(200, body)


def status(world: World, row: Row) -> str:
    if row["ready_at"] is None:
        return "WAITING_UPLOAD"
    if world.clock.now() < row["ready_at"]:
        return "PROCESSING"
    return "PROCESSING_FAILED" if row["failure"] else "AVAILABLE"


def usable(call: Call, urn: Any, kind: str, author: str, where: str) -> Row:
    """An asset that a post of this author may carry. Raises what LinkedIn says to one that is not ready, or another's."""
    row = find(call.world, urn) if isinstance(urn, str) else None
    if row is None or row["kind"] != kind:
        raise errors.bad_input(where, f"{urn} is not a valid URN", code="INVALID_URN_ID")
    if row["owner"] != author:
        raise errors.denied(identity.resource(call))
    match status(call.world, row):
        case "WAITING_UPLOAD" | "PROCESSING":
            raise errors.bad_input(where, f"{urn} is still waiting", code="MEDIA_ASSET_WAITING_UPLOAD")
        case "PROCESSING_FAILED":
            raise errors.bad_input(where, f"{urn} could not be processed", code="MEDIA_ASSET_PROCESSING_FAILED")
    return row


def find(world: World, urn: str) -> Row | None:
    return world.store.one("select * from li_asset where urn = ?", [urn])


def blob(world: World, urn: str) -> Path:
    return world.config.media(SLUG) / urn.rpartition(":")[2]


def path(row: Row) -> str:
    return f"/linkedin/media/{row['urn'].rpartition(':')[2]}"


def _by_secret(call: Call) -> Row:
    row = call.world.store.one("select * from li_asset where secret = ?", [call.path_params["secret"]])
    if row is None or call.world.clock.now() > row["ends_at"]:
        raise errors.problem(403 if row is None else 400, "EXPIRED_UPLOAD_URL", "The upload URL has expired.")
    return row


def _request(call: Call, name: str) -> dict[str, Any]:
    asked = identity.json_body(call).get(name)
    if not isinstance(asked, dict):
        raise errors.bad_input(f"/{name}", f"{name} is required", code="MISSING_FIELD")
    return asked


def _folder(call: Call) -> str:
    return call.path.partition("/rest/")[2].partition("/")[0]


def _append(source: Path, target: Path, offset: int) -> str:
    """Put the bytes at their place; their digest."""
    digest = hashlib.sha256()
    with source.open("rb") as file, target.open("r+b" if target.exists() else "w+b") as whole:
        whole.seek(offset)
        while chunk := file.read(BLOCK):
            digest.update(chunk)
            whole.write(chunk)
    return digest.hexdigest()


def _look(file: Path, kind: str, size: int) -> tuple[str | None, int | None, int | None, str | None]:
    """Type, width, height, and why it cannot be used."""
    with file.open("rb") as opened:
        head = opened.read(16)
    if kind == "document":
        return (
            ("application/pdf", None, None, None) if head.startswith(b"%PDF-") else (None, None, None, "Not a document")
        )
    if kind == "video":
        is_fine = head[4:8] == b"ftyp" and size >= SMALLEST_VIDEO
        return (
            ("video/mp4", None, None, None) if is_fine else (None, None, None, "The video is not an MP4, or too small")
        )
    try:
        with Image.open(file) as image:
            form, width, height, frames = image.format, image.width, image.height, int(getattr(image, "n_frames", 1))
    except (UnidentifiedImageError, OSError, SyntaxError):
        return None, None, None, "The image could not be read"
    is_taken = form in ("JPEG", "PNG", "GIF") and width * height < PIXELS and frames <= 250
    return f"image/{str(form).lower()}", width, height, None if is_taken else "The image is of a kind that is not taken"
