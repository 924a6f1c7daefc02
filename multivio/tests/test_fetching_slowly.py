"""A page that comes drop by drop does not keep anybody past the deadline."""

import threading
import time
from collections.abc import Iterator

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
