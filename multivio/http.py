"""The way out: one thin HTTP client for the platforms, which tells "never sent" from "nobody knows".

A request to publish may not be repeated unless it is certain that no byte of it left. So there are two failures:
`NotSentError` when no connection came about (address, DNS, refused, TLS, connect time-out), and `AmbiguousError` for
everything after that, also when a kept-alive connection turns out to be dead. Nothing is ever retried, and no redirect
is followed: a 3xx is an answer like any other. Neither error carries an address or a header: those may hold tokens.
"""

import ipaddress
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

USER_AGENT = "Multivio/1"
BLOCK = 64 * 1024
MAX_RESPONSE_BYTES = 4 * 1024**2
IDLE_SECONDS = 3.0  # under the five seconds after which common servers hang up
CONNECTIONS_PER_HOST = 80  # above the slots of an engine, so that a busy host never opens connections to throw away


class HttpError(Exception):
    """Base. The message names host and cause, never the rest of the address."""


class NotSentError(HttpError):
    """No byte of the request can have left: it may be sent again."""


class AmbiguousError(HttpError):
    """The request, or a part of it, may have arrived: whether it had an effect is not known."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `read` is for one silence; `total` ends a body that keeps trickling in."""

    connect: float = 5
    read: float = 25
    total: float = 30


@dataclass(frozen=True)
class Response:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return json.loads(self.body)

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is anything else, such as the HTML page of an edge server."""
        try:
            found = self.json()
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Multipart:
    """A form with one file, which is read while it is sent. `size` bytes of `file` are sent, from where it stands."""

    fields: Mapping[str, str]
    name: str
    file: IO[bytes]
    size: int
    mime: str = "application/octet-stream"
    filename: str = "file"


@dataclass(frozen=True)
class Raw:
    """A body of `size` bytes of `file`, from where it stands, read while it is sent."""

    file: IO[bytes]
    size: int
    mime: str = "application/octet-stream"


def request(  # noqa: PLR0913 - a body comes in one of four forms
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json_body: Any = None,
    form: Mapping[str, str] | None = None,
    multipart: Multipart | None = None,
    raw: Raw | None = None,
    timeouts: Timeouts = Timeouts(),
    max_bytes: int = MAX_RESPONSE_BYTES,
) -> Response:
    """Send one request and read its whole answer. At most one of the four bodies.

    Raises NotSentError, AmbiguousError; ValueError for an address that is neither https nor http to this machine.
    """
    host = _checked_host(url)
    body, body_headers = _body(json_body, form, multipart) if raw is None else _raw(raw)
    deadline = time.monotonic() + timeouts.total
    try:
        answer = _pool(os.getpid()).request(
            method,
            url,
            body=body,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", **body_headers, **(headers or {})},
            retries=False,
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=timeouts.connect, read=min(timeouts.read, timeouts.total)),
        )
        return _read(answer, deadline=deadline, max_bytes=max_bytes)
    except HttpError as error:
        raise type(error)(f"{method} {host}: {error}") from None
    # urllib3's errors quote the address, and OSError can come from any socket call: neither is passed on as it is.
    except (HTTPError, OSError) as error:
        raise AmbiguousError(f"{method} {host}: {type(error).__name__}") from None


def with_query(url: str, query: Mapping[str, str] | None) -> str:
    """The address with these parameters; spaces become %20, as signatures want them."""
    return f"{url}?{urlencode(query, quote_via=quote)}" if query else url


def _checked_host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password or not host:
        raise ValueError("an address needs a host and may not hold a password")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"refusing {parts.scheme}:// to {host}: only https, or http to this machine")
    return host


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _body(
    json_body: Any, form: Mapping[str, str] | None, multipart: Multipart | None
) -> tuple[bytes | Iterator[bytes] | None, dict[str, str]]:
    if json_body is not None:
        return json.dumps(json_body).encode(), {"Content-Type": "application/json"}
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if multipart is not None:
        return _multipart(multipart)
    return None, {}


def _multipart(form: Multipart) -> tuple[Iterator[bytes], dict[str, str]]:
    boundary = secrets.token_hex(16)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.fields.items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="{form.name}"; filename="{form.filename}"\r\n'
    head += f"Content-Type: {form.mime}\r\n\r\n"
    tail = f"\r\n--{boundary}--\r\n"
    length = len(head.encode()) + form.size + len(tail)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(length)}
    return _parts(head.encode(), form, tail.encode()), headers


def _raw(body: Raw) -> tuple[Iterator[bytes], dict[str, str]]:
    return _blocks(body.file, body.size), {"Content-Type": body.mime, "Content-Length": str(body.size)}


def _parts(head: bytes, form: Multipart, tail: bytes) -> Iterator[bytes]:
    yield head
    yield from _blocks(form.file, form.size)
    yield tail


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left:
        block = file.read(min(BLOCK, left))
        if not block:
            raise OSError("the file is shorter than its stated size")
        left -= len(block)
        yield block


def _read(raw: urllib3.BaseHTTPResponse, *, deadline: float, max_bytes: int) -> Response:
    """Read the body under the cap and the deadline. The connection goes back to the pool only after a whole answer."""
    body = bytearray()
    is_whole = False
    try:
        for block in raw.stream(BLOCK, decode_content=True):
            body += block
            if len(body) > max_bytes:
                raise AmbiguousError(f"the answer is longer than {max_bytes} bytes")
            if time.monotonic() > deadline:
                raise AmbiguousError("the answer took too long")
        is_whole = True
    finally:
        raw.release_conn() if is_whole else raw.close()
    headers = {name.lower(): value for name, value in raw.headers.items()}
    return Response(status=raw.status, headers=headers, body=bytes(body))


# -- connections that say whether they ever came about ---------------------------------------------


def _connecting(error: Exception) -> NotSentError:
    return NotSentError(f"no connection ({type(error).__name__})")


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, OSError) as error:
            self.close()
            raise _connecting(error) from None


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, OSError) as error:  # ssl.SSLError and certificate errors are OSErrors
            self.close()
            raise _connecting(error) from None


class _Fresh:
    """For pools: a connection that was idle for long is replaced, since the other side may be hanging up just now.

    A request that meets the end of a kept connection has an unknown outcome, and a new connection costs less than that.
    """

    def _get_conn(self, timeout: float | None = None) -> Any:
        conn = super()._get_conn(timeout)  # type: ignore[misc]
        if time.monotonic() - getattr(conn, "idle_since", time.monotonic()) > IDLE_SECONDS:
            conn.close()
        return conn

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)  # type: ignore[misc]


class _PlainPool(_Fresh, HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(_Fresh, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@lru_cache(maxsize=1)
def _pool(_process: int) -> urllib3.PoolManager:
    """One pool for each process: sockets must not be shared after a fork."""
    manager = urllib3.PoolManager(num_pools=32, maxsize=CONNECTIONS_PER_HOST, block=False)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    return manager
