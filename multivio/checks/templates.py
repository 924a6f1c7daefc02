"""What the content security policy and the house forbid in templates: `python -m multivio.checks.templates`.

Inline scripts, style attributes and event handlers would be blocked by the browser, silently and only on the page that
has them; and a template of more than 200 lines wants to be split.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from multivio.embedded.home import CHECKOUT

LONGEST = 200
# Their pages' own policy lets styles pass (multivio/docs.py): the viewers write some themselves.
STYLES_ALLOWED = "drf_spectacular"
JSON_TYPES = {"application/json", "application/ld+json"}
# Longest first: a comment may hold tags.
_NOT_HTML = re.compile(
    r"\{% comment.*?endcomment %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)


class _Page(HTMLParser):
    """Collects (line, complaint) while it reads the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") not in JSON_TYPES:
            self._complain("an inline script; put it into static/js")
        if tag == "style":
            self._complain("a style element; put it into static/css")
        for name, value in given.items():
            if (value or "").startswith(("js:", "javascript:")) or (name == "hx-trigger" and "[" in (value or "")):
                self._complain(f"code in {name}= on <{tag}>; listen in a module")
            if name == "style":
                self._complain(f"style= on <{tag}>; use a class")
            elif name.startswith(("on", "hx-on")):
                self._complain(f"{name}= on <{tag}>; listen in a module")

    def _complain(self, text: str) -> None:
        self.found.append((self.getpos()[0], text))


def html_only(source: str) -> str:
    """The template with its tags blanked out; lines keep their numbers."""
    return _NOT_HTML.sub(lambda match: "\n" * match[0].count("\n") or " ", source)


def problems(source: str) -> list[tuple[int, str]]:
    """(line, complaint) for everything in the template's source that is forbidden."""
    page = _Page()
    page.feed(html_only(source))
    lines = source.count("\n") + 1
    if lines > LONGEST:
        page.found.append((LONGEST, f"{lines} lines; {LONGEST} are the most"))
    return sorted(page.found)


def templates() -> Iterator[Path]:
    """Every template of the product. The sandbox is a program of its own with rules of its own."""
    for folder in (CHECKOUT / "templates", *sorted(CHECKOUT.glob("*/templates"))):
        if folder.parent.name != "sandbox":
            yield from sorted(folder.rglob("*.html"))


def main() -> int:
    count = 0
    for path in templates():
        for line, complaint in problems(path.read_text()):
            if path.parent.name == STYLES_ALLOWED and complaint.startswith("a style element"):
                continue
            sys.stdout.write(f"{path.relative_to(CHECKOUT)}:{line}: {complaint}\n")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
