"""A body that arrives in chunks is read like any other."""

from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from multivio.chunked import ChunkedBodyMiddleware
from multivio.parsers import JSONParser


def arriving(body: bytes, **headers: str) -> ASGIRequest:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return ASGIRequest(
        {"type": "http", "method": "POST", "path": "/", "headers": sent, "query_string": b""}, BytesIO(body)
    )


def data(request: HttpRequest) -> Any:
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(Request(request, parsers=[JSONParser()]).data)
        return HttpResponse()

    ChunkedBodyMiddleware(view)(request)
    return seen[0]


def test_chunks_are_put_together() -> None:
    body = b'{"text": "Alma ships on 1 December."}'
    assert data(arriving(body, content_type="application/json", transfer_encoding="chunked")) == {
        "text": "Alma ships on 1 December."
    }


def test_a_form_in_chunks_is_read_too() -> None:
    request = arriving(b"a=1&b=2", content_type="application/x-www-form-urlencoded", transfer_encoding="chunked")
    ChunkedBodyMiddleware(lambda request: HttpResponse())(request)
    assert request.POST.dict() == {"a": "1", "b": "2"}


def test_a_declared_length_stays_as_it_is() -> None:
    request = arriving(b'{"text": "Hi"}', content_type="application/json", content_length="14")
    assert data(request) == {"text": "Hi"}
    assert request.META["CONTENT_LENGTH"] == "14"


def test_an_empty_body_is_empty() -> None:
    assert data(arriving(b"", content_type="application/json", transfer_encoding="chunked")) == {}
