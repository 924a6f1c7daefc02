"""Grok beside the text: words come, can be stopped, are put in and taken back; and without it everything else works."""

import json
from typing import Any

from playwright.sync_api import Page, Route, expect

from ai.models import Generation
from ai.tests.cast import turns
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


def test_words_that_broke_off_go_on_in_whole_signs_and_trying_that_again_keeps_them(
    maja: Visitor, studio: Studio, live: Live
) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    open_panel(page, "My own words")
    first = f"Alma {'💡' * 160}."  # the 160 last signs would begin in the middle of one
    asked: list[dict[str, str]] = []

    def say(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or ""))
        text = first if len(asked) == 1 else f" Then {len(asked)}."
        words = f"event: words\ndata: {json.dumps({'text': text})}\n\n"
        end = "" if len(asked) == 1 else done(text)
        route.fulfill(body=words + end, content_type="text/event-stream")

    page.route("**/api/v1/ai/stream", say)
    page.get_by_role("button", name="Shorten").click()
    page.get_by_role("button", name="Ask Grok").click()
    answer = page.locator(".answer").first
    answer.get_by_role("button", name="Go on").click()
    expect(answer.locator(".flow")).to_have_text(f"{first} Then 2.")
    assert asked[1]["change"].endswith(f": {'💡' * 159}.")
    page.get_by_role("button", name="Split into a thread").click()
    answer.get_by_role("button", name="Try again").click()
    expect(answer.locator(".flow")).to_have_text(f"{first} Then 3.")
    expect(answer.locator("[data-name]")).to_have_text("Shorten")


def done(text: str) -> str:
    """The end of an answer, as the server says it."""
    result: dict[str, Any] = {"id": None, "text": text, "items": [], "problems": [], "credits": 1}
    return f"event: done\ndata: {json.dumps(result)}\n\n"


def test_words_for_a_platform_are_used_on_its_chosen_account_and_without_one_it_says_so(
    maja: Visitor, studio: Studio, live: Live
) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    open_panel(page, "My own words")
    box = page.get_by_role("checkbox", name="X, @norrestudio")
    box.uncheck()
    live.sandbox.control.grok_says('{"items": [{"platform": "x", "text": "Short."}]}')
    page.get_by_role("button", name="For every account").click()
    page.get_by_role("button", name="Ask Grok").click()
    answer = page.locator(".answer").first
    answer.get_by_role("button", name="Use").click()
    expect(answer).to_contain_text("Choose an account on X first")
    expect(page.locator("[name=generation]")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    box.check()
    answer.get_by_role("button", name="Use").click()
    expect(page.locator("[data-own-words]")).to_have_value("Short.")
    expect(answer).not_to_contain_text("Choose an account")
    expect(page.locator("[name=generation]")).to_have_count(1)


def test_ideas_for_a_reply_are_copied_and_leave_the_post_alone(maja: Visitor, studio: Studio, live: Live) -> None:
    page = maja.page
    maja.context.grant_permissions(["clipboard-read", "clipboard-write"])
    maja.go(f"{studio.path}/compose/")
    open_panel(page, "My own words")
    page.get_by_role("button", name="Reply ideas").click()
    page.get_by_label("The comment").fill("Does it come in green?")
    live.sandbox.control.grok_says('{"items": [{"text": "It does!"}, {"text": "From May."}, {"text": "Soon."}]}')
    page.get_by_role("button", name="Ask Grok").click()
    answer = page.locator(".answer").first
    answer.get_by_role("listitem").filter(has_text="From May.").get_by_role("button", name="Copy").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "From May."
    expect(page.locator("textarea.writing")).to_have_value("My own words")
    asked = turns(live.sandbox.control.grok_was_asked()[-1])[1]
    assert "Does it come in green?" in asked
    assert "My own words" not in asked


def test_an_entry_of_a_feed_is_chosen_and_what_is_no_feed_says_so(maja: Visitor, studio: Studio) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    open_panel(page, "My own words")
    page.get_by_role("button", name="From a link or a text").click()
    link = page.get_by_label("Address of a page or feed")
    link.fill("http://10.0.0.8/feed")
    page.get_by_role("button", name="Entries", exact=True).click()
    expect(page.locator("[data-feed-error]")).to_contain_text("not on the public internet")

    # What feeds hold is tested where they are read; here nothing outside of this machine is asked.
    two = [
        {"id": "a", "title": "Alma <b>ships</b>", "link": "", "published_at": "2026-11-27T08:00:00Z"},
        {"id": "b", "title": "Spare parts", "link": "", "published_at": None},
    ]
    of_page = {"title": "Lamps", "entries": [], "feeds": [{"title": "News", "link": "https://example.org/feed"}]}
    of_feed = {"title": "Lamps", "entries": two, "feeds": []}
    page.route(
        "**/api/v1/ai/feed",
        lambda route: route.fulfill(json=of_feed if "/feed" in (route.request.post_data or "") else of_page),
    )
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.post_data or "")
        route.fulfill(status=422, json={"code": "link_is_feed", "detail": "This is a feed. Choose one of its entries."})

    page.route("**/api/v1/ai/stream", refuse)
    link.fill("https://example.org/")
    page.get_by_role("button", name="Entries", exact=True).click()
    page.get_by_role("button", name="News").press("Enter")
    expect(link).to_have_value("https://example.org/feed")
    newest = page.get_by_role("button", name="Alma <b>ships</b> 27 November 2026")
    expect(newest).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Spare parts").click()
    expect(newest).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Ask Grok").click()
    expect(page.locator(".answer").first).to_contain_text("Choose one")
    assert json.loads(asked[0])["entry"] == "b"
    expect(newest).to_be_focused()  # what was refused for want of a choice lists them again
    link.fill("https://example.org/other")
    page.get_by_role("button", name="Ask Grok").click()
    expect(page.locator(".answer")).to_have_count(2)
    assert "entry" not in json.loads(asked[1])
