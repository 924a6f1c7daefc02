"""docs/security.md names the tests that hold what it promises; this holds the names."""

import re

import pytest

from multivio import rates
from multivio.embedded.home import CHECKOUT

TEXT = (CHECKOUT / "docs" / "security.md").read_text()
FOLDERS = ("accounts", "social", "posts", "multivio", "tests")
SOURCES = {path: path.read_text() for folder in FOLDERS for path in (CHECKOUT / folder).rglob("test_*.py")}
NAMED = sorted(set(re.findall(r"`(?:[\w/]+\.py::)?(test_[a-z_]+|[A-Z][A-Za-z]+Tests)`", TEXT)))
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
    path = name if "/" in name else f"accounts/tests/{name}"
    assert (CHECKOUT / path).exists()


def test_every_rate_is_in_its_table() -> None:
    assert [name for name in rates.RATES if f"`{name}`" not in TEXT] == []
