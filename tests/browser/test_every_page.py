"""Every page, in both themes, on a desk and on a phone: no complaint in the console, nothing wider than the window."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.roles import Role
from posts.models import Post
from posts.tests.factories import add_member, make_connection, make_post, make_user
from posts.tests.pages import add_attempt, put_into
from tests.browser.conftest import Open, Studio

SIZES = [(1280, 860), (390, 844)]
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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
class TestEveryPage:
    def test_of_a_workspace_is_calm_and_fits(
        self, visit: Open, studio: Studio, furnished: dict[str, Post], width: int, height: int, theme: str
    ) -> None:
        visitor = visit(width=width, height=height, theme=theme)
        visitor.sign_in(studio.maja)
        pages = ["/", "/posts/", "/posts/?state=failed", "/posts/?q=nothing+like+it", "/compose/", "/connections/"]
        pages += ["/settings/audit/", "/settings/audit/?area=media", "/notifications/", "/notifications/?show=unread"]
        pages += ["/settings/", "/settings/members/", "/settings/approval/"]
        pages += [f"/posts/{post.uid}/" for post in furnished.values()] + [f"/posts/{furnished['draft'].uid}/edit/"]
        for path in pages:
            visitor.go(studio.path + path)
            visitor.page.wait_for_load_state("networkidle")
            assert visitor.page.locator("h1").count() == 1, path
            assert is_no_wider_than_the_window(visitor.page), path
            assert visitor.complaints == [], path

    def test_before_signing_in_is_calm_and_fits(
        self, visit: Open, studio: Studio, width: int, height: int, theme: str
    ) -> None:
        visitor = visit(width=width, height=height, theme=theme)
        for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
            visitor.go(path)
            assert is_no_wider_than_the_window(visitor.page), path

    def test_of_an_empty_workspace_and_of_a_viewer_is_calm_and_fits(
        self, visit: Open, studio: Studio, width: int, height: int, theme: str
    ) -> None:
        vera = make_user("Vera")
        add_member(studio.workspace, vera, Role.VIEWER)
        visitor = visit(width=width, height=height, theme=theme)
        visitor.sign_in(vera)
        for path in ("/", "/posts/", "/posts/?state=failed", "/connections/"):
            visitor.go(studio.path + path)
            visitor.page.wait_for_load_state("networkidle")
            assert is_no_wider_than_the_window(visitor.page), path
        assert visitor.page.get_by_role("link", name="New post").count() == 0


def test_a_narrow_window_of_320_pixels_still_holds_everything(
    visit: Open, studio: Studio, furnished: dict[str, Post]
) -> None:
    visitor = visit(width=320, height=640)
    visitor.sign_in(studio.maja)
    for path in ("/", "/posts/", "/compose/", "/connections/", f"/posts/{furnished['needs_human'].uid}/"):
        visitor.go(studio.path + path)
        assert is_no_wider_than_the_window(visitor.page), path
