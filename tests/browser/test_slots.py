"""A posting schedule is set, a post is added to the queue by the keyboard, and Grok fills the free slots with drafts."""

from playwright.sync_api import expect

from multivio import tenancy
from posts.models import Post, Publication
from posts.services import set_schedule
from posts.tests.factories import acting
from tests.browser.conftest import Studio, Visitor


def test_from_a_schedule_to_drafts_with_times(maja: Visitor, studio: Studio) -> None:
    page = maja.page
    with acting(studio.maja, studio.workspace) as actor:
        set_schedule(actor=actor, connection=studio.account, times=())

    # the week begins empty, and gets two times on Tuesday and one on Thursday
    maja.go(f"{studio.path}/settings/schedules/")
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_text("No slots yet")).to_be_visible()
    tuesday, thursday = (page.get_by_role("group", name=day) for day in ("Tuesday", "Thursday"))
    tuesday.locator("input").fill("09:30")
    tuesday.get_by_role("button", name="Another time").click()
    tuesday.locator("input").nth(1).fill("15:00")
    thursday.locator("input").fill("12:15")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. What is planned already stays where it is.")).to_be_visible()
    first = (
        page.get_by_role("region", name="Next free slots").or_(page.locator("aside .card")).first.locator("time").first
    )
    slot = first.get_attribute("datetime")

    # the composer shows the time before anything is written, and the keyboard adds to the queue
    maja.go(f"{studio.path}/compose/")
    page.get_by_text("Next free slot").click()
    expect(page.locator("#slots time")).to_have_attribute("datetime", str(slot))
    expect(page.get_by_role("button", name="Add to queue")).to_be_visible()
    expect(page.get_by_role("button", name="Publish now")).to_be_hidden()
    page.locator("textarea.writing").first.fill("Alma ships soon.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("In the queue: it goes out on")).to_be_visible()

    # two slots are left of the week; the fill page says so, writes two drafts, and takes them back
    maja.go(f"{studio.path}/ideas/")
    expect(page.locator("#offer")).to_contain_text("Only 2 slots are free")
    page.get_by_label("Ideas, at most").fill("1")
    page.get_by_label("Topic").fill("Lamps for dark months")
    expect(page.locator("#offer")).to_contain_text("Write 1 draft")
    page.get_by_label("Ideas, at most").fill("7")
    page.get_by_label("Topic").click()
    expect(page.locator("#offer")).to_contain_text("Write 2 drafts")
    page.get_by_role("button", name="Write 2 drafts").click()
    expect(page.get_by_role("heading", name="2 drafts by Grok")).to_be_visible()
    expect(page.get_by_text("Proposed for")).to_have_count(2)
    with tenancy.system("test"):
        assert sorted(Publication.objects.values_list("state", flat=True)) == ["draft", "draft", "scheduled"]

    # scheduling one begins with the time that was proposed
    with tenancy.system("test"):
        proposed = Post.objects.exclude(proposed_for=None).order_by("proposed_for")[0].proposed_for
    assert proposed is not None
    page.get_by_role("link", name="Edit and schedule").first.click()
    local = proposed.astimezone(studio.workspace.tz)
    expect(page.get_by_label("Day", exact=True)).to_have_value(f"{local:%Y-%m-%d}")
    expect(page.get_by_label("Time", exact=True)).to_have_value(f"{local:%H:%M}")
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.get_by_text("Scheduled for")).to_be_visible()
    page.go_back()
    page.go_back()
    page.get_by_role("button", name="Delete these drafts").click()
    expect(page.get_by_text("1 draft deleted.")).to_be_visible()
    expect(page.get_by_text("1 stays: somebody has worked on")).to_be_visible()
