"""What the documents on security promise is held by tests that they name; this holds the names, and that the documents are found."""

import re
from pathlib import Path

import pytest

from multivio import rates
from multivio.embedded.home import CHECKOUT

DOCS = CHECKOUT / "docs"
SECURITY = (DOCS / "security.md").read_text()
AUTHORIZATION = (DOCS / "security-authorization.md").read_text()
TEXT = SECURITY + AUTHORIZATION + (DOCS / "audit-trail.md").read_text()
CHAPTERS = {"V6": SECURITY, "V7": SECURITY, "V8": AUTHORIZATION, "V10": SECURITY}
FOLDERS = ("accounts", "social", "posts", "multivio", "tests")
SOURCES = {path: path.read_text() for folder in FOLDERS for path in (CHECKOUT / folder).rglob("test_*.py")}
NAMED = sorted(set(re.findall(r"(?:`|::)(test_[a-z_]+|[A-Z][A-Za-z]+Tests)(?=`|::)", TEXT)))
PAIRS = sorted(set(re.findall(r"`((?:[\w/]+/)?test_\w+\.py)((?:::\w+)+)`", TEXT)))
FILES = sorted(set(re.findall(r"`((?:[\w/]+/)?test_\w+\.py)", TEXT)))


def test_it_names_some() -> None:
    assert len(NAMED) > 40
    assert len(FILES) > 8


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_is_there(name: str) -> None:
    kind = "class" if name.endswith("Tests") else "def"
    assert any(re.search(rf"\b{kind} {name}\b", source) for source in SOURCES.values()), name


@pytest.mark.parametrize("name", FILES)
def test_the_files_it_names_are_there(name: str) -> None:
    assert path_of(name).exists()


@pytest.mark.parametrize(("name", "within"), PAIRS)
def test_what_it_names_in_a_file_is_in_that_file(name: str, within: str) -> None:
    text = path_of(name).read_text()
    for each in within.split("::")[1:]:
        assert re.search(rf"\b(?:class|def) {each}\b", text), each


def path_of(name: str) -> Path:
    return CHECKOUT / (name if "/" in name else f"accounts/tests/{name}")


def rows(chapter: str) -> list[str]:
    """The items of a chapter, one in each row; where a row has several it stands for all of them."""
    number = chapter[1:]
    return [line for line in CHAPTERS[chapter].splitlines() if re.match(rf"\| {number}\.\d", line)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_item_names_its_test_or_says_what_is_missing(chapter: str) -> None:
    """A row that names neither says how it is met without a test: by a package, a setting, a check, or by absence."""
    elsewhere = ("by absence", "above |", "| allauth |", "| Django |", "`multivio.E", "`MFA_", "templates/base.html")
    empty = [
        row
        for row in rows(chapter)
        if "test_" not in row
        and "Tests`" not in row
        and "**Gap" not in row
        and not any(word in row for word in elsewhere)
    ]
    assert empty == []
    assert len(rows(chapter)) > 8


def test_every_document_is_found_from_the_readme() -> None:
    found, waiting = set(), [CHECKOUT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in found:
            continue
        found.add(page)
        links = re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", page.read_text())
        waiting += [target for link in links if (target := (page.parent / link).resolve()).exists()]
    assert [page.name for page in DOCS.rglob("*.md") if page.resolve() not in found] == []


def test_every_rate_is_in_its_table() -> None:
    assert [name for name in rates.RATES if f"`{name}`" not in TEXT] == []
