"""Grok beside the text: words come, can be stopped, are put in and taken back; and without it everything else works."""

from playwright.sync_api import Page, expect

from ai.models import Generation
from multivio import tenancy
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live

SAID = "Alma ships on 1 December. <b>Sixty</b> hours on low."


def open_panel(page: Page, text: str) -> None:
    page.locator("textarea.writing").first.fill(text)
    page.locator("header [data-grok-toggle]").first.click()
    expect(page.locator("[data-credits]")).to_contain_text("credits left")


def test_words_come_are_stopped_put_in_and_taken_back(maja: Visitor, studio: Studio, live: Live) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    open_panel(page, "My own words")
    field, answer = page.locator("textarea.writing").first, page.locator(".answer").first

    # it speaks, and stops when told to, here and there
    live.sandbox.control.grok_says("word " * 500)
    live.sandbox.control.settings(xai_word_ms=15)
    page.get_by_role("button", name="Shorten").click()
    page.get_by_role("button", name="Ask Grok").click()
    expect(answer.locator(".flow")).to_contain_text("word word")
    expect(answer).to_have_attribute("aria-busy", "true")
    answer.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("Stopped. What came is kept.")
    live.sandbox.control.settings(xai_word_ms=0)

    # it is put in as it was said, and what was there comes back
    live.sandbox.control.grok_says(SAID)
    answer.get_by_role("button", name="Try again").click()
    answer.get_by_role("button", name="Replace").click()
    expect(field).to_have_value(SAID)
    expect(answer.locator("b")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("My own words")
    answer.get_by_role("button", name="Insert").click()
    expect(field).to_have_value(f"My own words\n\n{SAID}")
    expect(page.locator(".preview.as-x")).to_contain_text("<b>Sixty</b>")

    with tenancy.system("test"):
        stopped, done = Generation.objects.order_by("id")
        assert (stopped.state, done.state) == ("stopped", "done")
        assert len(stopped.text) < 500 * 5
        assert live.sandbox.control.call("GET", "xai/streams")["streams"][0]["sent"] < 400


def test_a_trouble_is_said_in_the_card_and_a_thread_is_made_of_a_long_text(
    maja: Visitor, studio: Studio, live: Live
) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    open_panel(page, "A long text.")
    live.sandbox.control.add_fault(platform="xai", operation="responses", kind="refuse")
    page.get_by_role("button", name="Ask Grok").click()
    expect(page.locator(".answer").first).to_contain_text("Grok declined this")
    live.sandbox.control.grok_says('{"items": [{"text": "First."}, {"text": "Second."}]}')
    page.get_by_role("button", name="Split into a thread").click()
    expect(page.locator("[data-estimated]")).to_contain_text("at most")
    page.get_by_role("button", name="Ask Grok").click()
    page.locator(".answer").first.get_by_role("button", name="Replace").click()
    expect(page.locator("textarea.writing")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("textarea.writing")).to_have_count(1)
    expect(page.locator("textarea.writing")).to_have_value("A long text.")
