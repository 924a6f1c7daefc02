"""The bell rings by itself, and what it leads to can be read, marked and chosen."""

from playwright.sync_api import expect

from accounts.notification_models import Kind
from accounts.notifications import notify
from tests.browser.conftest import Studio, Visitor


def tell(studio: Studio, title: str) -> None:
    url = f"{studio.path}/posts/"
    notify(kind=Kind.FAILED, workspace=studio.workspace, users=[studio.maja], title=title, body="X said no.", url=url)


def test_the_bell_rings_without_reloading(maja: Visitor, studio: Studio) -> None:
    maja.page.clock.install()
    maja.go(studio.path + "/")
    expect(maja.page.get_by_role("link", name="Notifications", exact=True).first).to_be_visible()
    tell(studio, "Not published to X")
    maja.page.clock.run_for(31_000)
    expect(maja.page.get_by_role("link", name="Notifications, 1 unread")).to_be_visible()
    tell(studio, "Nor to Facebook")
    maja.page.clock.run_for(31_000)
    expect(maja.page.get_by_role("link", name="Notifications, 2 unread")).to_be_visible()


def test_a_notification_is_opened_and_the_rest_marked_as_read(maja: Visitor, studio: Studio) -> None:
    tell(studio, "Not published to X")
    tell(studio, "Nor to Facebook")
    maja.go(studio.path + "/")
    maja.page.get_by_role("link", name="Notifications, 2 unread").click()
    maja.page.get_by_role("link", name="Not published to X").click()
    expect(maja.page.get_by_role("heading", name="Posts", level=1)).to_be_visible()
    maja.page.get_by_role("link", name="Notifications, 1 unread").click()
    maja.page.get_by_role("button", name="Mark all as read").click()
    expect(maja.page.get_by_role("link", name="Notifications", exact=True).first).to_be_visible()
    expect(maja.page.get_by_text("unread)")).to_have_count(0)


def test_channels_are_chosen(maja: Visitor) -> None:
    maja.go("/accounts/notifications/")
    choice = maja.page.locator("select[name=failed-mail]")
    choice.select_option("digest")
    maja.page.get_by_role("button", name="Save").click()
    expect(maja.page.get_by_text("Saved.")).to_be_visible()
    expect(choice).to_have_value("digest")
