"""Somebody upgrades, meets a limit, has a payment fail, and recovers: in a browser, with Stripe in the sandbox."""

import re
from typing import Any

from django.test import Client
from playwright.sync_api import Browser, expect

from accounts.tests.people import make_cast
from billing import reconciling
from billing.tests.conftest import SELLS
from billing.tests.shop import LATER_DECLINED, Shop
from posts.states import State
from posts.tests.conftest import publication_of
from posts.tests.factories import make_connection, make_post
from posts.tests.test_plan_and_posts import tomorrow
from sandbox.testing import Running

STRIPE = re.compile(r"/stripe/pay/")


def test_upgrade_limit_failed_payment_and_recovery(
    chromium: Browser, live_server: Any, settings: Any, running_sandbox: Running, transactional_db: None
) -> None:
    running_sandbox.control.reset(platform="stripe")
    for name, value in {**SELLS, "STRIPE_API_URL": f"{running_sandbox.url}/stripe/api"}.items():
        setattr(settings, name, value)
    url = settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    cast = make_cast()
    shop = Shop(running_sandbox, cast)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    try:
        client = Client()
        client.force_login(cast.alice)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
        page = context.new_page()
        home = f"{url}/w/{cast.workspace.slug}/settings"

        # The wall, and the way out of it.
        page.goto(f"{home}/members/")
        expect(page.get_by_text("Members: 2 of 1 in use. Full.")).to_be_visible()
        page.get_by_role("main").get_by_role("link", name="Plan and usage").last.click()
        page.get_by_role("button", name="Choose Creator").click()
        page.wait_for_url(STRIPE)
        page.locator("input[value='4000000000000002']").check()
        page.get_by_role("button", name="Pay and subscribe").click()
        expect(page.get_by_role("alert")).to_contain_text("declined")
        page.locator("input[value='4242424242424242']").check()
        page.get_by_role("button", name="Pay and subscribe").click()
        expect(page.get_by_text("has Creator now")).to_be_visible()
        expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()

        # More, at the price that was shown.
        page.get_by_role("link", name="Move to Team").click()
        expect(page.get_by_text("for the rest of the period, then €29 a month")).to_be_visible()
        page.get_by_role("button", name="Move to Team").click()
        expect(page.get_by_text("The plan is Team now.")).to_be_visible()

        # The card stops paying, and posts wait.
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=tomorrow())
        shop.card(LATER_DECLINED, only=True)
        shop.pass_days(55)
        reconciling.reconcile()
        assert publication_of(post).error_code == "unpaid"
        page.goto(f"{home}/plan/")
        expect(page.get_by_text("The plan has not been paid for").first).to_be_visible()
        page.get_by_role("link", name="Pay the open invoice").click()
        page.locator("input[value='4242424242424242']").check()
        page.get_by_role("button", name="Pay").click()
        expect(page.get_by_role("status")).to_contain_text("Paid")
        reconciling.reconcile()
        assert publication_of(post).state == State.SCHEDULED
        page.goto(f"{home}/plan/")
        expect(page.get_by_text("has not been paid for")).to_have_count(0)
    finally:
        context.close()
