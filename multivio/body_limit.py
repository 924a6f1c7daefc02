"""How much of a request's body is let in. Django under ASGI writes all of it to disk before any of our code is asked."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.urls import Resolver404, resolve

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
View = TypeVar("View", bound=Callable[..., Any])
# What a form holds besides its file: boundaries, headers, small fields.
ENVELOPE = 64 * 1024


class TooLong(Exception):
    """More arrives than was let in."""


def takes_files(view: View) -> View:
    """Mark a view whose requests may be as long as MEDIA_MAX_BYTES, instead of DATA_UPLOAD_MAX_MEMORY_SIZE."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


class BodyLimit:
    """ASGI middleware: answers 413 to a body that is declared too long, or that turns out to be."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        limit, received = _limit(scope), 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise TooLong
            return message

        try:
            if _declared(scope) > limit:
                raise TooLong
            await self.application(scope, counted, send)
        except TooLong:
            await _refuse(send)


def _limit(scope: Scope) -> int:
    """Bytes. Only who brings a cookie or a key may send files, and only to the views for them."""
    headers = {name for name, _ in scope["headers"]}
    small = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + ENVELOPE
    if not headers & {b"cookie", b"authorization"}:
        return int(small)
    try:
        view = resolve(scope["path"]).func
    except Resolver404:
        return int(small)
    return int(settings.MEDIA_MAX_BYTES + ENVELOPE) if getattr(view, "takes_files", False) else int(small)


def _declared(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(send: Send) -> None:
    body = {"type": "about:blank", "title": "Too large", "status": 413, "code": "too_large", "request_id": ""}
    data = json.dumps({**body, "detail": "This is more than the server takes in one request."}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(data)).encode())]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": data})
