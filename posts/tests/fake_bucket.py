"""A bucket over HTTP that is as strict as R2: path-style addresses, signatures demanded, no trailers, no ACLs."""

from collections.abc import Iterator
from threading import Event
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.serving import QuietHandler, Server

# botocore sends over plain HTTP as a header what it sends over TLS in the trailer that R2 does not take.
REFUSED = {"x-amz-trailer", "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm", "x-amz-acl"}


class FakeBucket(Server):
    """Objects by key, with their headers. `refusals` says what it did not accept."""

    def __init__(self, name: str = "media") -> None:
        super().__init__(_Handler)
        self.name = name
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.refusals: list[str] = []
        self.fail_on = ("", "")  # method, part of the key
        self.second_half = Event()  # a body is sent in two halves, the second once this is set
        self.second_half.set()


class _Handler(QuietHandler):
    server: FakeBucket
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            half = len(body) // 2
            self.wfile.write(body[:half])
            if not self.server.second_half.wait(5):
                self.server.refusals.append("NobodyReadTheFirstHalf")
            self.wfile.write(body[half:])

    def refuse(self, status: int, code: str) -> None:
        self.server.refusals.append(code)
        self.answer(status, f"<Error><Code>{code}</Code></Error>".encode(), Content_Type="application/xml")

    def accepted_key(self) -> str | None:
        address = urlsplit(self.path)
        signed = "Authorization" in self.headers or "X-Amz-Signature" in parse_qs(address.query)
        _, bucket, key = unquote(address.path).split("/", 2)
        if bucket != self.server.name or not signed:
            self.refuse(403, "AccessDenied")
        elif REFUSED & {name.lower() for name in self.headers}:
            self.refuse(501, "NotImplemented")
        elif self.command == self.server.fail_on[0] and self.server.fail_on[1] in key:
            self.refuse(400, "InvalidRequest")
        else:
            return key
        return None

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.accepted_key()
        if key:
            self.server.objects[key] = (body, dict(self.headers.items()))
            self.answer(200, ETag='"1"')

    def do_GET(self) -> None:
        key = self.accepted_key()
        if key is None:
            return
        if key not in self.server.objects:
            self.refuse(404, "NoSuchKey")
            return
        body, headers = self.server.objects[key]
        asked = parse_qs(urlsplit(self.path).query)
        mime = asked.get("response-content-type", [headers.get("Content-Type", "")])[0]
        self.answer(200, body, Content_Type=mime, ETag='"1"')

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        key = self.accepted_key()
        if key:
            self.server.objects.pop(key, None)
            self.answer(204)


@pytest.fixture
def bucket(settings: Any) -> Iterator[FakeBucket]:
    """Media lie in it."""
    server = FakeBucket()
    options = {
        "bucket_name": server.name,
        "endpoint_url": server.url,
        "access_key": "k",
        "secret_key": "s",
        "region_name": "auto",
    }
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "posts.media.bucket.Bucket", "OPTIONS": options}}
    yield server
    server.close()
