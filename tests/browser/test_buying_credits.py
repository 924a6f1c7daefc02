"""Grok's wall in the composer, and the way on: credits are bought, with Stripe in the sandbox."""

import re
from typing import Any

from django.test import Client
from playwright.sync_api import Browser, expect

from accounts.tests.people import make_cast
from billing import packs
from billing.tests.conftest import SELLS
from billing.tests.shop import Shop
from sandbox.testing import Running

STRIPE = re.compile(r"/stripe/pay/")


def test_the_wall_leads_to_credits_and_they_are_there_at_once(
    chromium: Browser, live_server: Any, settings: Any, running_sandbox: Running, transactional_db: None
) -> None:
    running_sandbox.control.reset(platform="stripe")
    for name, value in {**SELLS, "STRIPE_API_URL": f"{running_sandbox.url}/stripe/api"}.items():
        setattr(settings, name, value)
    settings.AI_ENABLED, settings.AI_MONTHLY_CREDITS = True, 0
    url = settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    cast = make_cast()
    shop = Shop(running_sandbox, cast)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    try:
        client = Client()
        client.force_login(cast.alice)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
        page = context.new_page()

        page.goto(f"{url}/w/{cast.workspace.slug}/compose/")
        page.locator("textarea.writing").first.fill("Alma ships on 1 December.")
        page.locator("[data-grok-toggle]:visible").first.click()
        page.get_by_role("button", name="Ask Grok").click()
        card = page.locator(".answer").first
        expect(card).to_contain_text("Or buy credits")
        with context.expect_page() as opened:
            card.get_by_role("link", name="Buy credits").click()
        shop_page = opened.value

        # Out of the composer nothing is lost: the page of the plan is another tab.
        shop_page.get_by_role("button", name="1,000 for €4").click()
        shop_page.wait_for_url(STRIPE)
        shop_page.locator("input[value='4000000000000002']").check()
        shop_page.get_by_role("button", name="Pay").click()
        expect(shop_page.get_by_role("alert")).to_contain_text("declined")
        shop_page.locator("input[value='4242424242424242']").check()
        shop_page.get_by_role("button", name="Pay").click()
        expect(shop_page.get_by_text("1,000 AI credits were added")).to_be_visible()
        assert packs.left(shop.workspace) == 1000

        # They are there, and Grok's panel says so.
        page.get_by_role("button", name="Close Grok").click()
        page.locator("[data-grok-toggle]:visible").first.click()
        expect(page.locator("[data-credits]")).to_contain_text("and 1,000 bought left")
        expect(page.locator("textarea.writing").first).to_have_value("Alma ships on 1 December.")
    finally:
        context.close()
