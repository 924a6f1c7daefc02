"""A code that is typed at checkout: what comes off is shown wherever a price is, and stops when it ends."""

import pytest
from django.utils import timezone

from billing import services, showing
from billing.tests.shop import Shop, nonce


def test_it_is_shown_until_it_ends(shop: Shop) -> None:
    shop.make_code(duration="repeating", duration_in_months=3, name="Spring sale")
    row = shop.buy("team", code="spring")
    assert [(each["percent"], each["name"]) for each in row.discounts] == [(20.0, "Spring sale")]
    client = shop.browser()
    shown = client.get(shop.page()).content.decode()
    assert "€29 a month, 20 % off until" in shown
    assert "(Spring sale)" in shown
    assert "€23.20" in client.get(shop.page("invoices/")).content.decode()
    assert "€5.80 off" in client.get(shop.page("invoices/")).content.decode()
    said = client.get("/api/v1/billing", headers={"X-Workspace": shop.workspace.slug}).json()
    assert said["subscription"]["discounts"][0]["percent"] == 20.0
    shop.pass_days(93)
    shop.deliver()
    assert shop.row.discounts == []
    assert "% off" not in client.get(shop.page()).content.decode()


def test_a_change_costs_what_is_left_of_the_price(shop: Shop) -> None:
    shop.make_code(percent_off=50)
    shop.buy("creator", code="SPRING")
    shown = services.preview_change(actor=shop.owner, plan="agency", interval="month")
    assert shown.cost.next_amount == 4450
    assert 3700 < shown.cost.due_now <= 3850
    services.change_plan(actor=shop.owner, plan="agency", interval="month", moment=shown.cost.moment, nonce=nonce())
    assert services.invoices(actor=shop.owner)[0]["total"] == shown.cost.due_now
    page = shop.browser().get(f"{shop.page('change/')}?plan=team&interval=month").content.decode()
    assert "50 % off, which is counted in." in page


def test_an_amount_and_a_name_are_said_too(shop: Shop) -> None:
    shop.make_code(amount_off=500, currency="eur", name="Friends")
    assert showing.off(shop.buy("team", code="SPRING"), timezone.now()) == ["€5 off (Friends)"]


def test_what_is_put_on_at_the_dashboard_arrives_and_what_is_taken_off_goes(shop: Shop) -> None:
    row = shop.buy("team")
    coupon = shop.make_code().promotion.coupon
    shop.dashboard.subscriptions.update(row.stripe_id, params={"discounts": [{"coupon": coupon}]})
    shop.deliver()
    assert shop.row.discounts != []
    shop.dashboard.subscriptions.update(row.stripe_id, params={"discounts": ""})
    shop.deliver()
    assert shop.row.discounts == []


@pytest.mark.parametrize("code", ["WINTER", "SPRINGG"])
def test_a_wrong_code_costs_nothing_and_the_right_one_still_works(shop: Shop, code: str) -> None:
    shop.make_code()
    session = shop.begin("team")
    assert shop.pay(session, code=code) == "This code is invalid."
    assert shop.standing.plan.key == "free"
    assert shop.pay(session, code="spring") == "ok"
    services.come_back(actor=shop.owner, session_id=session)
    assert services.invoices(actor=shop.owner)[0]["total"] == 2320
