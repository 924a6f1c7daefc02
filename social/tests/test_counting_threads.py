"""Counting as Threads does: the cases that the server and the browser share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from social.platforms.counting import count
from social.tests.test_counting_cases import serve

CASES_FILE = Path(settings.BASE_DIR) / "social" / "platforms" / "counting_threads.json"
CASES: list[dict[str, Any]] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_server_counts_the_shared_cases(case: dict[str, Any]) -> None:
    assert count(case["text"], counter="threads") == case["length"]


@given(st.text(max_size=60))
def test_it_is_never_less_than_the_characters_nor_more_than_the_bytes(text: str) -> None:
    assert len(text) <= count(text, counter="threads") <= len(text.encode("utf-8", "surrogatepass"))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.route("http://counting.test/**", serve)
    page.goto("http://counting.test/")
    yield page
    page.close()


@pytest.mark.browser
def test_the_browser_counts_as_the_server_does(page: Page) -> None:
    lengths = page.evaluate(
        """async ({ rule, texts }) => {
            const { count } = await import("http://counting.test/counting.js");
            return texts.map((text) => count(text, rule).length);
        }""",
        {"rule": {"counter": "threads", "limit": 500}, "texts": [case["text"] for case in CASES]},
    )
    assert lengths == [case["length"] for case in CASES]
