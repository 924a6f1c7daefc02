"""The public end of a signed address: the file itself, whole or in part, or a redirect to the bucket that has it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import IO, cast

from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.handlers.asgi import ASGIRequest
from django.core.signing import BadSignature
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from multivio.tenancy import outside_transaction
from posts.media import storage
from posts.media.addresses import Expired, seconds_left
from posts.media.formats import MIME_BY_EXT
from posts.media.ranges import Span, Unsatisfiable, span_of

CHUNK = 256 * 1024
MOST_STREAMED = 50 * 1024**2
# Even if a browser took a file for a document, nothing in it could run or load.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox"


@outside_transaction
@require_safe
def serve(request: HttpRequest, seal: str, name: str) -> HttpResponseBase:
    """404 for a forged address or a file that is gone, 410 for an expired address, else the file."""
    mime = MIME_BY_EXT.get(name.rpartition(".")[2])
    try:
        left = seconds_left(seal, name)
    except BadSignature as error:
        raise Http404("no such file") from error
    except Expired:
        return HttpResponse("This address has expired.", status=410, content_type="text/plain")
    if mime is None:
        raise Http404("no such file")
    if storage.in_bucket():
        answer: HttpResponseBase = HttpResponseRedirect(storage.bucket_address(name, mime, seconds=left))
        # A kept redirect must not outlive what it points to.
        answer["Cache-Control"] = f"private, max-age={max(left - 60, 0)}"
        return answer
    answer = _file(request, name, mime)
    answer["Cache-Control"] = f"private, max-age={left}"
    return answer


@outside_transaction
@require_safe
def stream(request: HttpRequest, seal: str, name: str) -> HttpResponseBase:
    """A picture for a platform that follows no redirect: passed through from wherever it lies, piece by piece. Pictures alone,
    and none larger than any platform takes, so that nobody's video goes through here."""
    mime = MIME_BY_EXT.get(name.rpartition(".")[2], "")
    try:
        left = seconds_left(seal, name, is_streamed=True)
        size = storage.size_of(name)
    except (BadSignature, FileNotFoundError) as error:
        raise Http404("no such file") from error
    except Expired:
        return HttpResponse("This address has expired.", status=410, content_type="text/plain")
    if not mime.startswith("image/") or size > MOST_STREAMED:
        raise Http404("no such picture")
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse()
    else:
        pieces = _pieces(name)
        answer = StreamingHttpResponse(_in_turn(pieces) if isinstance(request, ASGIRequest) else pieces)
    answer["Content-Type"] = mime
    answer["Content-Length"] = str(size)
    answer["Content-Disposition"] = storage.disposition_of(mime)
    answer["Content-Security-Policy"] = POLICY
    answer["Cache-Control"] = f"private, max-age={left}"
    return answer


def _pieces(name: str) -> Iterator[bytes]:
    with storage.opened(name) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _file(request: HttpRequest, name: str, mime: str) -> HttpResponseBase:
    try:
        size = storage.size_of(name)
    except FileNotFoundError as error:
        raise Http404("no such file") from error
    etag = quote_etag(name)  # what is stored under a name never changes
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    answer = _whole_or_part(request, name, size, etag)
    answer["Content-Type"] = mime
    answer["Content-Disposition"] = storage.disposition_of(mime)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = etag
    answer["Content-Security-Policy"] = POLICY
    return answer


def _whole_or_part(request: HttpRequest, name: str, size: int, etag: str) -> HttpResponseBase:
    # A part is asked for on condition that the file is still the one that the earlier parts came from.
    is_same = request.headers.get("If-Range", etag) == etag
    try:
        span = span_of(request.headers.get("Range", ""), size) if is_same and request.method == "GET" else None
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = span or Span(0, size)
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse()
    else:
        # Under ASGI, Django collects a synchronous iterator into a list before it sends: a video would fill the memory.
        content = _read_async(name, part) if isinstance(request, ASGIRequest) else _read(name, part)
        answer = StreamingHttpResponse(content, status=206 if span else 200)
    answer["Content-Length"] = str(part.length)
    if span:
        answer["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    return answer


def _open(name: str, start: int) -> IO[bytes]:
    file = cast(IO[bytes], default_storage.open(name, "rb"))
    file.seek(start)
    return file


def _read(name: str, span: Span) -> Iterator[bytes]:
    with closing(_open(name, span.start)) as file:
        left = span.length
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _read_async(name: str, span: Span) -> AsyncIterator[bytes]:
    return _in_turn(_read(name, span))


async def _in_turn(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(chunks, b""), thread_sensitive=False)
    try:
        while chunk := await following():
            yield chunk
    finally:
        chunks.close()  # type: ignore[attr-defined]
