"""The post's page while things happen."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from multivio import tenancy
from posts import deleting
from posts.models import Publication
from posts.services import Now
from posts.tests.factories import make_post
from posts.tests.pages import add_attempt, put_into
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live


def test_a_refusal_is_explained_and_a_retry_mends_it(maja: Visitor, studio: Studio, live: Live) -> None:
    live.sandbox.control.add_fault(operation="create_post", kind="suspended")
    post = make_post(studio.maja, studio.workspace, studio.account, text="Refused at first", plan=Now())
    page = maja.page
    maja.go(f"{studio.path}/posts/{post.uid}/")
    publication = page.locator(".publication-row")
    expect(publication).to_have_attribute("data-state", "failed")
    expect(publication).to_contain_text("X has suspended or locked this account.")
    page.get_by_role("button", name="Retry").click()
    expect(publication).to_have_attribute("data-state", "published")
    assert len(live.sandbox.control.posts(username="norrestudio")) == 1


def test_an_unknown_outcome_is_found_by_looking_and_shown_without_a_reload(
    maja: Visitor, studio: Studio, live: Live
) -> None:
    live.sandbox.control.add_fault(operation="create_post", kind="accept_then_reset")
    post = make_post(studio.maja, studio.workspace, studio.account, text="Accepted, then silence", plan=Now())
    page = maja.page
    maja.go(f"{studio.path}/posts/{post.uid}/")
    expect(page.locator(".publication-row")).to_have_attribute("data-state", "published")
    assert len(live.sandbox.control.posts(username="norrestudio")) == 1


def test_a_person_decides_and_nothing_is_chosen_for_them(maja: Visitor, studio: Studio) -> None:
    post = make_post(studio.maja, studio.workspace, studio.account, text="Is it there?")
    publication = put_into(post, "needs_human", checks=5, error_sentence="X did not say whether it took the post.")
    add_attempt(publication, status="ambiguous", sentence="X closed the connection.")
    page = maja.page
    maja.go(f"{studio.path}/")
    page.get_by_role("link", name="Decide", exact=True).click()
    there = page.get_by_role("radio", name="It is there")
    expect(there).not_to_be_checked()
    expect(page.get_by_role("radio", name="It is not there")).not_to_be_checked()
    page.locator("label", has_text="It is there").click()
    page.get_by_label("Link to the post on X").fill("https://x.com/norrestudio/status/1600000000000000001")
    page.get_by_role("button", name="Mark as published").click()
    expect(page.get_by_text("Marked as published.")).to_be_visible()
    expect(page.locator(".publication-row")).to_have_attribute("data-state", "published")


def test_cancelling_keeps_the_post(maja: Visitor, studio: Studio) -> None:
    post = make_post(studio.maja, studio.workspace, studio.account, text="Called off")
    put_into(post, "scheduled", due_at=timezone.now() + timedelta(days=2))
    page = maja.page
    maja.go(f"{studio.path}/posts/{post.uid}/")
    page.locator("#post-actions").get_by_role("button", name="Cancel").click()
    expect(page.locator(".publication-row")).to_have_attribute("data-state", "cancelled")
    with tenancy.system("test"):
        assert Publication.objects.get(post=post).state == "cancelled"


def test_a_draft_is_deleted_only_after_asking(maja: Visitor, studio: Studio) -> None:
    post = make_post(studio.maja, studio.workspace, studio.account, text="Not good enough")
    page = maja.page
    maja.go(f"{studio.path}/posts/{post.uid}/")
    page.get_by_role("button", name="Delete this draft").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Delete this draft").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Deleted.")).to_be_visible()
    expect(page.get_by_text("Not good enough")).to_have_count(0)


def test_what_is_public_is_deleted_there_only_after_asking_and_the_page_follows(
    maja: Visitor, studio: Studio, live: Live, settings: Settings
) -> None:
    post = make_post(studio.maja, studio.workspace, studio.account, text="Too early", plan=Now())
    page = maja.page
    maja.go(f"{studio.path}/posts/{post.uid}/")
    publication = page.locator(".publication-row")
    expect(publication).to_have_attribute("data-state", "published")
    publication.get_by_role("button", name="Delete on X").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    publication.get_by_role("button", name="Delete on X").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete on X").click()
    expect(publication).to_contain_text("Deleting it on X")
    settings.X_API_URL = f"{live.sandbox.url}/x/api"  # no worker runs beside the page, so we are it
    for deletion in deleting.due():
        deleting.carry_out(deletion)
    expect(publication).to_contain_text("Deleted on X")
    expect(publication).to_contain_text("What was published stays here as history.")
    assert live.sandbox.control.posts(username="norrestudio") == []
