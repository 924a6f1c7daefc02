"""Somebody upgrades, meets a limit, has a payment fail, and recovers; somebody has a code and buys seats: in a browser, with
Stripe in the sandbox."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

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


@pytest.fixture
def shop(live_server: Any, settings: Any, running_sandbox: Running, transactional_db: None) -> Shop:
    """The cast's workspace, and a Stripe that has never heard of anybody."""
    running_sandbox.control.reset(platform="stripe")
    for name, value in {**SELLS, "STRIPE_API_URL": f"{running_sandbox.url}/stripe/api"}.items():
        setattr(settings, name, value)
    settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    return Shop(running_sandbox, make_cast())


@pytest.fixture
def page(chromium: Browser, shop: Shop, settings: Any) -> Iterator[Page]:
    """The owner's."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    cookie: Any = {"name": "sessionid", "value": shop.browser().cookies["sessionid"].value, "url": settings.BASE_URL}
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


@pytest.fixture
def home(shop: Shop, settings: Any) -> str:
    return f"{settings.BASE_URL}/w/{shop.workspace.slug}/settings"


def test_upgrade_limit_failed_payment_and_recovery(shop: Shop, page: Page, home: str) -> None:
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
    post = make_post(shop.cast.alice, shop.workspace, make_connection(shop.workspace), plan=tomorrow())
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


def test_a_code_tax_and_seats(shop: Shop, page: Page, home: str, settings: Any) -> None:
    settings.STRIPE_TAX = True
    shop.make_code(duration="repeating", duration_in_months=3, name="Spring sale")
    page.goto(f"{home}/plan/")
    page.get_by_role("button", name="Choose Team").click()
    page.wait_for_url(STRIPE)
    page.get_by_label("Promotion code").fill("winter")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_have_text("This code is invalid.")
    page.get_by_label("Promotion code").fill("spring")
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Due today: €27.61")).to_be_visible()
    page.get_by_role("button", name="Pay and subscribe").click()
    expect(page.get_by_text("has Team now")).to_be_visible()
    expect(page.get_by_text("€29 a month, 20 % off until")).to_be_visible()
    expect(page.get_by_text("Invoices in EUR, tax by DE.")).to_be_visible()

    # Two seats more, one after the other, at the price that is shown.
    page.get_by_role("link", name="Seats").click()
    for _ in range(2):
        page.get_by_role("button", name="One more").click()
    expect(page.get_by_role("status").filter(has_text="room for 12 members")).to_contain_text("of it tax")
    page.get_by_role("button", name="Buy 2 more").click()
    expect(page.get_by_text("You have 2 seats more now.")).to_be_visible()
    expect(page.get_by_text("2 of 12", exact=True)).to_be_visible()

    # They go along to the bigger plan.
    page.get_by_role("link", name="Move to Agency").click()
    expect(page.get_by_text("Your 2 seats more go along")).to_be_visible()
    page.get_by_role("button", name="Move to Agency").click()
    expect(page.get_by_text("2 of 42", exact=True)).to_be_visible()
    page.get_by_role("link", name="Invoices").click()
    expect(page.get_by_text("€5.80 off")).to_be_visible()
