"""Asking the model and waiting for the whole answer: pooled connections, time-outs, careful retries.

What came of a call is an Answer or one of ai/errors.py. Nothing here touches the database: call it outside a transaction.
"""

import base64
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
LONGEST_ID = 80
MODELS, IMAGES = "/models", "/images/generations"
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
    dialect, running = wire.dialect(), tries.Tries(tries.models(ask.model))
    while True:
        try:
            with trying(dialect.PATH, running):
                data = _call("POST", dialect.PATH, running, dialect.body(ask, running.model, stream=False))
                return dialect.answer_of(data, running.request_id)
        except AiError as error:
            time.sleep(running.after(error))


@contextmanager
def trying(path: str, running: tries.Tries) -> Iterator[None]:
    """One try. What goes wrong is counted by the breaker, and logged with the id by which the service's support finds it."""
    running.request_id = ""
    try:
        with tries.breaker.watching(path):
            yield
    except AiError as error:
        error.request_id = running.request_id
        log.warning(
            "the model did not answer",
            path=path,
            model=running.model,
            code=error.code,
            detail=error.detail,
            service_request_id=error.request_id,
        )
        raise


def listed_models() -> list[str]:
    """The models that the service offers. Raises AiError."""
    require_on()
    running = tries.Tries([settings.XAI_MODEL_TEXT])
    with trying(MODELS, running):
        data = _call("GET", MODELS, running, None)
        rows = data.get("data") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise errors.Garbled(detail="no list of models")
    return [str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row]


def draw(prompt: str, *, ratio: str, user: str) -> tuple[bytes, int | None]:
    """One picture as bytes, and what it cost in ticks. Parameters that xAI refuses (size, style) are never sent."""
    require_on()
    running = tries.Tries([settings.XAI_MODEL_IMAGE])
    asked = {"model": running.model, "prompt": prompt, "n": 1, "response_format": "b64_json", "aspect_ratio": ratio}
    with trying(IMAGES, running):
        data = _call("POST", IMAGES, running, {**asked, "user": user}, read_seconds=settings.AI_TOTAL_SECONDS)
        return _picture(data)


def _picture(data: Any) -> tuple[bytes, int | None]:
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


def _call(method: str, path: str, running: tries.Tries, sent: Any, *, read_seconds: float = 0) -> Any:
    """The JSON of a success. Raises AiError."""
    try:
        with _pool(os.getpid()).stream(
            method,
            settings.XAI_BASE_URL + path,
            json=sent,
            headers=wire.headers(),
            timeout=timeout(read_seconds),
        ) as answer:
            running.request_id = request_id_of(answer)
            content = _read(answer, running.deadline)
    except httpx.HTTPError as error:
        raise as_ours(error) from None
    if answer.status_code >= 300:
        raise wire.error_of(answer.status_code, answer.headers, content)
    try:
        return json.loads(content)
    except ValueError:
        raise errors.Garbled(detail="no JSON") from None


def request_id_of(answer: httpx.Response) -> str:
    """The id to name to the service's support."""
    return str(answer.headers.get("x-request-id", ""))[:LONGEST_ID]


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
    return errors.Lost(detail=name)
