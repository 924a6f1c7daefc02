"""What a link stands for: the text of a page, or of one entry of a feed. It is data, whatever it says."""

from collections.abc import Iterable

from multivio.errors import Invalid, Problem
from multivio.feeds import Entry, read_feed
from multivio.fetching import NotRead, read_page

TEASER = 600  # an entry with less in it is only the beginning of its page


def of_link(link: str, entry: str = "") -> tuple[str, str]:
    """The text, and the address that people would open to read it. No transaction may be open. Raises NotRead, Invalid."""
    if not entry:
        page = read_page(link)
        return _joined((page.title, page.text)), link
    found = next((one for one in read_feed(link).entries if one.uid == entry), None)
    if found is None:
        sentence = "This entry is no longer in the feed. List its entries again."
        raise Invalid.because([Problem("entry", "no_such_entry", sentence)])
    return _of_entry(found), found.url or link


def _of_entry(entry: Entry) -> str:
    if entry.url and len(entry.text) < TEASER:
        try:
            page = read_page(entry.url)
        except NotRead:
            pass  # then the beginning has to do
        else:
            return _joined((entry.title, page.text))
    return _joined((entry.title, entry.text))


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
