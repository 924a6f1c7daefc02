"""A platform is known by name in the files that docs/adding-a-platform.md lists, and nowhere else."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from social import platforms

ROOT = Path(__file__).parent.parent.parent
LIST = ROOT / "docs" / "adding-a-platform.md"
FOLDERS = ("multivio", "accounts", "billing", "social", "ai", "posts", "sandbox", "proof", "templates", "static")
READ = {".py", ".html", ".js", ".css", ".sql", ".txt"}
# Words of everyday code, which say nothing about the platform of that name.
COMMON = {"x", "threads"}


def listed() -> list[str]:
    """The patterns of the page's list."""
    block = re.search(r"```\n(\.env\.example\n.*?)```", LIST.read_text(), re.S)
    assert block is not None
    return [line.split()[0] for line in block[1].splitlines()]


def allowed(path: str, patterns: list[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def code(text: str, suffix: str) -> str:
    """Without comments, docstrings and addresses of documents: what is only said binds nobody."""
    if suffix == ".py":
        text = re.sub(r'"""(?s:.*?)"""', "", text)
        text = re.sub(r"#.*", "", text)
    return re.sub(r"{#.*?#}|/\\*(?s:.*?)\\*/|^\s*(//|--).*$", "", text, flags=re.M)


@pytest.mark.parametrize("slug", [one.slug for one in platforms.all() if one.slug not in COMMON])
def test_nothing_else_knows_it_by_name(slug: str) -> None:
    patterns, named = listed(), re.compile(rf"\b{slug}\b", re.I)
    found = []
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*"):
            path = str(file.relative_to(ROOT))
            if file.suffix not in READ or "/tests/" in path or "__pycache__" in path or allowed(path, patterns):
                continue
            if named.search(code(file.read_text(), file.suffix)):
                found.append(path)
    assert found == []
