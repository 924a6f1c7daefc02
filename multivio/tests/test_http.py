"""The way out: never sent and nobody knows are told apart, on real sockets."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest

from multivio import http

QUICK = http.Timeouts(connect=1, read=0.3, total=1)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"id": "1"}'
Handler = Callable[[socket.socket], None]


@contextmanager
def server(*handlers: Handler) -> Iterator[str]:
    """One connection for each handler, in order; gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for handler in handlers:
            try:
                client, _ = listener.accept()
            except OSError:  # closed: nobody came
                return
            with client:
                handler(client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def read_request(client: socket.socket) -> bytes:
    """A whole request with a stated length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while lengths and len(body) < lengths[0]:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(answer: bytes) -> Handler:
    def handle(client: socket.socket) -> None:
        read_request(client)
        client.sendall(answer)

    return handle


def reset(client: socket.socket) -> None:
    read_request(client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def until_gone(client: socket.socket) -> None:
    """Never answers, and stays as long as the other side does."""
    while client.recv(65536):
        pass


def test_it_gives_the_whole_answer() -> None:
    with server(answering(OK)) as url:
        found = http.request("POST", f"{url}/2/tweets", json_body={"text": "Hello"})
    assert (found.status, found.ok, found.object()) == (200, True, {"id": "1"})
    assert found.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "handler",
    [
        reset,
        lambda client: read_request(client) and None,
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        answering(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        answering(b"not http at all\r\n\r\n"),
        until_gone,
    ],
    ids=["reset", "closed", "half a body", "half a chunk", "no http", "silence"],
)
def test_everything_after_the_connection_is_ambiguous(handler: Handler) -> None:
    with server(handler) as url, pytest.raises(http.AmbiguousError):
        http.request("POST", url, json_body={"text": "?"}, timeouts=QUICK)


def test_a_refused_connection_was_not_sent() -> None:
    with pytest.raises(http.NotSentError):
        http.request("POST", "http://127.0.0.1:1", json_body={})


def test_a_name_that_does_not_exist_was_not_sent() -> None:
    with pytest.raises(http.NotSentError):
        http.request("POST", "https://does-not-exist.invalid", json_body={})


def test_a_failed_tls_handshake_was_not_sent() -> None:
    received: list[bytes] = []

    def plain(client: socket.socket) -> None:
        received.append(client.recv(65536))
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(plain) as url, pytest.raises(http.NotSentError):
        http.request("POST", url.replace("http:", "https:"), form={"secret": "the-secret"})
    assert b"the-secret" not in received[0]


def test_a_connection_that_never_comes_about_was_not_sent() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    address = listener.getsockname()
    # A full backlog makes the kernel ignore further connection attempts.
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(address)
    try:
        with pytest.raises(http.NotSentError):
            http.request("POST", f"http://127.0.0.1:{address[1]}", json_body={}, timeouts=http.Timeouts(connect=0.3))
    finally:
        for one in (*waiting, listener):
            one.close()


def test_a_kept_connection_that_dies_under_the_request_is_ambiguous() -> None:
    def answer_then_die(client: socket.socket) -> None:
        read_request(client)
        client.sendall(OK)
        read_request(client)

    with server(answer_then_die) as url:
        assert http.request("POST", url, json_body={}).ok
        with pytest.raises(http.AmbiguousError):
            http.request("POST", url, json_body={"text": "second"})


def test_a_connection_is_kept_for_the_next_request() -> None:
    def answer_twice(client: socket.socket) -> None:
        for _ in range(2):
            read_request(client)
            client.sendall(OK)

    with server(answer_twice) as url:
        assert [http.request("GET", url).status for _ in range(2)] == [200, 200]


def test_a_connection_that_was_idle_for_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS", -1.0)

    def answer_then_die(client: socket.socket) -> None:
        read_request(client)
        client.sendall(OK)
        client.recv(65536)

    with server(answer_then_die, answer_then_die) as url:
        assert [http.request("POST", url, json_body={}).status for _ in range(2)] == [200, 200]


def test_a_redirect_is_an_answer_and_never_followed() -> None:
    with server(answering(b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")) as url:
        assert http.request("POST", url, json_body={}).status == 307


def test_a_flood_is_cut_off() -> None:
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + b"x" * 3000
    with server(answering(flood)) as url, pytest.raises(http.AmbiguousError):
        http.request("GET", url, max_bytes=1000)


def test_a_trickle_is_cut_off() -> None:
    def trickle(client: socket.socket) -> None:
        read_request(client)
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        stop = threading.Event()
        for _ in range(100):
            try:
                client.sendall(b"1\r\nx\r\n")
            except OSError:
                return
            stop.wait(0.05)

    with server(trickle) as url, pytest.raises(http.AmbiguousError, match="too long"):
        http.request("GET", url, timeouts=http.Timeouts(read=5, total=0.3))


def test_a_file_is_sent_as_multipart_piece_by_piece() -> None:
    seen: list[bytes] = []

    def keep(client: socket.socket) -> None:
        seen.append(read_request(client))
        client.sendall(OK)

    class Reader(BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            Reader.largest = max(Reader.largest, -1 if size is None else size)
            return super().read(size)

    content = bytes(range(256)) * 2000
    form = http.Multipart({"segment_index": "3"}, "media", Reader(content), len(content), "video/mp4")
    with server(keep) as url:
        http.request("POST", url, multipart=form)
    assert content in seen[0]
    assert b'name="segment_index"\r\n\r\n3\r\n' in seen[0]
    assert b"Transfer-Encoding" not in seen[0]
    assert 0 < Reader.largest <= http.BLOCK


def test_a_file_that_is_too_short_is_never_sent_as_whole() -> None:
    form = http.Multipart({}, "media", BytesIO(b"short"), 5000)
    with server(until_gone) as url, pytest.raises(http.AmbiguousError):
        http.request("POST", url, multipart=form, timeouts=QUICK)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://10.0.0.1/",
        "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://user:password@example.com/",
        "https:///nowhere",
        "//example.com",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"https|host"):
        http.request("GET", url)


@pytest.mark.parametrize("handler", [reset, until_gone])
def test_errors_name_the_host_and_no_secret(handler: Handler) -> None:
    with server(handler) as url, pytest.raises(http.HttpError) as caught:
        http.request("POST", f"{url}/path?token=s3cret", headers={"Authorization": "Bearer s3cret"}, timeouts=QUICK)
    assert "127.0.0.1" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_answer_that_is_no_json_object_reads_as_an_empty_one() -> None:
    bodies: list[Any] = [b"<html>", b"[1]", b'"text"', b"", b"\xff\xfe"]
    assert [http.Response(200, {}, body).object() for body in bodies] == [{}] * len(bodies)
    with pytest.raises(json.JSONDecodeError):
        http.Response(200, {}, b"<html>").json()


def test_forms_and_queries_are_encoded() -> None:
    seen: list[bytes] = []

    def keep(client: socket.socket) -> None:
        seen.append(read_request(client))
        client.sendall(OK)

    with server(keep) as url:
        http.request("POST", http.with_query(f"{url}/a", {"q": "a b&c"}), form={"grant_type": "x y"})
    assert seen[0].startswith(b"POST /a?q=a%20b%26c HTTP/1.1")
    assert seen[0].endswith(b"grant_type=x+y")
