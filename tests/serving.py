"""A small HTTP server inside a test: what a platform fetches from, or a stand-in for a service that is not ours."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any

# How often it looks whether it was asked to end. The standard library's half a second would be added to every test.
END_POLL_SECONDS = 0.005


class QuietHandler(BaseHTTPRequestHandler):
    """Answers without writing a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


class Server(ThreadingHTTPServer):
    """Serves from the moment it is made until `close()`, or until its `with` block ends."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        Thread(target=self.serve_forever, args=(END_POLL_SECONDS,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
