"""Writing for LinkedIn: its counter, its preview, and documents by their tile."""

from pathlib import Path

from playwright.sync_api import expect

from multivio import tenancy
from posts.models import Media
from posts.tests.factories import make_connection
from posts.tests.media_files import pdf
from social.models import Connection
from tests.browser.conftest import Studio, Visitor


def page_on_linkedin(studio: Studio) -> Connection:
    return make_connection(
        studio.workspace,
        platform="linkedin",
        username="norre-studio",
        name="Norre Studio",
        remote_id="urn:li:organization:10482039",
        kind="page",
        traits={"kind": "page", "lacks": []},
    )


def test_the_preview_shows_what_linkedin_shows(maja: Visitor, studio: Studio) -> None:
    page_on_linkedin(studio)
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="LinkedIn").check()
    page.locator("textarea.writing").fill(
        "By @[Alma Lamps](urn:li:organization:10482040) #lamps C# https://norre.studio/a"
    )
    card = page.locator(".preview.as-linkedin")
    expect(card.locator(".text .link")).to_have_text(["Alma Lamps", "#lamps", "https://norre.studio/a"])
    expect(card.get_by_text("LinkedIn makes no card of a link in the text")).to_be_visible()
    page.get_by_text("Only for LinkedIn, @norre-studio").click()
    page.get_by_label("Link", exact=True).fill("https://www.norre.studio/alma")
    page.get_by_label("Title of the link").fill("The Alma lamp")
    page.get_by_label("First comment").fill("Ships on 1 December")
    page.get_by_label("No reposts").select_option("Yes")
    expect(card.locator("[data-leaf]")).to_have_text("The Alma lampnorre.studio")
    expect(card.locator("[data-said-text]")).to_have_text("Ships on 1 December")
    expect(card.locator("[data-repost]")).to_be_hidden()


def test_long_texts_are_folded_and_escapes_counted(maja: Visitor, studio: Studio) -> None:
    page_on_linkedin(studio)
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="LinkedIn").check()
    page.locator("textarea.writing").fill("(" * 1495)
    expect(page.locator(".preview.as-linkedin [data-more]")).to_be_visible()
    expect(page.locator(".counter", has=page.locator(".mark.linkedin"))).to_contain_text("10")


def test_a_document_is_attached_and_shows_its_tile(maja: Visitor, studio: Studio, tmp_path: Path) -> None:
    page_on_linkedin(studio)
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf(pages=7))
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="LinkedIn").check()
    page.locator("textarea.writing").fill("Our year")
    page.get_by_label("Files").set_input_files(file)
    expect(page.locator("[data-media] .badge", has_text="PDF")).to_be_visible()
    expect(page.locator(".preview.as-linkedin .badge", has_text="PDF")).to_be_visible()
    expect(page.locator(".preview.as-linkedin [data-leaf]")).to_contain_text("The document needs a title")
    expect(page.get_by_text("LinkedIn shows a document under a title")).to_be_visible()
    with tenancy.system("test"):
        assert Media.objects.get().frames == 7
