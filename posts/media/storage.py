"""Where files are kept: Django's default storage, a local folder or a bucket. No video is ever in memory as a whole."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import IO, Any, cast
from uuid import UUID

import structlog
from django.core.files import File
from django.core.files.storage import default_storage

log = structlog.get_logger(__name__)


class Incoming(File):  # type: ignore[type-arg]
    """A file on its way into the storage. `mime` is what its bytes are: a bucket serves it as that."""

    def __init__(self, file: IO[bytes], *, mime: str, path: str = "") -> None:
        super().__init__(file, name=None)
        self.content_type = mime
        if path:  # a local storage then moves the file instead of copying it
            self.temporary_file_path = lambda: path


def name_for(workspace: UUID, media: UUID, ext: str) -> str:
    """`<workspace uid>/<media uid>.<ext>`, with `ext` by content. Nothing of it comes from the user."""
    return f"{workspace}/{media}.{ext}"


def save(name: str, incoming: Incoming) -> str:
    """Store the file; the name it really got."""
    return default_storage.save(name, incoming)


def remove(*names: str) -> None:
    """Delete objects that no row names any more. A failure leaves an orphan, which harms nobody: it is logged."""
    for name in filter(None, names):
        try:
            default_storage.delete(name)
        except Exception as error:  # each storage has errors of its own
            log.warning("stored object not deleted", name=name, error=str(error))


def in_bucket() -> bool:
    return hasattr(default_storage, "bucket_name")


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """A stream of the object's bytes, from its start. Raises FileNotFoundError.

    From a bucket it is the response itself: django-storages would fetch the whole object before the first byte.
    """
    if not in_bucket():
        with default_storage.open(name, "rb") as file:
            yield cast(IO[bytes], file)
        return
    bucket: Any = default_storage.bucket  # type: ignore[attr-defined]
    try:
        body = bucket.Object(name).get()["Body"]
    except bucket.meta.client.exceptions.NoSuchKey as error:
        raise FileNotFoundError(name) from error
    with closing(body):
        yield body


def size_of(name: str) -> int:
    """Bytes of a stored object. Raises FileNotFoundError."""
    return default_storage.size(name)


def disposition_of(mime: str) -> str:
    """Documents are kept, not opened: a browser's viewer would run what is in them on the page's own address."""
    return "attachment" if mime == "application/pdf" else "inline"


def bucket_address(name: str, mime: str, *, seconds: int) -> str:
    """An address at the bucket itself, good for `seconds`."""
    storage: Any = default_storage
    answer = {"ResponseContentType": mime, "ResponseContentDisposition": disposition_of(mime)}
    return str(storage.url(name, parameters=answer, expire=seconds))
