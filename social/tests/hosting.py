"""An address for the media of a test: the sandbox's platforms fetch from here what a job names."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from social.contract import VariantMedia
from social.tests.making import Files

ROBOTS = "/robots.txt"


class Host:
    """Serves what is in `files`. `seen` are the paths that were fetched; what is in `broken` answers 404."""

    def __init__(self) -> None:
        self.files = Files()
        self.types: dict[str, str] = {}
        self.seen: list[str] = []
        self.broken: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __call__(self, media: VariantMedia) -> str:
        """The address of one file; fits a Job's `addresser`."""
        self.types[media.uid] = media.mime
        return f"http://127.0.0.1:{self._server.server_port}/{media.uid}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
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

            def log_message(self, *_args: object) -> None:
                """Silence."""

        return Handler


@pytest.fixture
def host() -> Iterator[Host]:
    serving = Host()
    yield serving
    serving.close()
