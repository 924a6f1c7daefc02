"""Reading a page that somebody named: only what the whole internet may see, and never more of it than asked.

The address is resolved once, every answer of the resolver is judged, and the connection goes to exactly that number: a name
that changes its mind between the look and the call leads nowhere. Redirects are followed by hand, each as careful as the
first. No cookies, no credentials, no proxy; what comes is data.
"""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from multivio.errors import Invalid, Problem
from multivio.page_text import read_html

USER_AGENT = "Mozilla/5.0 (compatible; Multivio/1; +reads a page that its author named)"
MOST_REDIRECTS = 4
MAX_BYTES = 2 * 1024**2
TOTAL_SECONDS = 12.0
PORTS = frozenset({80, 443, 8080, 8443})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTML = ("text/html", "application/xhtml+xml")
PAGES = "text/html, text/plain;q=0.8"
FEEDS = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8"
FEED = re.compile(r"<(\w+:)?(rss|feed|RDF)[\s>]")
# Those that pages are written in. Python knows more: some take minutes for a text that was made for it, some read no text at all.
CHARSETS = re.compile(
    r"(utf-?8|utf-?16(-?[lb]e)?|us-ascii|iso-?8859-\d{1,2}|latin-?1|windows-125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift[_-]jis"
    r"|euc-(jp|kr)|iso-2022-jp)",
    re.I,
)
# Numbers that are public by their form alone: the inside of a cloud (Azure's host).
INSIDE = frozenset({"168.63.129.16"})
TOO_LONG = "The page took too long. Paste what matters of it."
HEAD_LETTERS = 8000
MOST_LETTERS = 12_000


class NotRead(Invalid):
    """The page cannot be read, with the reason as people need it."""

    code = "link_not_read"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, problems=[Problem("link", self.code, sentence)])


class IsFeed(NotRead):
    """What is there is a list of pages."""

    code = "link_is_feed"


@dataclass(frozen=True)
class Page:
    """A page as text."""

    title: str
    text: str


@dataclass(frozen=True)
class Found:
    """What an address holds. `url` is where it really was."""

    url: str
    mime: str
    text: str

    @property
    def is_feed(self) -> bool:
        """By its first element: declared types are often wrong."""
        rest = self.text[:HEAD_LETTERS].lstrip("\ufeff \t\r\n")
        while rest.startswith(("<?", "<!")):
            end = "-->" if rest.startswith("<!--") else "]>" if "[" in rest.partition(">")[0] else ">"
            rest = rest.partition(end)[2].lstrip()
        return FEED.match(rest) is not None


