"""An owner moves to a smaller plan and says which accounts stay; one rests, its post is held, and an upgrade brings both back."""

from typing import Any

from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.tests.people import make_cast
from billing.tests.conftest import SELLS
from billing.tests.shop import Shop
from posts.states import State
from posts.tests.conftest import publication_of
from posts.tests.factories import make_connection, make_post
from posts.tests.test_plan_and_posts import tomorrow
from sandbox.testing import Running


def tick(page: Page, name: str, wanted: bool) -> None:
    page.get_by_role("checkbox", name=name).set_checked(wanted)


def test_downgrade_rest_swap_and_upgrade(
    chromium: Browser, live_server: Any, settings: Any, running_sandbox: Running, transactional_db: None
) -> None:
    running_sandbox.control.reset(platform="stripe")
    for name, value in {**SELLS, "STRIPE_API_URL": f"{running_sandbox.url}/stripe/api"}.items():
        setattr(settings, name, value)
    url = settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    cast = make_cast()
    shop = Shop(running_sandbox, cast)
    shop.buy("team")
    rows = [make_connection(cast.workspace, platform="linkedin", name=f"Account {n}") for n in range(1, 10)]
    post = make_post(cast.alice, cast.workspace, rows[0], plan=tomorrow())
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    try:
        client = Client()
        client.force_login(cast.alice)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
        page = context.new_page()
        home = f"{url}/w/{cast.workspace.slug}"

        # Nine accounts, eight places: no ninth can be ticked, and the first one is let go.
        page.goto(f"{home}/settings/plan/")
        page.get_by_role("link", name="Move to Creator").click()
        expect(page.get_by_text("Creator has 8 of your 9 connections")).to_be_visible()
        expect(page.get_by_text("8 of 8 chosen.")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Account 9")).to_be_disabled()
        tick(page, "Account 1 ", False)
        expect(page.get_by_text("7 of 8 chosen. The free place goes to")).to_be_visible()
        tick(page, "Account 9 ", True)
        page.get_by_role("button", name="Move to Creator").click()
        expect(page.get_by_text("The plan is Creator now.")).to_be_visible()

        # It rests, and says so where its post is.
        page.goto(f"{home}/connections/")
        expect(page.get_by_text("1 account rests: Creator has 8 connections.")).to_be_visible()
        page.goto(f"{home}/posts/{post.uid}/")
        expect(page.get_by_text("This account rests: Creator has 8 connections.").first).to_be_visible()
        assert publication_of(post).state == State.HELD
        page.goto(f"{home}/compose/")
        expect(page.get_by_role("checkbox", name=", rests")).to_have_count(1)

        # Another one rests instead.
        page.goto(f"{home}/connections/")
        page.get_by_role("link", name="Choose which stay").click()
        tick(page, "Account 9 ", False)
        tick(page, "Account 1 ", True)
        page.get_by_role("button", name="Let the ticked ones stay").click()
        expect(page.get_by_text("Saved. 1 account rests.")).to_be_visible()
        assert publication_of(post).state == State.SCHEDULED

        # A bigger plan has room for all of them.
        page.goto(f"{home}/settings/plan/")
        page.get_by_role("link", name="Move to Team").click()
        page.get_by_role("button", name="Move to Team").click()
        expect(page.get_by_text("The plan is Team now.")).to_be_visible()
        page.goto(f"{home}/connections/")
        expect(page.get_by_text("rests: Creator")).to_have_count(0)
    finally:
        context.close()
