"""The cases that the server's counting and the browser's share (the browser test reads the same file)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from playwright.sync_api import Browser, Page, Route
from twitter_text import parse_tweet
from twitter_text.regexp.emoji import emoji_list

from social.management.commands import export_counting
from social.platforms.counting import count

CASES_FILE = Path(settings.BASE_DIR) / "social" / "platforms" / "counting_cases.json"
CASES: list[dict[str, Any]] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_twitter_text_gives_the_length_the_cases_state(case: dict[str, Any]) -> None:
    parsed = parse_tweet(case["text"])
    assert (parsed.weightedLength, parsed.valid) == (case["length"], case["valid"])


def test_the_cases_are_many_and_named_apart() -> None:
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a https://example.com/any", 25),
        ("see example.com now", 31),
        ("Hello, world! 👋", 16),
        ("日本語", 6),
        ("👩\u200d👩\u200d👧\u200d👦", 2),
    ],
)
def test_it_counts_as_x_documents(text: str, length: int) -> None:
    assert parse_tweet(text).weightedLength == length


def test_the_browsers_tables_are_those_of_the_installed_package() -> None:
    call_command("export_counting", "--check")


def test_stale_tables_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_counting, "emoji_list", emoji_list[:100])
    with pytest.raises(CommandError, match="stale"):
        call_command("export_counting", "--check")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A blank page on a made-up host whose scripts are read from static/js; nothing goes over the network."""
    page = chromium.new_page()
    page.route("http://counting.test/**", serve)
    page.goto("http://counting.test/")
    yield page
    page.close()


def serve(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    if name:
        route.fulfill(
            path=Path(settings.BASE_DIR) / "static" / "js" / name, content_type="text/javascript; charset=utf-8"
        )
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.mark.browser
def test_the_browser_counts_as_the_server_does(page: Page) -> None:
    answers = page.evaluate(
        """async ({ rule, texts }) => {
            const { count } = await import("http://counting.test/counting.js");
            return texts.map((text) => count(text, rule));
        }""",
        {"rule": {"counter": "x-weighted", "limit": 280}, "texts": [case["text"] for case in CASES]},
    )
    assert [(answer["length"], answer["isValid"]) for answer in answers] == [
        (case["length"], case["valid"]) for case in CASES
    ]
    assert [answer["left"] for answer in answers] == [280 - case["length"] for case in CASES]


UTF16: list[dict[str, Any]] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["utf16"]


@pytest.mark.parametrize("case", UTF16, ids=lambda case: case["name"])
def test_code_units_are_counted_as_the_cases_state(case: dict[str, Any]) -> None:
    assert count(case["text"], counter="utf16") == case["length"]


@pytest.mark.browser
def test_the_browser_counts_code_units_as_the_server_does(page: Page) -> None:
    answers = page.evaluate(
        """async (texts) => {
            const { count } = await import("http://counting.test/counting.js");
            return texts.map((text) => count(text, { counter: "utf16", limit: 2200 }).length);
        }""",
        [case["text"] for case in UTF16],
    )
    assert answers == [case["length"] for case in UTF16]
