"""An address for the media of a test: the sandbox's platforms fetch from here what a job names."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from social.contract import VariantMedia
from social.tests.making import Files
from tests.serving import QuietHandler, Server

ROBOTS = "/robots.txt"


class Host:
    """Serves what is in `files`. `seen` are the paths that were fetched; what is in `broken` answers 404."""

    def __init__(self) -> None:
        self.files = Files()
        self.types: dict[str, str] = {}
        self.seen: list[str] = []
        self.broken: set[str] = set()
        self._server = Server(self._handler())

    def __call__(self, media: VariantMedia) -> str:
        """The address of one file; fits a Job's `addresser`."""
        self.types[media.uid] = media.mime
        return f"{self._server.url}/{media.uid}"

    def close(self) -> None:
        self._server.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                uid = self.path[1:]
                content = host.files.contents.get(uid)
                if self.path != ROBOTS:
                    host.seen.append(uid)
                is_there = content is not None and uid not in host.broken
                self.send_response(200 if is_there else 404)
                self.send_header("Content-Type", host.types.get(uid, "application/octet-stream"))
                self.send_header("Content-Length", str(len(content or b"") if is_there else 0))
                self.end_headers()
                if is_there and content is not None:
                    self.wfile.write(content)

        return Handler


@pytest.fixture
def host() -> Iterator[Host]:
    serving = Host()
    yield serving
    serving.close()
