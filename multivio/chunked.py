"""Requests that arrive in chunks, without saying how long they are."""

import os
from collections.abc import Callable

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase


class ChunkedBodyMiddleware:
    """Write down the length of a body that came in chunks.

    Django's parsers and REST framework's read as much as Content-Length says, and so took such a body for an empty one.
    Under ASGI all of it is on disk by now: its length is known.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request, ASGIRequest) and "Transfer-Encoding" in request.headers:
            body = request._stream
            request.META["CONTENT_LENGTH"] = str(body.seek(0, os.SEEK_END))
            body.seek(0)
        return self.get_response(request)
