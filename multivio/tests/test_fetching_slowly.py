"""A page that comes drop by drop does not keep anybody past the deadline."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import urllib3

from multivio import fetching
from tests.serving import QuietHandler, Server


@pytest.fixture
def dripping() -> Iterator[str]:
    """One byte, and the next one when the test is over."""
    over = threading.Event()

    class Drip(QuietHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"a")
            self.wfile.flush()
            over.wait(20)

    with Server(Drip) as server:
        yield server.url
        over.set()


def test_what_is_there_is_read_without_waiting_for_a_whole_block(dripping: str) -> None:
    answer = urllib3.PoolManager().request("GET", dripping, preload_content=False, timeout=20)
    with pytest.raises(fetching.NotRead, match="took too long"):
        fetching._read(answer, time.monotonic() - 1)


@pytest.fixture
def for_ever() -> Iterator[str]:
    """A head that goes on byte by byte, each within the patience of a read."""
    over = threading.Event()

    class Drip(QuietHandler):
        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            with suppress(OSError):
                while not over.wait(0.02):
                    self.wfile.write(b"a")
                    self.wfile.flush()

    with Server(Drip) as server:
        yield server.url
        over.set()


def test_a_head_that_never_ends_is_left_at_the_deadline(for_ever: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "is_public", lambda number: number == "127.0.0.1")
    monkeypatch.setattr(fetching, "PORTS", {urlsplit(for_ever).port})
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.3)
    with pytest.raises(fetching.NotRead):
        fetching.read_page(for_ever)
