"""Reads an upload into a temporary file on disk, whatever its size, and not a byte further than the limit."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from multivio.errors import DomainError


class TooLarge(DomainError):
    status = 413
    code = "media_too_large"


def receive_to_disk(request: HttpRequest) -> None:
    """Call it before anything looks at the body of the request."""
    request.upload_handlers = [LimitedToDisk(request)]


def too_large() -> TooLarge:
    return TooLarge(f"A file may be at most {filesizeformat(settings.MEDIA_MAX_BYTES)}.")


class LimitedToDisk(TemporaryFileUploadHandler):
    """Refuses what is declared too large before reading it, and what lied about it while reading."""

    chunk_size = 256 * 1024
    # What a request may hold besides the file: boundaries, headers, the alt text.
    envelope = 64 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any, **more: Any) -> None:  # noqa: N803
        if content_length > settings.MEDIA_MAX_BYTES + self.envelope:
            raise too_large()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.MEDIA_MAX_BYTES:
            raise too_large()
        super().receive_data_chunk(raw_data, start)
