"""Counting bytes of UTF-8: the cases that the server and the browser share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from social.platforms.counting import count
from social.tests.test_counting_cases import serve

CASES_FILE = Path(settings.BASE_DIR) / "social" / "platforms" / "counting_bytes.json"
CASES: list[dict[str, Any]] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_server_counts_bytes(case: dict[str, Any]) -> None:
    assert count(case["text"], counter="utf8-bytes") == case["length"]


def test_half_an_emoji_is_counted_and_not_refused() -> None:
    assert count("\ud83d", counter="utf8-bytes") == 3


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
        {"rule": {"counter": "utf8-bytes", "limit": 5000}, "texts": [case["text"] for case in CASES]},
    )
    assert lengths == [case["length"] for case in CASES]
