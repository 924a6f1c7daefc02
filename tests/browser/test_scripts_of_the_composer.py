"""What of the composer's scripts is fetched: that of the platforms that are connected, and of Grok what is opened."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from playwright.sync_api import expect

from posts.tests.factories import make_connection
from tests.browser.conftest import Studio, Visitor

JS = Path(settings.BASE_DIR) / "static" / "js"
MOST = 36_000  # bytes, compressed, of all of our scripts: a composer for X with nothing opened yet


def fetched(maja: Visitor) -> set[str]:
    """Our scripts that the page has asked for, by name."""
    asked = maja.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    return {Path(urlsplit(name).path).name for name in asked if "/static/js/" in name}


def test_a_composer_for_x_fetches_little_and_the_rest_when_it_is_opened(maja: Visitor, studio: Studio) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.locator("textarea.writing").fill("Hello")
    expect(page.locator(".preview.as-x")).to_contain_text("Hello")
    first = fetched(maja)
    assert not {name for name in first if name.startswith("preview-")}
    assert {name for name in first if name.startswith("grok")} == {"grok-open.js", "grok-kept.js", "grok-describe.js"}
    assert sum(len(gzip.compress((JS / name).read_bytes())) for name in first) < MOST

    page.locator("header [data-grok-toggle]").first.click()
    expect(page.get_by_role("button", name="Ask Grok")).to_be_focused()
    assert "grok.js" in fetched(maja)
    assert "grok-picture.js" not in fetched(maja)
    page.get_by_role("button", name="Picture", exact=True).click()
    expect(page.get_by_label("What the picture shows")).to_have_value("Hello")
    assert "grok-picture.js" in fetched(maja)
    assert "grok-feed.js" not in fetched(maja)


def test_each_connected_platform_brings_its_own_drawing(maja: Visitor, studio: Studio) -> None:
    for platform in ("threads", "linkedin"):
        make_connection(studio.workspace, platform=platform, username=f"norre_{platform}")
    maja.go(f"{studio.path}/compose/")
    maja.page.locator("textarea.writing").fill("Hello")
    for name in ("Threads, @norre_threads", "LinkedIn, @norre_linkedin", "X, @norrestudio"):
        maja.page.get_by_role("checkbox", name=name).check()
    for look in ("as-threads", "as-linkedin", "as-x"):
        expect(maja.page.locator(f".preview.{look}")).to_contain_text("Hello")
    mine = {"preview-threads.js", "preview-linkedin.js"}
    assert {name for name in fetched(maja) if name.startswith("preview-")} == mine


def test_what_does_not_arrive_says_so_and_comes_the_next_time(maja: Visitor, studio: Studio) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.route("**/js/grok.js", lambda route: route.abort(), times=1)
    opener = page.locator("header [data-grok-toggle]").first
    opener.click()
    expect(page.locator("#toasts")).to_contain_text("did not arrive")
    maja.complaints.clear()  # of what was lost
    opener.click()
    expect(page.get_by_role("button", name="Ask Grok")).to_be_focused()
