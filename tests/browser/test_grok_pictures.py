"""A picture by Grok in the composer: drawn while one writes on, then attached, drawn again or discarded."""

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings

from ai import drawing
from ai.models import Generation
from multivio import tenancy
from posts.models import Media, PostMedia
from posts.words import pictures
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live

TEXT = "Alma ships on 1 December."


@pytest.fixture
def worker(live: Live, settings: Settings) -> None:
    """This process draws, when a test says so, as a worker of the running product would."""
    settings.XAI_BASE_URL = f"{live.sandbox.url}/xai/v1"


def draw() -> None:
    for pk in drawing.waiting():
        pictures.draw(pk)


def open_form(maja: Visitor, studio: Studio) -> Page:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.locator("textarea.writing").first.fill(TEXT)
    page.locator("header [data-grok-toggle]").first.click()
    page.get_by_role("button", name="Picture", exact=True).click()
    return page


def test_it_is_drawn_while_one_writes_on_and_attached_with_its_words(
    maja: Visitor, studio: Studio, worker: None
) -> None:
    page = open_form(maja, studio)
    field = page.get_by_label("What the picture shows")
    expect(field).to_have_value(TEXT)  # to be seen and changed before anything is asked
    # the shapes are those of X, the one account there is
    expect(page.get_by_role("group", name="Shape").get_by_role("button", name="Tall")).to_be_hidden()
    expect(page.get_by_text("Costs about 20 credits.")).to_be_visible()
    field.fill("A lamp at dusk")
    page.get_by_role("button", name="Wide").click()
    page.get_by_role("button", name="Draw", exact=True).click()
    card = page.locator(".answer.drawn")
    expect(card).to_have_attribute("aria-busy", "true")

    # it goes on when the panel is closed, and when the page is loaded again
    page.get_by_role("button", name="Close Grok").click()
    page.locator("textarea.writing").first.fill(f"{TEXT} Sixty hours.")
    draw()
    expect(page.locator("#toasts")).to_contain_text("The picture is drawn.")
    page.reload()
    page.locator("header [data-grok-toggle]").first.click()
    expect(card.get_by_role("img")).to_have_attribute("alt", "A lamp at dusk")
    expect(card.locator("[data-cost]")).to_have_text("20 credits")
    # said in the panel, or at the corner where it was known before the panel opened
    expect(page.locator("[data-said], #toasts").filter(has_text="The picture is drawn.")).to_have_count(1)

    alt = card.get_by_label("Alt text")
    expect(alt).to_have_value("A lamp at dusk")
    alt.fill("A lamp on a table at dusk")
    card.get_by_role("button", name="Attach").press("Enter")
    tile = page.locator("[data-part] [data-media]")
    expect(tile).to_be_focused()
    expect(tile.get_by_role("img")).to_have_attribute("alt", "A lamp on a table at dusk")
    expect(card).to_contain_text("Attached to the post.")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/posts/**")
    with tenancy.system("test"):
        media = PostMedia.objects.select_related("media").get().media
        assert (media.alt_text, media.made_by_ai, media.width) == ("A lamp on a table at dusk", True, 960)
        assert Generation.objects.get().taken is True


def test_what_goes_wrong_is_said_where_it_happened(maja: Visitor, studio: Studio, live: Live, worker: None) -> None:
    page = open_form(maja, studio)
    page.get_by_label("What the picture shows").fill("")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator("[data-draw-error]")).to_have_text("Say what the picture shows first.")
    page.get_by_label("What the picture shows").fill("Something")
    live.sandbox.control.add_fault(platform="xai", operation="images", kind="refuse")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator(".answer.drawn")).to_have_count(1)
    draw()
    card = page.locator(".answer.drawn").last
    expect(card).to_contain_text("Grok declined this")
    expect(card.get_by_role("button", name="Attach")).to_be_hidden()
    expect(page.locator("[data-draw-error]")).to_be_hidden()

    # and drawn again, and discarded: gone from the library too
    card.get_by_role("button", name="Draw again").click()
    expect(page.locator(".answer.drawn")).to_have_count(2)
    draw()
    again = page.locator(".answer.drawn").first
    with page.expect_response("**/taken"):
        again.get_by_role("button", name="Discard").click()
    expect(page.locator(".answer.drawn")).to_have_count(1)
    expect(page.get_by_role("button", name="Draw", exact=True)).to_be_focused()
    with tenancy.system("test"):
        assert Media.objects.count() == 0
        assert Generation.objects.order_by("id").last().taken is False  # type: ignore[union-attr]


