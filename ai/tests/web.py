"""Pages and feeds on this machine, which count as public in the tests that ask for them."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from multivio import fetching
from tests.serving import QuietHandler, Server


class Pages(QuietHandler):
    """Serves whatever was put into `html`, or into `others` by its path; /hop leads to where `hop` says."""

    html = ""
    hop = ""
    kind = "text/html; charset=utf-8"
    others: ClassVar[dict[str, tuple[str, str]]] = {}

    def do_GET(self) -> None:
        kind, text = self.others.get(self.path, (self.kind, self.html))
        content = text.encode()
        self.send_response(302 if self.path == "/hop" else 200)
        if self.path == "/hop":
            self.send_header("Location", self.hop)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    handler: type[BaseHTTPRequestHandler] = Pages
    with Server(handler) as server:
        port = urlsplit(server.url).port or 0
        monkeypatch.setattr(fetching, "is_public", lambda number: number == "127.0.0.1")
        monkeypatch.setattr(fetching, "PORTS", {port, 80})
        monkeypatch.setattr(Pages, "html", "")
        monkeypatch.setattr(Pages, "others", {})
        yield server.url


def serve_feed(*entries: str, title: str = "Lamps") -> None:
    """RSS at /feed; entries as they stand in it."""
    text = f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title>{''.join(entries)}</channel></rss>"
    Pages.others["/feed"] = ("application/rss+xml", text)
