"""Reads the blocks of a GIF without decoding a pixel: how many frames, how long, and whether it is whole."""

from dataclasses import dataclass
from typing import IO

from posts.media.formats import refused, truncated

MAX_FRAMES = 2000
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL = 0xF9


@dataclass(frozen=True)
class GifFrames:
    count: int
    duration_ms: int


def read_frames(file: IO[bytes]) -> GifFrames:
    """Walk the file from its start. Raises Invalid when it is cut off, has too many frames, or hides a second file
    behind its end."""
    file.seek(0)
    header = _exactly(file, 13)
    _skip_colours(file, header[10])
    frames = duration_ms = 0
    while (kind := _exactly(file, 1)[0]) != _TRAILER:
        if kind == _IMAGE:
            frames += 1
            _skip_colours(file, _exactly(file, 9)[8])
            _exactly(file, 1)  # minimum code size
            _blocks(file)
        elif kind == _EXTENSION:
            duration_ms += _extension(file)
        else:
            raise truncated()
        if frames > MAX_FRAMES:
            raise refused("media_frames", f"A GIF may have at most {MAX_FRAMES} frames.")
    if not frames:
        raise truncated()
    if file.read(1):
        raise refused("media_type", "This GIF has something else hidden behind its end: save it again first.")
    return GifFrames(frames, duration_ms)


def _extension(file: IO[bytes]) -> int:
    """Skip an extension; the milliseconds that a graphic control extension tells a frame to stay."""
    label = _exactly(file, 1)[0]
    first = _blocks(file)
    return int.from_bytes(first[1:3], "little") * 10 if label == _GRAPHIC_CONTROL else 0


def _blocks(file: IO[bytes]) -> bytes:
    """Skip sub-blocks up to the empty one; the first of them."""
    first = b""
    while size := _exactly(file, 1)[0]:
        block = _exactly(file, size)
        first = first or block
    return first


def _skip_colours(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        _exactly(file, 3 * 2 ** ((flags & 0x07) + 1))


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise truncated()
    return data
