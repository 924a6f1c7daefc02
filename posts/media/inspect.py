"""What an uploaded file is, read from its bytes."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from posts.media.formats import HEAD_BYTES, JPEG, PNG, WEBP, Format, refused, sniff
from posts.media.pdf import read_document
from posts.media.pictures import orientation_of, read_picture
from posts.media.privacy import without_metadata
from posts.media.video import read_video
from social.contract import MediaKind


@dataclass(frozen=True)
class Inspected:
    """`width` and `height` as displayed, in pixels; `duration_ms` of videos and moving GIFs; `frames` is 1 but for
    GIFs and documents (their pages); `sha256` in hex; `orientation` is EXIF's, 1 to 8; `preview` a small WEBP."""

    kind: MediaKind
    mime: str
    width: int
    height: int
    duration_ms: int
    frames: int
    size: int  # bytes
    sha256: str
    format: Format
    preview: bytes
    orientation: int = 1
    codecs: tuple[str, ...] = ()


def inspect(file: IO[bytes]) -> Inspected:
    """Read the whole file once for its digest and its beginning for the rest; never all of it into memory.

    Raises Invalid, with one sentence, for everything that is not a whole picture, GIF, video or document of the accepted formats.
    """
    size = file.seek(0, 2)
    if not size:
        raise refused("media_empty", "The file is empty.")
    file.seek(0)
    found = sniff(file.read(HEAD_BYTES))
    readers = {MediaKind.VIDEO: _video, MediaKind.DOCUMENT: _document}
    return readers.get(found.kind, _picture)(file, found, size)


def prepare(file: IO[bytes]) -> tuple[Inspected, IO[bytes]]:
    """What will be stored, inspected, and as a file. JPEG, PNG and WEBP come back without metadata (see privacy.py),
    GIFs, videos and documents as they are. The stripped bytes are inspected, so nothing depends on two readers agreeing."""
    size = file.seek(0, 2)
    file.seek(0)
    found = sniff(file.read(HEAD_BYTES)) if size else None
    if found in (JPEG, PNG, WEBP):
        orientation = orientation_of(file, found, size)
        file.seek(0)
        file = BytesIO(without_metadata(file.read(), found, orientation))
    return inspect(file), file


def digest(file: IO[bytes]) -> str:
    """SHA-256 in hex of a file, from its start."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _picture(file: IO[bytes], found: Format, size: int) -> Inspected:
    picture = read_picture(file, found, size)
    return Inspected(
        # A GIF that does not move is a picture to every platform.
        kind=MediaKind.GIF if picture.frames > 1 else MediaKind.IMAGE,
        mime=found.mime,
        width=picture.width,
        height=picture.height,
        duration_ms=picture.duration_ms if picture.frames > 1 else 0,
        frames=picture.frames,
        size=size,
        sha256=digest(file),
        format=found,
        preview=picture.preview,
        orientation=picture.orientation,
    )


def _video(file: IO[bytes], found: Format, size: int) -> Inspected:
    video = read_video(file, found, size)
    return Inspected(
        kind=MediaKind.VIDEO,
        mime=found.mime,
        width=video.width,
        height=video.height,
        duration_ms=video.duration_ms,
        frames=1,
        size=size,
        sha256=digest(file),
        format=found,
        preview=video.preview,
        codecs=video.codecs,
    )


def _document(file: IO[bytes], found: Format, size: int) -> Inspected:
    document = read_document(file, size)
    return Inspected(
        kind=MediaKind.DOCUMENT,
        mime=found.mime,
        width=document.width,
        height=document.height,
        duration_ms=0,
        frames=document.pages,
        size=size,
        sha256=digest(file),
        format=found,
        preview=document.preview,
    )
