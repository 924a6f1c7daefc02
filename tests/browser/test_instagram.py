"""Instagram from the dialog to the post: a PNG of the library becomes a JPEG there, and the preview shows what will be there."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from posts.tests.media_files import picture
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live


@pytest.fixture
def composer(maja: Visitor, studio: Studio) -> Page:
    """Instagram connected by its own log-in, and an empty post for it alone."""
    page = maja.page
    maja.go(f"{studio.path}/connections/")
    page.get_by_role("button", name="Connect Instagram").click()
    page.get_by_text("@norrestudio").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Connected @norrestudio on Instagram.")).to_be_visible()
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="X, @norrestudio").uncheck(force=True)
    page.get_by_role("checkbox", name="Instagram, @norrestudio").check(force=True)
    return page


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = []
    for number, size in enumerate([(400, 500), (400, 400)]):
        made.append(tmp_path / f"{number}.png")
        made[-1].write_bytes(picture("PNG", size=size))
    return made


def attach(page: Page, files: list[Path]) -> None:
    for number, path in enumerate(files, start=1):
        page.locator("input[type=file]").first.set_input_files(path)
        expect(page.locator("[data-media]")).to_have_count(number)


def test_a_carousel_of_png_pictures_is_published(composer: Page, live: Live, files: list[Path]) -> None:
    composer.get_by_role("textbox", name="Text", exact=True).fill("Alma ships on 1 December #lamps https://norre.com")
    attach(composer, files)
    preview = composer.locator(".preview.as-instagram")
    expect(preview).to_have_attribute("data-form", "carousel")
    expect(preview.locator("[data-count-badge]")).to_have_text("1/2")
    expect(preview.locator(".link")).to_have_text("#lamps")
    expect(preview).to_contain_text("Links in a caption cannot be clicked on Instagram.")
    expect(preview.locator(".frame")).to_have_attribute("style", "aspect-ratio: 0.8 / 1;")
    composer.get_by_role("button", name="Publish now").click()
    expect(composer.locator(".publication-row")).to_have_attribute("data-state", "published")
    (post,) = live.sandbox.control.posts("instagram")
    assert post["kind"] == "CAROUSEL"
    assert [one["media_type"] for one in post["media"]] == ["image/jpeg", "image/jpeg"]


def test_a_story_shows_no_words(composer: Page, files: list[Path]) -> None:
    composer.get_by_role("textbox", name="Text", exact=True).fill("Not shown")
    preview = composer.locator(".preview.as-instagram")
    expect(preview).to_contain_text("Instagram takes no post without a picture or video.")
    attach(composer, files[:1])
    composer.locator("details.own:not([hidden]) summary").click()
    composer.get_by_label("Kind of post").select_option("story")
    expect(preview).to_have_attribute("data-form", "story")
    expect(preview.locator("[data-caption]")).to_be_hidden()
    expect(preview.locator("[data-kind]")).to_have_text("Story")


def test_the_comment_and_the_collaborators_are_shown(composer: Page, files: list[Path]) -> None:
    attach(composer, files[:1])
    composer.locator("details.own:not([hidden]) summary").click()
    composer.get_by_label("First comment").fill("More in the shop")
    composer.get_by_label("Collaborators").fill("alma.lamps")
    preview = composer.locator(".preview.as-instagram")
    expect(preview.locator("[data-comment]")).to_contain_text("norrestudio More in the shop")
    expect(preview.locator("[data-with]")).to_have_text("with alma.lamps")


def test_the_caption_is_folded(composer: Page, files: list[Path]) -> None:
    attach(composer, files[:1])
    composer.get_by_role("textbox", name="Text", exact=True).fill("word " * 40)
    expect(composer.locator(".preview.as-instagram [data-more]")).to_be_visible()
    shown = composer.locator(".preview.as-instagram [data-text]").text_content() or ""
    assert len(shown) <= 126
