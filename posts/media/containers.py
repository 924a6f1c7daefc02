"""The outermost structure of a video has to fill its file exactly: less means cut off, more a second file behind it."""

from typing import IO

from posts.media.formats import truncated

# The index of an MP4 is read into memory as a whole; a day of video has one of about 20 MB.
MAX_INDEX_BYTES = 64 * 1024**2


def walk_boxes(file: IO[bytes], size: int) -> None:
    """MP4 and MOV (ISO/IEC 14496-12): boxes of length and kind. Raises Invalid; reads only their heads."""
    at, kinds = 0, set()
    while at < size:
        file.seek(at)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:  # up to the end of the file
            length = size - at
        if length < 8 or at + length > size or not kind.isascii() or (kind == b"moov" and length > MAX_INDEX_BYTES):
            raise truncated()
        kinds.add(kind)
        at += length
    if b"moov" not in kinds:
        raise truncated()


def walk_elements(file: IO[bytes], size: int) -> None:
    """WEBM (EBML, RFC 8794): elements of id and length, of variable width. Raises Invalid; reads only their heads."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(12)
        id_width = 9 - head[0].bit_length()
        width = 9 - head[id_width].bit_length() if id_width < len(head) else 9
        if id_width > 4 or width > 8:
            raise truncated()
        unknown = (1 << 7 * width) - 1
        length = int.from_bytes(head[id_width : id_width + width], "big") & unknown
        if length == unknown:  # written while recording: it goes on to the end
            return
        at += id_width + width + length
    if at > size:
        raise truncated()
