"""Asking the model and waiting for the whole answer: pooled connections, time-outs, careful retries.

What came of a call is an Answer or one of ai/errors.py. Nothing here touches the database: call it outside a transaction.
"""

import base64
import json
import os
import time
from functools import lru_cache
from typing import Any

import httpx
import structlog
from django.conf import settings

from ai import errors, tries, wire
from ai.errors import AiError
from ai.wire import Answer, Ask

log = structlog.get_logger(__name__)
MAX_BYTES = 32 * 1024**2
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30)


def timeout(read_seconds: float = 0) -> httpx.Timeout:
    """The read time-out is of one silence; the total is watched by who reads."""
    read = read_seconds or settings.AI_READ_SECONDS
    return httpx.Timeout(connect=settings.AI_CONNECT_SECONDS, read=read, write=read, pool=settings.AI_CONNECT_SECONDS)


@lru_cache(maxsize=1)
def _pool(_process: int) -> httpx.Client:
    """One for each process: sockets must not be shared after a fork."""
    return httpx.Client(limits=LIMITS, trust_env=False)


def require_on() -> None:
    """Raise Off where no model is set up."""
    if not settings.AI_ENABLED:
        raise errors.Off


def complete(ask: Ask) -> Answer:
    """One question, one whole answer. Raises AiError."""
    require_on()
    running = tries.Tries(tries.models(ask.model))
    while True:
        try:
            tries.breaker.require()
            data, request_id = _call("POST", "/chat/completions", running, wire.body(ask, running.model, stream=False))
            answer = wire.answer_of(data, request_id)
        except AiError as error:
            time.sleep(next_pause(running, error))
        else:
            tries.breaker.note(None)
            return answer


def next_pause(running: tries.Tries, error: AiError) -> float:
    """Note what went wrong; seconds until the next try, or the error itself."""
    tries.breaker.note(error)
    log.warning("the model did not answer", model=running.model, code=error.code, detail=error.detail)
    return running.after(error)


def listed_models() -> list[str]:
    """The models that the service offers. Raises AiError."""
    require_on()
    data, _ = _call("GET", "/models", tries.Tries([settings.XAI_MODEL_TEXT]), None)
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise errors.Garbled(detail="no list of models")
    return [str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row]


def draw(prompt: str, *, ratio: str, user: str) -> tuple[bytes, int | None]:
    """One picture as bytes, and what it cost in ticks. Parameters that xAI refuses (size, style) are never sent."""
    require_on()
    running = tries.Tries([settings.XAI_MODEL_IMAGE])
    asked = {"model": running.model, "prompt": prompt, "n": 1, "response_format": "b64_json", "aspect_ratio": ratio}
    data, _ = _call(
        "POST", "/images/generations", running, {**asked, "user": user}, read_seconds=settings.AI_TOTAL_SECONDS
    )
    try:
        picture = data["data"][0]
        content = base64.b64decode(picture["b64_json"], validate=True)
    except (KeyError, IndexError, TypeError, ValueError):
        raise errors.Garbled(detail="no picture") from None
    if picture.get("respect_moderation") is False:  # then it is a placeholder
        raise errors.Refused
    usage = data.get("usage")
    ticks = usage.get("cost_in_usd_ticks") if isinstance(usage, dict) else None
    return content, ticks if isinstance(ticks, int) else None


def _call(method: str, path: str, running: tries.Tries, sent: Any, *, read_seconds: float = 0) -> tuple[Any, str]:
    """The JSON of a success, and the id to name to support. Raises AiError."""
    try:
        with _pool(os.getpid()).stream(
            method,
            settings.XAI_BASE_URL + path,
            json=sent,
            headers=wire.headers(),
            timeout=timeout(read_seconds),
        ) as answer:
            content = _read(answer, running.deadline)
    except httpx.HTTPError as error:
        raise as_ours(error) from None
    if answer.status_code >= 300:
        raise wire.error_of(answer.status_code, answer.headers, content)
    try:
        return json.loads(content), answer.headers.get("x-request-id", "")
    except ValueError:
        raise errors.Garbled(detail="no JSON") from None


def _read(answer: httpx.Response, deadline: float) -> bytes:
    content = bytearray()
    for block in answer.iter_bytes():
        content += block
        if len(content) > MAX_BYTES:
            raise errors.Garbled(detail="too long")
        if time.monotonic() > deadline:
            raise errors.Silent(detail="total time")
    return bytes(content)


def as_ours(error: httpx.HTTPError) -> AiError:
    """What a failed call means. Addresses and headers stay out of it."""
    name = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return errors.Unavailable(detail=name)
    if isinstance(error, httpx.TimeoutException):
        return errors.Silent(detail=name)
    return _Lost(detail=name)


class _Lost(errors.Unavailable):
    """The line broke after the question had left: it may have been answered, and paid."""

    repeatable = False
