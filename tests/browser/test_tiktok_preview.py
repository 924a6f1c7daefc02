"""Writing for TikTok: what has to be chosen, and how the post will look there."""

from playwright.sync_api import FilePayload, Page, expect

from multivio import tenancy
from posts.tests.factories import make_connection
from posts.tests.media_files import picture
from social.models import Connection, Grant
from social.tests.tiktok_making import CLIENT
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live


def compose(maja: Visitor, studio: Studio) -> Page:
    made = make_connection(
        studio.workspace,
        username="norrelamps",
        name="Norre Lamps",
        traits={"audiences": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]},
    )
    with tenancy.system("test set-up"):
        Connection.objects.filter(pk=made.pk).update(platform="tiktok")
    maja.go(f"{studio.path}/compose/")
    maja.page.get_by_role("checkbox", name="TikTok, @norrelamps").check()
    return maja.page


def test_the_audience_is_asked_for_and_shown(maja: Visitor, studio: Studio) -> None:
    page = compose(maja, studio)
    page.locator("textarea.writing").fill("Shades for long evenings #lamps")
    preview = page.locator(".preview.as-tiktok")
    expect(preview).to_contain_text("Choose who can see it")
    expect(preview).to_contain_text("A video or photos go here")
    expect(preview).to_contain_text("Music Usage Confirmation")
    expect(preview.locator("[data-more]")).to_be_hidden()
    page.locator("textarea.writing").fill("Shades " * 30)
    expect(preview.locator("[data-more]")).to_be_visible()
    expect(preview.locator("[data-text]")).to_have_text(f"{('Shades ' * 30)[:150].rstrip()}…")
    page.get_by_label("Who can see it").select_option("Friends")
    expect(preview.locator("[data-audience]")).to_have_text("Friends")
    assert page.get_by_label("Who can see it").locator("option").all_text_contents() == [
        "Choose…",
        "Everyone",
        "Friends",
        "Only me",
    ]


def test_a_photo_post_shows_its_title_and_its_cover(maja: Visitor, studio: Studio) -> None:
    page = compose(maja, studio)
    files: list[FilePayload] = [
        {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": picture(size=(600, 900))} for number in range(2)
    ]
    page.locator("input[type=file]").first.set_input_files(files)
    preview = page.locator(".preview.as-tiktok")
    expect(preview.locator("img")).to_have_count(1)
    expect(preview.locator(".badge").last).to_have_text("1 / 2")
    page.get_by_label("Title of a photo post").fill("Two lamps")
    page.get_by_label("Cover: which of the photos").fill("2")
    expect(preview.locator(".badge").last).to_have_text("2 / 2")
    expect(preview).to_contain_text("Two lamps")


def test_the_choices_are_those_of_this_moment_and_a_button_asks_again(
    maja: Visitor, studio: Studio, live: Live
) -> None:
    control = live.sandbox.control
    tokens = control.tokens("norrestudio", platform="tiktok", client_id=CLIENT)
    made = make_connection(
        studio.workspace,
        username="norrelamps",
        name="Norre Lamps",
        remote_id=tokens["open_id"],
        traits={"audiences": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"]},
        **{name: tokens[name] for name in ("access_token", "refresh_token")},
    )
    with tenancy.system("test set-up"):
        Connection.objects.filter(pk=made.pk).update(platform="tiktok")
        Grant.objects.filter(pk=made.grant_id).update(platform="tiktok")
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="TikTok, @norrelamps").check()
    audience = page.get_by_label("Who can see it")
    expect(audience.locator("option")).to_have_text(["Choose…", "Everyone", "Friends", "Only me"])
    expect(page.locator("[data-asked]")).to_contain_text("read at")
    audience.select_option("Only me")
    page.get_by_label("Title of a photo post").fill("Two lamps")
    control.call("POST", "tiktok/creator", {"username": "norrestudio", "is_private": True})
    page.get_by_role("button", name="Ask TikTok again").click()
    expect(audience.locator("option")).to_have_text(["Choose…", "Followers", "Friends", "Only me"])
    expect(audience).to_have_value("SELF_ONLY")
    expect(page.get_by_label("Title of a photo post")).to_have_value("Two lamps")
