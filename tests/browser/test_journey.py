"""From signing up to a post that everybody can see, once."""

from pathlib import Path

from playwright.sync_api import expect

from posts.tests.factories import PASSWORD, make_user, make_workspace
from posts.tests.media_files import picture
from tests.browser.conftest import Open, Studio, Visitor
from tests.browser.live import Live

WORDS = "Alma, our first rechargeable lamp, ships on 1 December. #lamps"
ALT = "The Alma lamp on an oak table, lit"


def test_a_newcomer_connects_x_writes_a_post_with_a_picture_and_sees_it_published_once(
    visit: Open, live: Live, tmp_path: Path
) -> None:
    visitor = visit()
    page = visitor.page
    file = tmp_path / "alma.jpg"
    file.write_bytes(picture(size=(800, 600)))

    visitor.go("/accounts/signup/")
    page.get_by_label("E-mail").fill("nora@example.org")
    page.get_by_label("Your name").fill("Nora Berg")
    page.locator("[name=password1]").fill("a-long-enough-password")
    page.get_by_role("main").get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Connect an account first")).to_be_visible()

    page.get_by_role("link", name="Add an account").click()
    page.get_by_role("button", name="Connect X").click()
    page.get_by_text("@norrestudio").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("table").get_by_text("@norrestudio")).to_be_visible()

    page.get_by_role("link", name="New post").first.click()
    expect(page.get_by_role("checkbox", name="X, @norrestudio")).to_be_checked()
    page.get_by_role("textbox", name="Text").fill(WORDS)
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name="No ALT").click()
    page.get_by_label("Alt text").fill(ALT)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="ALT", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="On X, @norrestudio")).to_contain_text("#lamps")

    with page.expect_navigation(url="**/posts/*/"):
        page.get_by_role("button", name="Publish now").click()
    page.evaluate("window.isTheSamePage = true")
    publication = page.locator(".publication-row")
    expect(publication).to_have_attribute("data-state", "published")
    expect(page.locator("#post-actions")).to_contain_text("Published")
    expect(page.locator("#publications")).not_to_have_attribute("data-moving", "")
    assert page.evaluate("window.isTheSamePage") is True

    with page.expect_popup() as opened:
        publication.get_by_role("link", name="Open on X").click()
    post = opened.value
    expect(post.get_by_text("ships on 1 December")).to_be_visible()

    post.goto(f"{live.sandbox.url}/x/norrestudio")
    expect(post.get_by_text("ships on 1 December")).to_have_count(1)
    shown = post.get_by_role("img", name=ALT)
    expect(shown).to_have_count(1)
    assert shown.evaluate("picture => picture.complete && picture.naturalWidth") == 800
    assert [each["text"] for each in live.sandbox.control.posts(username="norrestudio")] == [WORDS]


def test_somebody_signs_in_with_a_password(visit: Open, live: Live) -> None:
    maja = make_user("Maja")
    make_workspace(maja)
    page = visit().page
    page.goto(live.url)
    page.get_by_label("E-mail").fill(maja.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Home").first).to_be_visible()


def test_saying_no_on_x_comes_back_with_a_sentence(studio: Studio, maja: Visitor) -> None:
    page = maja.page
    maja.go(f"{studio.path}/connections/")
    page.get_by_role("button", name="Connect X").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.locator("#toasts").get_by_text("access was denied there")).to_be_visible()
