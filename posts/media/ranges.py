"""Byte ranges of HTTP (RFC 9110, section 14): what video players ask for."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class Unsatisfiable(Exception):
    """The range begins behind the end of the file: answered with 416."""


@dataclass(frozen=True)
class Span:
    """Bytes from `start` on, `length` of them."""

    start: int
    length: int


def span_of(header: str, size: int) -> Span | None:
    """The single range that a Range header asks of a file of `size` bytes; None means the whole file, which is also the
    right answer to several ranges and to nonsense. Raises Unsatisfiable."""
    found = _ONE_RANGE.fullmatch(header.replace(" ", ""))
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return Span(start, end - start + 1)
