"""Answers that come in pieces."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.types import Receive, Send

from sandbox.calls import Answer, Reply, Reset
from sandbox.faults import Fault
from sandbox.wire import Wire, wait_for_disconnect

if TYPE_CHECKING:
    from sandbox.world import World


def spoiled(reply: Reply, fault: Fault) -> Answer:
    """The reply, broken off; one that does not come in pieces never begins."""
    if reply.stream is None:
        return Reset(reply.effect)
    silent = fault.seconds("seconds", 3600) if fault.kind == "silent_stream" else 0.0
    stream = replace(reply.stream, breaks_after=int(fault.params.get("after", 3)), silent_seconds=silent)
    return replace(reply, stream=stream)


async def send_stream(world: "World", reply: Reply, wire: Wire, receive: Receive, send: Send) -> None:
    """Send piece after piece until the end, or until the caller leaves."""
    assert reply.stream is not None  # noqa: S101 - asked by the caller
    headers = {"content-type": reply.media_type, "cache-control": "no-cache", **reply.headers}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    sending = asyncio.ensure_future(_send_pieces(world, reply, wire, send))
    leaving = asyncio.ensure_future(wait_for_disconnect(receive))
    await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, leaving):
        task.cancel()


async def _send_pieces(world: "World", reply: Reply, wire: Wire, send: Send) -> None:
    stream, sent = reply.stream, 0
    assert stream is not None  # noqa: S101 - asked by the caller
    try:
        for piece in stream.pieces:
            if sent == stream.breaks_after:
                await asyncio.sleep(stream.silent_seconds)
                wire.reset()
                return
            if sent and stream.pause_seconds:
                await asyncio.sleep(stream.pause_seconds)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += 1
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        stream.ended(sent)
