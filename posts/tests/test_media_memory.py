"""A long video passes through on disk: the memory it takes does not depend on its length."""

import tracemalloc
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from posts.tests.factories import make_cast
from posts.tests.media_files import video

PADDING = 300 * 1024**2
BOUNDARY = b"--limit\r\n"


class LongUpload:
    """A form with a video of 300 MB, most of it an empty box, made while it is read."""

    def __init__(self) -> None:
        clip = video()
        box = (PADDING + 8).to_bytes(4, "big") + b"free"
        self.before = BytesIO(
            BOUNDARY + b'Content-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + clip + box
        )
        self.after = BytesIO(b"\r\n--limit--\r\n")
        self.left = PADDING
        self.length = len(self.before.getvalue()) + PADDING + len(self.after.getvalue())

    def read(self, size: int) -> bytes:
        start = self.before.read(size)
        if start or not size:
            return start
        filling = bytes(min(self.left, size))
        self.left -= len(filling)
        return filling or self.after.read(size)

    def readline(self, size: int = -1) -> bytes:
        raise NotImplementedError


@pytest.mark.django_db
def test_a_video_of_300_mb_takes_few_mb_of_memory(tmp_path: Path, settings: Any) -> None:
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    cast = make_cast()
    client = Client()
    client.force_login(cast.alice, backend="django.contrib.auth.backends.ModelBackend")
    body = LongUpload()
    tracemalloc.start()
    try:
        answer = client.request(
            **{
                "REQUEST_METHOD": "POST",
                "PATH_INFO": f"/w/{cast.workspace.slug}/media/upload",
                "CONTENT_TYPE": "multipart/form-data; boundary=limit",
                "CONTENT_LENGTH": body.length,
                "wsgi.input": body,
            }
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 201, answer.content
    assert answer.json()["size"] > PADDING
    assert peak < 30 * 1024**2
