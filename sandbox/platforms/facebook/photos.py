"""Photos of a Page: received as bytes or fetched from an address (https://developers.facebook.com/docs/graph-api/reference/page/photos)."""

import hashlib
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox.calls import Call, Problem
from sandbox.platforms import graph
from sandbox.platforms.facebook import pulls
from sandbox.platforms.facebook.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

MEGABYTE = 1024 * 1024
FORMS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "BMP": "image/bmp", "TIFF": "image/tiff"}
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/bmp": "bmp", "image/tiff": "tiff"}
MOST_ALT_TEXT = 1000


async def fetch(call: Call) -> None:
    """Bring a photo that was given as an address to disk, before anything is decided."""
    address = graph.params(call).get("url")
    if address and call.upload is None:
        await pulls.fetch(call, str(address), kind="image")


def receive(call: Call, said: dict[str, Any]) -> int:
    """Keep the photo, unpublished; its id. Raises what Facebook says to files that are no photo or too big."""
    upload, world = call.upload, call.world
    if upload is None or upload.file is None:
        raise graph.invalid("(#324) Requires upload file")
    if upload.file_size > world.settings["facebook_photo_max_mb"] * MEGABYTE:
        raise _refused(1366046, "Your photos couldn't be uploaded. Photos should be smaller than 4 MB.")
    form, width, height = _look(upload.file)
    if form not in FORMS:
        raise _refused(1366051, "Your photo couldn't be uploaded. It should be saved as JPG, PNG, GIF, BMP or TIFF.")
    photo_id = world.ids.next()
    content = upload.file.read_bytes()
    blob(world, photo_id).write_bytes(content)
    values = {
        "id": photo_id,
        "page_id": call.account.id,
        "alt_text": str(said["alt_text_custom"])[:MOST_ALT_TEXT] if said.get("alt_text_custom") else None,
        "media_type": FORMS[form],
        "size": upload.file_size,
        "width": width,
        "height": height,
        "sha256": hashlib.sha256(content).hexdigest(),
        "created_at": world.clock.now(),
    }
    world.store.insert("fb_photo", values)
    return photo_id


def find(world: World, photo_id: str) -> Row | None:
    if not photo_id.isdigit() or len(photo_id) > 19:
        return None
    return world.store.one("select * from fb_photo where id = ? and deleted_at is null", [int(photo_id)])


def unused(call: Call, photo_id: str) -> Row:
    """An own photo that is in no post yet."""
    row = find(call.world, photo_id)
    if row is None or row["page_id"] != call.account.id:
        raise graph.missing(photo_id)
    if row["post_id"] is not None:
        raise _refused(1366051, "These photos were already posted.")
    return row


def of_post(world: World, post_id: int) -> list[Row]:
    return world.store.all(
        "select * from fb_photo where post_id = ? and deleted_at is null order by position", [post_id]
    )


def remove(world: World, row: Row) -> None:
    world.store.execute("update fb_photo set deleted_at = ? where id = ?", [world.clock.now(), row["id"]])


def blob(world: World, photo_id: int) -> Path:
    return world.config.media(SLUG) / f"photo-{photo_id}"


def path(row: Row) -> str:
    return f"/facebook/media/photo-{row['id']}.{EXTENSIONS.get(row['media_type'], 'bin')}"


def first_url(world: World, post_id: int) -> str | None:
    rows = of_post(world, post_id)
    return f"{world.base_url}{path(rows[0])}" if rows else None


def _look(file: Path) -> tuple[str, int, int]:
    try:
        with Image.open(file) as image:
            return image.format or "", image.width, image.height
    except (UnidentifiedImageError, OSError, SyntaxError):
        return "", 0, 0


def _refused(subcode: int, words: str) -> Problem:
    return Problem(graph.error(324, "(#324) Missing or invalid image file", subcode=subcode, user=words))
