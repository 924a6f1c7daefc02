"""Server-sent events, with a sign of life where nothing comes for a while."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import structlog

from ai.narrating import Event

log = structlog.get_logger(__name__)

SIGN_OF_LIFE_SECONDS = 15.0
SIGN_OF_LIFE = b": still here\n\n"


async def as_events(events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    """Events as they go over the line."""
    async with aclosing(events):
        async for event in events:
            data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
            yield f"event: {event.name}\ndata: {data}\n\n".encode()


async def in_time(blocks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The blocks, and a comment whenever nothing came for SIGN_OF_LIFE_SECONDS, so that no proxy takes the line for dead."""
    waiting = asyncio.ensure_future(anext(blocks))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=SIGN_OF_LIFE_SECONDS)
            if not done:
                yield SIGN_OF_LIFE
                continue
            try:
                block = waiting.result()
            except StopAsyncIteration:
                return
            yield block
            waiting = asyncio.ensure_future(anext(blocks))
    finally:
        # Whoever left: what is being written stops, and is recorded, before this ends.
        waiting.cancel()
        (left,) = await asyncio.gather(waiting, return_exceptions=True)
        if isinstance(left, Exception) and not isinstance(left, StopAsyncIteration):
            log.error("a stream that was left could not be closed", exc_info=left)
        await blocks.aclose()


class Line:
    """The body of a streamed answer. When Django is done with the answer, whatever the reason, so is what it tells of: a
    generator that is merely dropped would go on asking until it is collected."""

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._blocks = in_time(as_events(events))
        self._loop: asyncio.AbstractEventLoop | None = None

    def __aiter__(self) -> "Line":
        return self

    async def __anext__(self) -> bytes:
        self._loop = asyncio.get_running_loop()
        return await anext(self._blocks)

    def close(self) -> None:
        """Called by Django, in a thread without a loop."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self._loop is not None:
            self._ending = self._loop.create_task(self._closed())

    async def _closed(self) -> None:
        with suppress(RuntimeError):  # it is being closed already
            await self._blocks.aclose()
