"""Pictures without what cameras and editors write into them (place, camera, names, thumbnails), without re-encoding.

The pixels' bytes are copied as they are. Colour profiles are kept, and the orientation as the only EXIF tag: without
it the picture would lie on its side. Whatever follows the end of the picture is dropped.
"""

import struct
import zlib
from collections.abc import Iterator

from posts.media.formats import JPEG, PNG, Format, truncated

EXIF_MARK = b"Exif\x00\x00"
# JPEG segments kept besides the coding ones: JFIF, ICC profile and Adobe's colour transform.
_JPEG_KEPT = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP".split())
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
_WEBP_HAS_EXIF, _WEBP_HAS_XMP = 0x08, 0x04


def without_metadata(data: bytes, found: Format, orientation: int) -> bytes:
    """The same picture, stripped. `orientation` is EXIF's, 1 to 8. Raises Invalid where the structure is broken."""
    strip = {JPEG.name: _jpeg, PNG.name: _png}.get(found.name, _webp)
    try:
        return strip(data, orientation)
    except (IndexError, struct.error) as error:
        raise truncated() from error


def orientation_tag(orientation: int) -> bytes:
    """A TIFF block of one tag: 0x0112, a short."""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def _jpeg(data: bytes, orientation: int) -> bytes:
    out = [b"\xff\xd8"]
    if orientation != 1:
        exif = EXIF_MARK + orientation_tag(orientation)
        out.append(struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif)
    for marker, segment in _jpeg_segments(data):
        is_application = 0xE0 <= marker <= 0xEF or marker == 0xFE
        kept = _JPEG_KEPT.get(marker)
        if not is_application or (kept and segment[4:].startswith(kept)):
            out.append(segment)
    return b"".join(out)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with its bytes, up to the end-of-image marker; a scan's coded data belong to its segment."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise truncated()
        while data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1]
        if marker == 0xD9:
            yield marker, data[at : at + 2]
            return
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        if end > len(data):
            raise truncated()
        yield marker, data[at:end]
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker begins: in coded data, 0xFF is followed by zero or a restart marker."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise truncated()
        if data[at + 1] != 0x00 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _png(data: bytes, orientation: int) -> bytes:
    out, at, kind = [data[:8]], 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise truncated()
        if kind in _PNG_KEPT:
            out.append(data[at:end])
        if kind == b"IHDR" and orientation != 1:
            out.append(_png_chunk(b"eXIf", orientation_tag(orientation)))
        at = end
    return b"".join(out)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _webp(data: bytes, orientation: int) -> bytes:
    out, at = [], 12
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise truncated()
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        after = at + 8 + length + length % 2
        if kind in _WEBP_KEPT:
            out.append(_webp_header(data[at:after], orientation) if kind == b"VP8X" else data[at:after])
        at = after
    if orientation != 1:
        tag = orientation_tag(orientation)
        out.append(struct.pack("<4sI", b"EXIF", len(tag)) + tag)
    body = b"WEBP" + b"".join(out)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_header(chunk: bytes, orientation: int) -> bytes:
    """The extended header with its flags telling the truth about what was dropped."""
    flags = chunk[8] & ~_WEBP_HAS_XMP & ~_WEBP_HAS_EXIF
    return chunk[:8] + bytes([flags | (_WEBP_HAS_EXIF if orientation != 1 else 0)]) + chunk[9:]
