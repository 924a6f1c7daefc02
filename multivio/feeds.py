"""Reading a feed that somebody named: RSS and Atom, as a list of entries of plain text.

It is fetched as carefully as a page (fetching.py). Nothing is fetched for it, and one that defines entities is not parsed at all:
none needs them, and they are how XML is made to grow or to read files.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import etree

from multivio import fetching
from multivio.fetching import MOST_LETTERS, Found, NotRead
from multivio.page_text import LONGEST_TITLE, read_html, tree_of

MOST_ENTRIES = 30
MOST_LOOKED_AT = 200  # of entries that all say the same id
MOST_ALTERNATES = 5
LONGEST_ADDRESS = 2000
DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
ENTITY = re.compile(r"<!\s*ENTITY", re.IGNORECASE)
ALTERNATE = frozenset({"application/rss+xml", "application/atom+xml"})
ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
# Those of which the words below are; others have a title or a link of their own kind.
NAMESPACES = frozenset(
    {
        None,
        *ATOM,
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://purl.org/rss/1.0/modules/content/",
        "http://purl.org/dc/elements/1.1/",
    }
)
TEXTS = ("encoded", "content", "description", "summary")
MOMENTS = ("published", "pubDate", "issued", "date", "updated", "modified")


@dataclass(frozen=True)
class Entry:
    """One page of a feed. `uid` names it as long as the feed lists it; `url` is empty where it leads nowhere."""

    uid: str
    title: str
    url: str
    text: str
    published_at: datetime | None


@dataclass(frozen=True)
class Alternate:
    """A feed that a page names."""

    title: str
    url: str


@dataclass(frozen=True)
class Feed:
    """Its entries, or, where the address is that of a page, the feeds that the page names."""

    title: str
    entries: tuple[Entry, ...] = ()
    alternates: tuple[Alternate, ...] = ()


def read_feed(url: str) -> Feed:
    """The feed at this address. No transaction may be open. Raises NotRead."""
    found = fetching.fetch(url, fetching.FEEDS)
    if found.is_feed:
        return _feed(found)
    alternates = tuple(_alternates(found)) if found.mime in fetching.HTML else ()
    if not alternates:
        raise NotRead(
            "There is no feed at this address, and the page names none. Use it as a page, or look for another."
        )
    return Feed(read_html(found.text)[0], alternates=alternates)


def _feed(found: Found) -> Feed:
    if ENTITY.search(found.text):
        raise NotRead(
            "This feed defines words of its own, which is not safe to read. Open the page that you mean instead."
        )
    # The encoding is settled by now, so that what was looked at is what is parsed. Damaged feeds are read as far as they go.
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(DECLARATION.sub("", found.text).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise NotRead("This feed is damaged and cannot be read. Open the page that you mean instead.")
    entries: dict[str, Entry] = {}
    for node in islice(root.iter("{*}item", "{*}entry"), MOST_LOOKED_AT):
        entry = _entry(found.url, node)
        entries.setdefault(entry.uid, entry)
        if len(entries) == MOST_ENTRIES:
            break
    if not entries:
        raise NotRead("There is nothing in this feed yet.")
    head = next(root.iter("{*}channel"), root)
    return Feed(_line(_first(head, "title")), tuple(entries.values()))


def _entry(base: str, node: etree._Element) -> Entry:
    named = _first(node, "guid", "id")
    url = _address(base, _link(node) or named)
    text = read_html(max((_first(node, name) for name in TEXTS), key=len))[1]
    title = _line(_first(node, "title")) or text[:80] or "Without a title"
    uid = hashlib.sha256((named or url or f"{title}\n{text}").encode()).hexdigest()[:20]
    return Entry(uid, title, url, text[:MOST_LETTERS].strip(), _moment(_first(node, *MOMENTS)))


def _first(node: etree._Element, *names: str) -> str:
    """What the first of its children with one of these names holds; markup as HTML."""
    for name in names:
        for child in node.iterchildren(f"{{*}}{name}"):
            if etree.QName(child).namespace not in NAMESPACES:
                continue
            return (
                etree.tostring(child, encoding="unicode", with_tail=False) if len(child) else (child.text or "").strip()
            )
    return ""


def _link(node: etree._Element) -> str:
    """RSS has it as text, Atom as one of several, by what it is for."""
    for child in node.iterchildren("{*}link"):
        if etree.QName(child).namespace in ATOM:
            if child.get("rel", "alternate") == "alternate":
                return str(child.get("href", ""))
        elif child.text:
            return str(child.text)
    return ""


def _line(html: str) -> str:
    return " ".join(read_html(html)[1].split())[:LONGEST_TITLE]


def _moment(told: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(told)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _address(base: str, link: str) -> str:
    """As a whole, or nothing where it is none of a page."""
    try:
        url = urljoin(base, link.strip()) if link.strip() else ""
        parts = urlsplit(url)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        return ""
    return url if is_fine and len(url) <= LONGEST_ADDRESS and url.isprintable() and " " not in url else ""


def _alternates(page: Found) -> Iterator[Alternate]:
    root = tree_of(page.text)
    seen: set[str] = set()
    for link in root.iter("link") if root is not None else ():
        url = _address(page.url, link.get("href", ""))
        is_alternate = "alternate" in link.get("rel", "").lower().split()
        if is_alternate and link.get("type", "").strip().lower() in ALTERNATE and url and url not in seen:
            seen.add(url)
            yield Alternate(" ".join(link.get("title", "").split())[:LONGEST_TITLE] or url, url)
            if len(seen) == MOST_ALTERNATES:
                return
