"""Calls to Meta's Graph APIs (Facebook, Instagram, Threads): the address, the token, its proof, pages of a list, usage.

https://developers.facebook.com/docs/graph-api/overview. Tokens travel in a header, never in an address, so that neither
our logs nor `paging.next` of an answer can hold one.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from django.conf import settings

from multivio import http
from social.contract import NotSent
from social.platforms import sentences
from social.platforms.graph_errors import GraphErrors, usage

log = structlog.get_logger(__name__)

MOST_PAGES = 20
# https://developers.facebook.com/docs/graph-api/changelog/versions. A version that has ended is answered by the oldest one
# that has not, so that behaviour changes without a word.
VERSION_ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
WORTH_TELLING_PERCENT = 75
# What `paging.next` may repeat of the call that gave it, and what must come from us.
OURS = frozenset({"access_token", "appsecret_proof"})


@dataclass(frozen=True)
class Graph:
    """One of Meta's APIs: `root` with its version, the app's secret (empty: no proof is sent), and what its errors mean."""

    root: str
    errors: GraphErrors
    secret: str = field(default="", repr=False)
    scheme: str = "Bearer"

    @property
    def name(self) -> str:
        return self.errors.name

    def url(self, path: str) -> str:
        """`path` below the root; a whole address stays what it is."""
        return path if "://" in path else f"{self.root}{path}"


def proof(token: str, secret: str) -> str:
    """`appsecret_proof`: hex HMAC-SHA256 of exactly the token of the call
    (https://developers.facebook.com/docs/graph-api/guides/secure-requests)."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def call(
    graph: Graph,
    method: str,
    path: str,
    token: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeouts: http.Timeouts | None = None,
    **body: Any,
) -> http.Response:
    """One request with a token, answered whatever the status. `body` is one of multivio.http's: form, json_body, multipart,
    raw. Without a token none is sent (exchange of codes). Raises http.NotSentError, http.AmbiguousError."""
    asked = dict(query or {})
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"{graph.scheme} {token}"
        if graph.secret:
            asked["appsecret_proof"] = proof(token, graph.secret)
    # Upload sessions are called "upload:…?sig=…": a path with a query of its own.
    address, joint, own = graph.url(path).partition("?")
    response = http.request(
        method,
        http.with_query(address, asked) + (f"{'&' if asked else '?'}{own}" if joint else ""),
        headers=sent,
        timeouts=timeouts or http.Timeouts(total=settings.PUBLISH_CALL_TIMEOUT_SECONDS),
        **body,
    )
    used = usage(response.headers)
    if used.percent >= WORTH_TELLING_PERCENT:
        log.warning("limit is nearly used up", platform=graph.name, percent=used.percent)
    return response


def send_rest(
    host: Graph, path: str, token: str, file: IO[bytes], *, size: int, offset: int, timeouts: http.Timeouts
) -> http.Response:
    """A file of `size` bytes to Meta's host for resumable uploads, from the byte `offset` on
    (https://developers.facebook.com/docs/video-api/guides/reels-publishing). Raises http.HttpError."""
    file.seek(offset)
    headers = {"offset": str(offset), "file_size": str(size)}
    return call(host, "POST", path, token, headers=headers, raw=http.Raw(file, size - offset), timeouts=timeouts)


def repeatable(graph: Graph, method: str, path: str, token: str, **details: Any) -> dict[str, Any]:
    """A call that may be made again at will (reads, uploads, containers): its JSON object, or a PlatformError.

    Everything that is not Meta's own clear no is NotSent here, since nothing public hangs on it.
    """
    try:
        response = call(graph, method, path, token, **details)
    except http.HttpError as error:
        raise _not_reached(graph, error) from None
    if response.ok:
        return response.object()
    raise graph.errors.of_repeatable(response)


def committing(graph: Graph, path: str, token: str, *, answer: str = "id", **details: Any) -> dict[str, Any]:
    """The one POST that makes something public: its JSON object, which holds `answer`.

    Raises NotSent when nothing left this machine, Unknown when nobody can say, and what Meta refused with otherwise.
    """
    try:
        response = call(graph, "POST", path, token, **details)
    except http.NotSentError as error:
        raise _not_reached(graph, error) from None
    except http.AmbiguousError as error:
        raise graph.errors.unknown(str(error)) from None
    body = response.object()
    if response.ok and body.get(answer):
        return body
    raise graph.errors.of_commit(response)


def pages(graph: Graph, path: str, token: str, query: Mapping[str, str], *, most: int = MOST_PAGES) -> Iterator[Any]:
    """The objects of a list, page after page. Of `paging.next` only the parameters are used, never the host."""
    asked = dict(query)
    for _ in range(most):
        body = repeatable(graph, "GET", path, token, query=asked)
        data = body.get("data")
        yield from (one for one in (data if isinstance(data, list) else []) if isinstance(one, dict))
        following = (body.get("paging") or {}).get("next")
        if not following:
            return
        told = dict(parse_qsl(urlsplit(str(following)).query))
        asked = {**query, **{name: value for name, value in told.items() if name not in OURS}}


def _not_reached(graph: Graph, error: http.HttpError) -> NotSent:
    return NotSent(
        sentences.not_reached(graph.name),
        code="not_reached",
        detail=str(error),
        next_step=sentences.NOTHING_TO_DO,
        may_have_arrived=isinstance(error, http.AmbiguousError),
    )
