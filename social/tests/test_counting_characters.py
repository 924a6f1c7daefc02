"""Counting code points: the cases that the server and the browser share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from social.platforms.counting import count
from social.tests.test_counting_cases import serve

CASES_FILE = Path(settings.BASE_DIR) / "social" / "platforms" / "counting_characters.json"
CASES: list[dict[str, Any]] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_server_counts_code_points(case: dict[str, Any]) -> None:
    assert count(case["text"], counter="characters") == case["length"]


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
        {"rule": {"counter": "characters", "limit": 100}, "texts": [case["text"] for case in CASES]},
    )
    assert lengths == [case["length"] for case in CASES]
