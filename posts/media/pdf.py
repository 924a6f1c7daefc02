"""What a PDF is, from its bytes: whole or not, protected or not, how many pages and how large, and a tile to know it by.

It is read, never rendered: what draws a stranger's document would have to run what is in it. Documents of the last twenty
years keep their page tree in compressed streams, so those are opened, with a limit on what may come out of them.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from PIL import Image, ImageDraw, ImageFont

from posts.media.formats import refused, truncated

MAX_BYTES = 100 * 1024**2
BLOCK = 1024**2
# Dictionaries of page trees can be long; a block is read with so much of its neighbours.
OVERLAP = 64 * 1024
TAIL = 4096
MOST_FROM_A_STREAM = 4 * 1024**2
MOST_FROM_STREAMS = 64 * 1024**2
LETTER = (612, 792)
PREVIEW = 640

PAGES = re.compile(rb"/Type\s*/Pages(?![A-Za-z])")
PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
COUNT = re.compile(rb"/Count\s+(\d{1,7})")
BOX = re.compile(rb"/MediaBox\s*\[\s*(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s*\]")
STREAM = re.compile(rb"/Type\s*/ObjStm[^\x00]{0,2000}?stream\r?\n")
EDGE = re.compile(rb"<<|>>")
START = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF\s*$")
PROTECTED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")


@dataclass(frozen=True)
class Document:
    """`width` and `height` of the first page in points; `preview` a WEBP of at most 640 pixels a side."""

    pages: int
    width: int
    height: int
    preview: bytes


@dataclass
class _Seen:
    """What was come across so far."""

    counted: int = 0
    leaves: int = 0
    box: tuple[int, int] | None = None
    left: int = MOST_FROM_STREAMS
    opened: set[int] = field(default_factory=set)


def read_document(file: IO[bytes], size: int) -> Document:
    """Raises Invalid for a file that is too large, cut off or protected with a password."""
    if size > MAX_BYTES:
        raise refused("media_too_large", f"A document may be at most {MAX_BYTES // 1024**2} MB.")
    _check_end(file, size)
    seen = _Seen()
    for start, data in _blocks(file):
        _note(seen, data, at=start)
        for found in STREAM.finditer(data):
            if start + found.start() not in seen.opened:
                seen.opened.add(start + found.start())
                _note(seen, _unpacked(file, start + found.end(), seen), at=None)
    pages = max(seen.counted or seen.leaves, 1)
    width, height = seen.box or LETTER
    return Document(pages, width, height, _tile(pages, width, height))


def _check_end(file: IO[bytes], size: int) -> None:
    file.seek(max(0, size - TAIL))
    tail = file.read()
    found = START.search(tail)
    if found is None or int(found[1]) >= size:
        raise truncated()
    file.seek(int(found[1]))
    if PROTECTED.search(tail) or PROTECTED.search(file.read(TAIL)):
        raise refused("media_protected", "This PDF is protected with a password: save it without one.")


def _blocks(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Where each begins, and its bytes with a stretch of those before and after."""
    start = 0
    while True:
        first = max(0, start - OVERLAP)
        file.seek(first)
        data = file.read(start - first + BLOCK + OVERLAP)
        yield first, data
        start += BLOCK
        if len(data) < start - first:
            return


def _note(seen: _Seen, data: bytes, *, at: int | None) -> None:
    for found in PAGES.finditer(data):
        count = COUNT.search(_dictionary(data, found.start()))
        if count:
            seen.counted = max(seen.counted, int(count[1]))
    # Neighbouring blocks overlap, so leaves are counted in the middle of a block alone.
    first = 0 if not at else OVERLAP
    last = len(data) if at is None else first + BLOCK
    seen.leaves += sum(1 for found in PAGE.finditer(data) if first <= found.start() < last)
    box = BOX.search(data) if seen.box is None else None
    if box:
        left, bottom, right, top = (float(one) for one in box.groups())
        width, height = (min(14_400, max(1, round(abs(far - near)))) for near, far in ((left, right), (bottom, top)))
        seen.box = (width, height)


def _dictionary(data: bytes, at: int) -> bytes:
    """The innermost `<< … >>` around a place, or what there is of it."""
    first, last = max(0, at - OVERLAP), at + OVERLAP
    opened: list[int] = []
    for edge in EDGE.finditer(data, first, last):
        if edge[0] == b"<<":
            opened.append(edge.start())
        elif opened:
            begun = opened.pop()
            if begun <= at < edge.start():
                return data[begun : edge.end()]
    return data[at:last]


def _unpacked(file: IO[bytes], at: int, seen: _Seen) -> bytes:
    """What a compressed stream holds, as far as the limits go; nothing for one that cannot be read."""
    if seen.left <= 0:
        return b""
    file.seek(at)
    packed = file.read(MOST_FROM_A_STREAM).partition(b"endstream")[0]
    try:
        found = zlib.decompressobj().decompress(packed, min(MOST_FROM_A_STREAM, seen.left))
    except zlib.error:
        return b""
    seen.left -= len(found)
    return found


def _tile(pages: int, width: int, height: int) -> bytes:
    """A drawn sheet in the shape of the first page, with the number of pages."""
    shrink = PREVIEW / max(width, height)
    size = (max(160, round(width * shrink)), max(160, round(height * shrink)))
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(range(size[1] // 8, size[1] * 5 // 8, 26)):
        end = size[0] * (5 if number % 4 == 3 else 7) // 8
        draw.line((size[0] // 8, line, end, line), fill="#d7dbe0", width=8)
    draw.rectangle((0, size[1] - 96, size[0], size[1]), fill="#b3261e")
    words = f"PDF · {pages} page{'' if pages == 1 else 's'}"
    draw.text((size[0] / 2, size[1] - 48), words, fill="white", font=ImageFont.load_default(34), anchor="mm")
    out = BytesIO()
    image.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()
