"""A platform that is cheap enough not to be the limit: it takes `POST /2/tweets` and answers 50 ms later.

It notes when the first byte of each request came and which post it was (the text begins with its number). `GET /log` gives
the notes as JSON, `POST /reset` forgets them. The sandbox is the faithful platform; this one only measures.
"""

import asyncio
import json
import sys
import time

ANSWER_SECONDS = 0.05
HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Notes:
    """First bytes by post: (seconds since the epoch, number)."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int]] = []
        self.ids = 10**18


class Door(asyncio.Protocol):
    """One kept-alive connection; requests come one after the other."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.buffer = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server's transports are
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.buffer:
            self.began = time.time()
        self.buffer += data
        head, ends, rest = self.buffer.partition(b"\r\n\r\n")
        if not ends:
            return
        length = _length(head)
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self._take(head, rest[:length])

    def _take(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET /log"):
            self._answer(200, json.dumps(self.notes.seen).encode())
        elif head.startswith(b"POST /reset"):
            self.notes.seen = []
            self._answer(200, b"{}")
        else:
            self.notes.ids += 1
            self.notes.seen.append((self.began, _number(body)))
            answer = b'{"data":{"id":"%d","text":""}}' % self.notes.ids
            asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._answer, 201, answer)

    def _answer(self, status: int, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(HEAD % (status, len(body)) + body)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _number(body: bytes) -> int:
    """The number with which the text begins: {"text": "17 …"}."""
    digits = body.partition(b'"text"')[2].lstrip(b': "')
    return int(digits.split(b" ", 1)[0].split(b'"', 1)[0])


async def serve() -> None:
    notes = Notes()
    server = await asyncio.get_running_loop().create_server(lambda: Door(notes), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
