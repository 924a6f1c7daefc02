"""What a feed says, whichever kind it is; and that none can make us read files, grow, or wait."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from multivio import feeds
from multivio.feeds import Entry, Feed
from multivio.fetching import Found, NotRead
from multivio.page_text import read_html

LAUGHS = """<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rss><channel><item><title>&b;</title></item></channel></rss>"""
FILE = """<!DOCTYPE r [<!ENTITY % outside SYSTEM "file:///etc/passwd"> %outside;
<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><!-- made by hand --><feed xmlns="http://www.w3.org/2005/Atom"
xmlns:media="http://search.yahoo.com/mrss/"><title>Lamps</title><entry><media:title>Not this</media:title><title>Alma</title>
<link rel="self" href="/self"/><link href="alma.html"/><id>tag:1</id><updated>2026-11-27T08:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Sixty <b>hours</b></p><script>no</script></div></content></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Lamps</title></channel><item><title>Alma</title>
<link>https://example.org/news/alma.html</link><dc:date>2026-11-27T08:00:00+00:00</dc:date>
<description>Sixty hours</description></item></rdf:RDF>"""
RSS = """<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://example.org/rss.dtd"><rss xmlns:content=
"http://purl.org/rss/1.0/modules/content/"><channel><title>Lamps</title><item><title>Alma</title>
<guid>https://example.org/news/alma.html</guid><pubDate>Fri, 27 Nov 2026 08:00:00 GMT</pubDate><description>Short</description>
<content:encoded><![CDATA[<p>Sixty hours</p>]]></content:encoded></item></channel></rss>"""


def read(text: str) -> Feed:
    found = Found("https://example.org/news/feed", "application/xml", text)
    assert found.is_feed
    return feeds._feed(found)


@pytest.mark.parametrize("text", [ATOM, RDF, RSS])
def test_every_kind_says_the_same(text: str) -> None:
    feed = read(text)
    (entry,) = feed.entries
    assert (feed.title, entry.title, entry.url) == ("Lamps", "Alma", "https://example.org/news/alma.html")
    assert (entry.text, entry.published_at) == ("Sixty hours", datetime(2026, 11, 27, 8, tzinfo=UTC))


def test_a_damaged_one_is_read_as_far_as_it_goes() -> None:
    feed = read("<rss><channel><title>A & B&nbsp;</title><item><title>One</title></item><item><title>Tw")
    assert [entry.title for entry in feed.entries] == ["One", "Tw"]


def test_it_ends_where_a_person_would_stop_looking() -> None:
    items = "".join(f"<item><title>{number}</title></item>" for number in range(100))
    assert len(read(f"<rss><channel>{items}</channel></rss>").entries) == feeds.MOST_ENTRIES


@pytest.mark.parametrize("text", [LAUGHS, FILE, LAUGHS.replace("<!ENTITY", "<!entity")])
def test_one_that_defines_entities_is_not_parsed(text: str) -> None:
    with pytest.raises(NotRead, match="not safe to read"):
        read(text)


def test_an_empty_one_says_so() -> None:
    with pytest.raises(NotRead, match="nothing in this feed"):
        read("<rss><channel></channel></rss>")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "https://me:secret@example.org/",
        "https://a b.example/",
        "//[",
    ],
)
def test_a_link_that_is_none_of_a_page_is_left_out(link: str) -> None:
    (entry,) = read(f"<rss><channel><item><title>A</title><link>{link}</link></item></channel></rss>").entries
    assert entry.url == ""


@pytest.mark.parametrize(
    "text", ["<html><rss>", "Plain words", "", "<!-- never closed", "<?xml", "<rssx>", "<!DOCTYPE html>"]
)
def test_what_begins_otherwise_is_none(text: str) -> None:
    assert not Found("https://example.org/", "application/xml", text).is_feed


@pytest.mark.parametrize("unit", ["<a ", '<a x="', "<!--", "<?", "</", "<a>", "<![CDATA[", "<div hidden>"])
def test_what_was_made_to_take_long_takes_no_longer(unit: str) -> None:
    began = time.process_time()
    read_html(unit * (1024**2 // len(unit)))
    read(
        f"<rss><channel><item><title>A</title><description><![CDATA[{unit * 100_000}]]></description></item></channel></rss>"
    )
    assert time.process_time() - began < 10  # by Python's own parser it is minutes, for a tenth of it


def test_a_feed_of_one_entry_that_says_itself_for_ever_is_read_as_far_as_it_matters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[object] = []
    one = feeds._entry

    def look(base: str, node: Any) -> Entry:
        looked_at.append(node)
        return one(base, node)

    monkeypatch.setattr(feeds, "_entry", look)
    assert len(read(f"<rss><channel>{'<item/>' * 5000}</channel></rss>").entries) == 1
    assert len(looked_at) == feeds.MOST_LOOKED_AT