@dataclass(frozen=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    numbers: tuple[str, ...]


def read_page(url: str) -> Page:
    """The page at this address as text. No transaction may be open. Raises NotRead, and IsFeed."""
    found = fetch(url, PAGES)
    if found.is_feed:
        raise IsFeed("This is the address of a feed. Choose one of its entries.")
    if found.mime == "text/plain":
        return Page("", found.text[:MOST_LETTERS].strip())
    if found.mime not in HTML:
        raise NotRead("This address holds no page of text. Paste what matters of it.")
    title, text = read_html(found.text)
    if not text:
        raise NotRead("There is no text on this page without its scripts. Paste what matters of it.")
    return Page(title, text[:MOST_LETTERS].strip())


def fetch(url: str, accept: str) -> Found:
    """What is at this address, as it came. No transaction may be open. Raises NotRead."""
    deadline = time.monotonic() + TOTAL_SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        status, headers, content = _get(_target(url, deadline), accept, deadline)
        if status in REDIRECTS and "location" in headers:
            url = urljoin(url, headers["location"])
            continue
        if status != 200:
            raise NotRead(f"The page answered with {status}. Open it yourself and paste what matters.")
        mime, _, rest = headers.get("content-type", "").partition(";")
        return Found(url, mime.strip().lower(), _decoded(content, rest))
    raise NotRead("The page leads from one address to the next. Paste what matters of it.")


def _decoded(content: bytes, parameters: str) -> str:
    """By what was declared beside it, by its own mark, or as it declares itself."""
    declared = re.match(rb"""\s*<\?xml[^>]*encoding=["']([\w.:-]{1,40})["']""", content)
    charset = parameters.rpartition("charset=")[2].strip("\"' ") if "charset=" in parameters else ""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    marked = next((name for mark, name in marks.items() if content.startswith(mark)), "")
    told = charset or (declared[1].decode() if declared else "")
    try:
        return content.decode(marked or (told if CHARSETS.fullmatch(told) else "utf-8"), "replace")
    except LookupError:  # like one of those, and there is none such
        return content.decode("utf-8", "replace")


def _target(url: str, deadline: float) -> _Target:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        host = host.encode("idna").decode("ascii")  # as the resolver, the header and the certificate name it
    except ValueError:
        raise NotRead("This is not an address of a page.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password or port not in PORTS:
        raise NotRead("This is not an address of a page. It begins with https:// and has no password in it.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, port, path, _resolved(host, port, deadline))


def _resolved(host: str, port: int, deadline: float) -> tuple[str, ...]:
    """The numbers of a host; all of them have to be public."""
    found = _looked_up(host, port, deadline)
    if not found:
        raise NotRead(f"There is no host {host[:80]}. Look at the address again.")
    numbers = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not numbers or not all(is_public(number) for number in numbers):
        raise NotRead("This address is not on the public internet, so it is not read.")
    return numbers


def _looked_up(host: str, port: int, deadline: float) -> list[Any]:
    """What the resolver says, which has no limit of its own: nobody waits for it past the deadline."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0.0, deadline - time.monotonic()))
    if asking.is_alive():
        raise NotRead(TOO_LONG)
    return found


def is_public(number: str) -> bool:
    """Whether an IP address is one that anybody may reach: not this machine, not a network at home, not a cloud's inside."""
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    for inner in _inside(address):
        if not inner.is_global or inner.is_multicast or inner.is_reserved or inner.is_unspecified:
            return False
        if str(inner) in INSIDE or (isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local):
            return False
    return True


def _inside(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> Sequence[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The address, and those of the older internet that newer ones carry in them (mapped, 6to4, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    carried = [address.ipv4_mapped, address.sixtofour]
    if address in ipaddress.ip_network("64:ff9b::/96"):
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    older = [each for each in carried if each is not None]
    return older if address.ipv4_mapped else [address, *older]


def _get(target: _Target, accept: str, deadline: float) -> tuple[int, dict[str, str], bytes]:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NotRead(TOO_LONG)
    default = 443 if target.scheme == "https" else 80
    name = f"[{target.host}]" if ":" in target.host else target.host
    headers = {
        "Host": name if target.port == default else f"{name}:{target.port}",
        "User-Agent": USER_AGENT,
        "Accept": accept,
        "Accept-Encoding": "gzip",
    }
    with _pool(target, left) as pool, _cut_after(pool, left):
        try:
            answer = pool.request(
                "GET", target.path, headers=headers, retries=False, redirect=False, preload_content=False
            )
            with answer:
                content = _read(answer, deadline)
        except (HTTPError, OSError):
            raise NotRead("The page does not answer. Open it yourself and paste what matters.") from None
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, content


def _pool(target: _Target, left: float) -> urllib3.HTTPConnectionPool:
    """To the number that was looked at; the certificate still has to be the host's."""
    timeout = urllib3.Timeout(connect=min(5.0, left), read=min(8.0, left))
    number = target.numbers[0]
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(number, target.port, timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        number, target.port, timeout=timeout, maxsize=1, server_hostname=target.host, assert_hostname=target.host
    )


@contextmanager
def _cut_after(pool: urllib3.HTTPConnectionPool, seconds: float) -> Iterator[None]:
    """Cut the lines of a pool when the time is over. A server that sends its head byte by byte begins the patience of each read
    anew, so nothing else would ever end it."""
    lines: list[socket.socket] = []
    kind: Any = HTTPSConnection if isinstance(pool, urllib3.HTTPSConnectionPool) else HTTPConnection

    class Watched(kind):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            made: socket.socket = super()._new_conn()
            lines.append(made)
            return made

        def connect(self) -> None:
            super().connect()
            lines.append(self.sock)  # with TLS another one, that has taken over the first

    pool.ConnectionCls = Watched
    cutting = threading.Timer(seconds, _cut, [lines])
    cutting.daemon = True
    cutting.start()
    try:
        yield
    finally:
        cutting.cancel()


def _cut(lines: Sequence[socket.socket]) -> None:
    for line in lines:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended, or another one has taken over
            continue


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    # What there is, not a whole block: a page that drips would keep us past the deadline.
    while block := answer.read1(64 * 1024, decode_content=True):
        content += block
        if len(content) > MAX_BYTES:
            break  # the beginning of a long page says what it is about
        if time.monotonic() > deadline:
            raise NotRead(TOO_LONG)
    return bytes(content[:MAX_BYTES])
