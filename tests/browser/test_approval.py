"""From an invitation to a post that a second person wrote, the owner approved, and everybody can see, once."""

from playwright.sync_api import expect

from accounts.invitation_links import secret_of
from accounts.models import ApprovalPolicy, Invitation, Workspace
from multivio import tenancy
from tests.browser.conftest import Open, Studio, Visitor
from tests.browser.live import Live

WORDS = "We are hiring a workshop lead: somebody who likes springs."
ADDRESS = "jonas@example.org"


def link_of(email: str) -> str:
    """The link that was mailed: it is shown on no page."""
    with tenancy.system("test"):
        return f"/invitations/{secret_of(Invitation.objects.get(email=email))}/"


def test_a_second_person_is_invited_writes_and_the_owner_approves(
    visit: Open, maja: Visitor, studio: Studio, live: Live
) -> None:
    with tenancy.system("test"):
        Workspace.objects.filter(pk=studio.workspace.pk).update(approval=ApprovalPolicy.REQUIRED)

    page = maja.page
    maja.go(f"{studio.path}/settings/members/")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("E-mail").fill(ADDRESS)
    page.get_by_label("Role", exact=True).select_option("contributor")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("invited as contributor")).to_be_visible()

    jonas = visit()
    jonas.go(link_of(ADDRESS))
    expect(jonas.page.get_by_role("heading", name="Join Norre Studio")).to_be_visible()
    jonas.page.get_by_role("link", name="Create an account").click()
    expect(jonas.page.get_by_label("E-mail")).to_have_value(ADDRESS)
    jonas.page.get_by_label("Your name").fill("Jonas Weber")
    jonas.page.locator("[name=password1]").fill("a-long-enough-password")
    jonas.page.get_by_role("main").get_by_role("button", name="Create").click()
    jonas.page.wait_for_load_state()

    jonas.go(f"{studio.path}/compose/")
    expect(jonas.page.get_by_role("button", name="Publish now")).to_have_count(0)
    expect(jonas.page.get_by_role("checkbox", name="X, @norrestudio")).to_be_checked()
    jonas.page.get_by_role("textbox", name="Text").fill(WORDS)
    jonas.page.get_by_role("button", name="Send for approval").click()
    expect(jonas.page.get_by_role("heading", name="Jonas Weber asks for approval")).to_be_visible()
    expect(jonas.page.get_by_role("button", name="Approve")).to_have_count(0)
    assert live.sandbox.control.posts(username="norrestudio") == []

    maja.go(f"{studio.path}/")
    page.get_by_role("heading", name="Jonas asks for approval").locator("..").get_by_role("link", name="Read").click()
    page.get_by_label("Comment").fill("@Jonas lovely.")
    page.get_by_role("button", name="Approve").click()
    publication = page.locator(".publication-row")
    expect(publication).to_have_attribute("data-state", "published")
    expect(page.locator("#notes")).to_contain_text("lovely")
    assert [each["text"] for each in live.sandbox.control.posts(username="norrestudio")] == [WORDS]

    jonas.page.reload()
    expect(jonas.page.locator(".publication-row")).to_have_attribute("data-state", "published")


def test_what_is_changed_after_the_yes_has_to_be_approved_again(visit: Open, maja: Visitor, studio: Studio) -> None:
    from accounts.roles import Role  # noqa: PLC0415
    from posts.services import approve, request_approval  # noqa: PLC0415
    from posts.tests.factories import acting, add_member, make_post, make_user  # noqa: PLC0415

    with tenancy.system("test"):
        Workspace.objects.filter(pk=studio.workspace.pk).update(approval=ApprovalPolicy.REQUIRED)
    tomas = make_user("Tomas")
    add_member(studio.workspace, tomas, Role.EDITOR)
    post = make_post(tomas, studio.workspace, studio.account, text="As it was")
    with acting(tomas, studio.workspace) as actor:
        request_approval(actor=actor, post=post)
    with acting(studio.maja, studio.workspace) as actor:
        approve(actor=actor, post=post)

    visitor = visit()
    visitor.sign_in(tomas)
    visitor.go(f"{studio.path}/posts/{post.uid}/edit/")
    visitor.page.get_by_role("textbox", name="Text").fill("As it is")
    visitor.page.get_by_role("button", name="Publish now").click()
    expect(visitor.page.get_by_text("changed after it was approved")).to_be_visible()
    visitor.page.get_by_role("button", name="Send for approval").click()
    expect(visitor.page.get_by_role("heading", name="Tomas asks for approval")).to_be_visible()
