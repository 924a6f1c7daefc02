"""Files that break off in the middle of an upload, and files too large for memory."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from social.contract import VariantMedia
from social.tests.making import Files


class Breaking(io.BytesIO):
    """A file whose disk gives up after so many bytes: the connection breaks in the middle of the upload."""

    def __init__(self, content: bytes, after: int) -> None:
        super().__init__(content)
        self.left = after

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size)
        self.left -= len(block)
        if self.left < 0:
            raise OSError("the disk gave up")
        return block


@dataclass
class BreakingFiles(Files):
    after: int | None = None

    @contextmanager
    def __call__(self, media: VariantMedia) -> Iterator[IO[bytes]]:
        self.opened.append(media.uid)
        content = self.contents[media.uid]
        yield io.BytesIO(content) if self.after is None else Breaking(content, self.after)


@dataclass
class Endless(io.RawIOBase):
    """A file of zeros of any size that takes no memory."""

    size: int
    at: int = 0
    largest: int = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        block = min(size, self.size - self.at)
        self.at += block
        return bytes(block)
