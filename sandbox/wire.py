"""The connection under a request: when its first byte came, and how to break it as networks do."""

import asyncio
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

ABORT = struct.pack("ii", 1, 0)


class Wire:
    """One client connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._first_byte_at: float | None = None

    def note_bytes(self) -> None:
        if self._first_byte_at is None:
            self._first_byte_at = time.time()

    def take_first_byte_at(self) -> float:
        """When the current request began to arrive, in epoch seconds; the next request starts anew."""
        taken, self._first_byte_at = self._first_byte_at, None
        return taken or time.time()

    def reset(self) -> None:
        """Send a TCP RST: closing a socket that lingers for zero seconds does that."""
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):  # the caller was faster: it is closed already
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()


class WireProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also hands each request its Wire under `scope["state"]["wire"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.wire = Wire(transport)
        self.app_state: dict[str, Any] = {**self.app_state, "wire": self.wire}
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        # What comes during a request is the rest of it: its body must not pass for the beginning of the next one.
        if self.cycle is None or self.cycle.response_complete:
            self.wire.note_bytes()
        super().data_received(data)


def wire_of(scope: Scope) -> Wire:
    wire: Wire = scope["state"]["wire"]
    return wire


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
