"""Every page, in both themes, on a desk and on a phone: no complaint in the console, nothing wider than the window."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.roles import Role
from posts.models import Post
from posts.tests.factories import add_member, make_connection, make_post, make_user
from posts.tests.pages import add_attempt, put_into
from tests.browser.conftest import Open, Studio, Visitor

SIZES = [ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture
def furnished(studio: Studio) -> dict[str, Post]:
    """A workspace in which every state can be seen."""
    other = make_connection(
        studio.workspace, username="alma_lamps", name=LONG, health="broken", health_reason="X ended our access."
    )
    posts = {
        "draft": make_post(studio.maja, studio.workspace, studio.account, other, parts=(f"{LONG} and more", "second"))
    }
    notify(kind=Kind.FAILED, workspace=studio.workspace, users=[studio.maja], title=LONG, body=f"{LONG} " * 3, url="/")
    for state in ("published", "failed", "needs_human", "held", "cancelled"):
        posts[state] = make_post(studio.maja, studio.workspace, studio.account, text=f"This one is {state}")
        fields = {} if state == "published" else {"error_sentence": "X did not say whether it took the post."}
        publication = put_into(posts[state], state, **fields)
        add_attempt(publication, status="ambiguous", detail=LONG * 4, sentence="X closed the connection.")
    posts["scheduled"] = make_post(studio.maja, studio.workspace, studio.account, text="This one is scheduled")
    put_into(posts["scheduled"], "scheduled", due_at=timezone.now() + timedelta(days=1))
    return posts


def is_no_wider_than_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def look_at(visitor: Visitor, path: str) -> None:
    """Load once, then try on every size and theme, as somebody does who turns a phone or switches the theme."""
    page = visitor.page
    page.set_viewport_size(SIZES[0])
    visitor.go(path)
    page.wait_for_load_state("networkidle")
    for size in SIZES:
        page.set_viewport_size(size)
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            assert is_no_wider_than_the_window(page), f"{path} at {size['width']} in {theme}"
    assert visitor.complaints == [], path


def test_of_a_workspace_is_calm_and_fits(visit: Open, studio: Studio, furnished: dict[str, Post]) -> None:
    visitor = visit()
    visitor.sign_in(studio.maja)
    pages = ["/", "/posts/", "/posts/?state=failed", "/posts/?q=nothing+like+it", "/compose/", "/connections/"]
    pages += ["/settings/audit/", "/settings/audit/?area=media", "/notifications/", "/notifications/?show=unread"]
    pages += ["/settings/", "/settings/members/", "/settings/approval/", "/settings/schedules/", "/ideas/"]
    pages += [f"/connections/{studio.account.uid}/schedule/"]
    pages += [f"/posts/{post.uid}/" for post in furnished.values()] + [f"/posts/{furnished['draft'].uid}/edit/"]
    for path in pages:
        look_at(visitor, studio.path + path)
        assert visitor.page.locator("h1").count() == 1, path


def test_before_signing_in_is_calm_and_fits(visit: Open, studio: Studio) -> None:
    visitor = visit()
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        look_at(visitor, path)


def test_of_an_empty_workspace_and_of_a_viewer_is_calm_and_fits(visit: Open, studio: Studio) -> None:
    vera = make_user("Vera")
    add_member(studio.workspace, vera, Role.VIEWER)
    visitor = visit()
    visitor.sign_in(vera)
    for path in ("/", "/posts/", "/posts/?state=failed", "/connections/"):
        look_at(visitor, studio.path + path)
    assert visitor.page.get_by_role("link", name="New post").count() == 0


def test_a_phone_in_the_dark_gets_its_pages_that_way(visit: Open, studio: Studio, furnished: dict[str, Post]) -> None:
    visitor = visit(**SIZES[1], theme="dark")
    visitor.sign_in(studio.maja)
    for path in ("/", "/compose/", f"/posts/{furnished['needs_human'].uid}/"):
        visitor.go(studio.path + path)
        assert visitor.page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert is_no_wider_than_the_window(visitor.page), path


def test_a_narrow_window_of_320_pixels_still_holds_everything(
    visit: Open, studio: Studio, furnished: dict[str, Post]
) -> None:
    visitor = visit(width=320, height=640)
    visitor.sign_in(studio.maja)
    for path in ("/", "/posts/", "/compose/", "/connections/", f"/posts/{furnished['needs_human'].uid}/"):
        visitor.go(studio.path + path)
        assert is_no_wider_than_the_window(visitor.page), path
