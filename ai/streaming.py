"""The same question, its words as they come. For asynchronous code; no thread and no connection waits meanwhile.

Whoever stops reading closes the line to the service, and with it what it costs.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from weakref import WeakKeyDictionary

import httpx
from django.conf import settings

from ai import errors, tries, wire
from ai.client import LIMITS, as_ours, request_id_of, require_on, timeout, trying
from ai.errors import AiError
from ai.wire import Ask, Dialect, Hearing

LAST_PATIENCE_SECONDS = 0.05
_pools: "WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]" = WeakKeyDictionary()


def _pool() -> httpx.AsyncClient:
    """One for each loop: sockets belong to theirs."""
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        _pools[loop] = httpx.AsyncClient(limits=LIMITS, trust_env=False)
    return _pools[loop]


async def stream(ask: Ask, heard: Hearing) -> AsyncGenerator[str, None]:
    """The words as they come; `heard` gathers them, so that what came is kept whatever happens. Raises AiError."""
    require_on()
    dialect, running = wire.dialect(), tries.Tries(tries.models(ask.model))
    while True:
        try:
            with trying(dialect.PATH, running):
                async with aclosing(_once(ask, dialect, running, heard)) as pieces:
                    async for words in pieces:
                        yield words
            return
        except AiError as error:
            if isinstance(error, errors.Refused):
                heard.forget()  # what is refused is neither kept nor charged
            if heard.text:
                raise _broken_off(error) from None
            pause = running.after(error)
            heard.forget()
        await asyncio.sleep(pause)


def _broken_off(error: AiError) -> errors.BrokenOff:
    """Words came, so it is not asked again; whatever it was, it is an end in the middle."""
    told = errors.BrokenOff(detail=error.code)
    told.request_id = error.request_id
    return told


async def _once(ask: Ask, dialect: Dialect, running: tries.Tries, heard: Hearing) -> AsyncGenerator[str, None]:
    sent = dialect.body(ask, running.model, stream=True)
    url = settings.XAI_BASE_URL + dialect.PATH
    try:
        async with _pool().stream("POST", url, json=sent, headers=wire.headers(), timeout=timeout()) as answer:
            heard.request_id = running.request_id = request_id_of(answer)
            if answer.status_code >= 300:
                raise wire.error_of(answer.status_code, answer.headers, await answer.aread())
            if "event-stream" not in answer.headers.get("content-type", ""):
                raise errors.Garbled(detail="no stream")
            async with aclosing(_lines(answer, heard)) as lines:
                async for line in lines:
                    words = dialect.take(heard, wire.event_of(line))
                    if words:
                        yield words
                    if time.monotonic() > running.deadline:
                        raise errors.Silent(detail="total time")
    except httpx.HTTPError as error:
        raise as_ours(error) from None
    heard.answer()


async def _lines(answer: httpx.Response, heard: Hearing) -> AsyncGenerator[str, None]:
    """Whole lines, whatever the pieces: letters may be torn apart, and only a line feed ends a line."""
    rest = b""
    blocks = answer.aiter_bytes()
    while True:
        # After its last line a stream mostly ends at once; where it does not, nobody waits for it.
        patience = LAST_PATIENCE_SECONDS if heard.is_over else None
        try:
            block = await asyncio.wait_for(anext(blocks), patience)
        except (StopAsyncIteration, TimeoutError):
            break
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", "replace")