def test_who_asks_again_because_the_line_broke_pays_once(maja: Visitor, studio: Studio) -> None:
    page = open_form(maja, studio)

    def lose(route: Route) -> None:
        route.fetch()  # it arrived; its answer does not
        route.abort()

    page.route("**/api/v1/ai/images", lose, times=1)
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator("[data-draw-error]")).to_contain_text("no connection")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator(".answer.drawn")).to_have_count(1)
    maja.complaints.clear()  # of the lost answer
    with tenancy.system("test"):
        assert Generation.objects.count() == 1


def test_what_is_drawn_stays_with_its_post_and_turns_up_in_no_other(
    maja: Visitor, studio: Studio, worker: None
) -> None:
    page = open_form(maja, studio)
    page.get_by_role("button", name="Draw", exact=True).click()
    card = page.locator(".answer.drawn")
    expect(card).to_have_count(1)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/edit/")
    page.locator("header [data-grok-toggle]").first.click()
    expect(card).to_have_count(1)
    edit = page.url
    maja.go(f"{studio.path}/compose/")
    page.locator("textarea.writing").first.fill("Another post")
    page.locator("header [data-grok-toggle]").first.click()
    expect(page.locator("[data-credits]")).to_contain_text("credits left")
    expect(card).to_have_count(0)
    draw()
    page.goto(edit)
    page.locator("header [data-grok-toggle]").first.click()
    card.get_by_role("button", name="Attach").click()
    expect(page.locator("[data-part] [data-media]")).to_have_count(1)


def test_a_refused_post_keeps_what_is_drawn_for_it_and_so_does_a_reload_without_words(
    maja: Visitor, studio: Studio
) -> None:
    page = open_form(maja, studio)
    page.locator("textarea.writing").first.fill("")
    page.get_by_label("What the picture shows").fill("A lamp")
    page.get_by_role("button", name="Draw", exact=True).click()
    card = page.locator(".answer.drawn")
    expect(card).to_have_count(1)
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator("[data-answer]")).to_be_attached()
    expect(card).to_have_count(1)
    maja.go(f"{studio.path}/compose/")
    expect(card).to_have_count(1)


def test_a_long_text_is_cut_between_signs(maja: Visitor, studio: Studio) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.locator("textarea.writing").first.fill(f"A{'💡' * 700}")
    page.locator("header [data-grok-toggle]").first.click()
    page.get_by_role("button", name="Picture", exact=True).click()
    expect(page.get_by_label("What the picture shows")).to_have_value(f"A{'💡' * 599}")


def test_taking_words_back_leaves_a_picture_that_was_attached_since(
    maja: Visitor, studio: Studio, live: Live, worker: None
) -> None:
    page = open_form(maja, studio)
    page.get_by_role("button", name="Split into a thread").click()
    live.sandbox.control.grok_says('{"items": [{"text": "First."}, {"text": "Second."}]}')
    page.get_by_role("button", name="Ask Grok").click()
    page.locator(".answer").first.get_by_role("button", name="Replace").click()
    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_label("What the picture shows").fill("A lamp")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator(".answer.drawn")).to_have_count(1)
    draw()
    page.locator(".answer.drawn").get_by_role("button", name="Attach").click()
    expect(page.locator("[data-part] [data-media]")).to_have_count(1)
    with page.expect_response("**/taken"):
        page.get_by_role("button", name="Undo").click()
    expect(page.locator("textarea.writing")).to_have_value(TEXT)
    expect(page.locator("[data-part] [data-media]")).to_have_count(1)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/posts/**")
    with tenancy.system("test"):
        assert dict(Generation.objects.values_list("task", "taken")) == {"thread": False, "image": True}
        assert PostMedia.objects.count() == 1
