"""What goes wrong while somebody pays, through the pages: each time it is said what happened, and the way on works."""

from typing import Any

from accounts.notification_models import Notification
from billing import catalog
from billing.tests.shop import DECLINED, GOOD, Shop, nonce
from multivio import tenancy

THREE_D_SECURE = "4000002500003155"


def press(shop: Shop, plan: str = "team") -> Any:
    """The button "Choose Team"; the answer is the way to Stripe's page, or to a sentence."""
    return shop.browser().post(shop.page("checkout/"), {"plan": plan, "interval": "month", "nonce": nonce()})


def session_of(answer: Any) -> str:
    assert "/stripe/pay/" in answer["Location"], answer["Location"]
    return str(answer["Location"]).rpartition("/")[2]


def back(shop: Shop, session: str) -> str:
    shown = shop.browser().get(f"{shop.page('back/')}?session_id={session}", follow=True)
    return str(shown.content.decode())


def said(shop: Shop, answer: Any) -> str:
    """The sentence on the page of the plan."""
    assert answer["Location"] == shop.page()
    client = shop.browser()
    client.cookies.update(answer.cookies)
    return str(client.get(shop.page()).content.decode())


def told(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        return list(Notification.objects.filter(workspace=shop.workspace).values_list("title", flat=True))


def test_a_declined_card_leaves_the_page_open_for_another(shop: Shop) -> None:
    session = session_of(press(shop))
    assert shop.pay(session, DECLINED) == "declined"
    assert "Not paid yet" in back(shop, session)
    assert shop.standing.plan.key == "free"
    assert shop.pay(session, GOOD) == "ok"
    assert "has Team now" in back(shop, session)


def test_who_gives_up_at_the_bank_has_nothing_and_can_begin_again(shop: Shop) -> None:
    session = session_of(press(shop))
    assert shop.pay(session, THREE_D_SECURE) == "3ds"
    assert "Not paid yet" in back(shop, session)
    shop.pass_days(2)
    shop.deliver()
    assert shop.pay(session, GOOD) == "expired"
    assert (shop.standing.plan.key, shop.at_stripe()) == ("free", [])
    again = session_of(press(shop))
    assert shop.pay(again, THREE_D_SECURE, authenticated=True) == "ok"
    assert "has Team now" in back(shop, again)


def test_two_tabs_cannot_both_be_paid(shop: Shop) -> None:
    first, second = session_of(press(shop)), session_of(press(shop, "agency"))
    assert shop.pay(second) == "ok"
    assert shop.pay(first) == "expired"
    assert "Not paid yet" in back(shop, first)
    assert "has Agency now" in back(shop, second)
    assert "There is a subscription already" in said(shop, press(shop))


def test_whoever_paid_twice_all_the_same_is_told(shop: Shop) -> None:
    """A second checkout that is none of ours, such as a payment link of the dashboard's."""
    row = shop.buy("team")
    about: Any = {
        "mode": "subscription",
        "customer": shop.customer,
        "line_items": [{"price": catalog.price(row.sold, "month"), "quantity": 1}] if row.sold else [],
        "success_url": "http://localhost:8000/",
    }
    assert shop.pay(shop.dashboard.checkout.sessions.create(params=about).id) == "ok"
    shop.deliver()
    assert f"{shop.workspace.name} has two subscriptions" in told(shop)


def test_a_price_that_was_archived_is_said_and_the_new_one_is_sold(shop: Shop) -> None:
    session_of(press(shop))
    old = shop.dashboard.prices.list(params={"lookup_keys": ["team_monthly_v1"]}).data[0]
    shop.dashboard.prices.update(old.id, params={"active": False})
    assert "not sold at this price any more. Nothing was charged" in said(shop, press(shop))
    session = session_of(press(shop))  # on the sandbox the price is made anew
    assert shop.pay(session) == "ok"
    assert "has Team now" in back(shop, session)


def test_another_currency_than_before_is_said(shop: Shop, selling: Any) -> None:
    row = shop.buy("team")
    shop.dashboard.subscriptions.cancel(row.stripe_id)
    shop.deliver()
    for each in shop.dashboard.prices.list(params={"limit": 100}).data:
        shop.dashboard.prices.update(each.id, params={"active": False})
    catalog.forget()
    selling.BILLING_CURRENCY = "usd"
    assert "Your earlier payments were in another currency. Write to us" in said(shop, press(shop))
    assert shop.standing.plan.key == "free"


def test_a_customer_who_was_deleted_there_can_buy_though_nobody_told_us(shop: Shop) -> None:
    press(shop)
    gone = shop.customer
    shop.dashboard.customers.delete(gone)
    assert "choose again" in said(shop, press(shop))
    session = session_of(press(shop))
    assert shop.customer != gone
    assert shop.pay(session) == "ok"
    assert "has Team now" in back(shop, session)
    shop.deliver()
    assert shop.standing.plan.key == "team"


def test_a_customer_who_is_there_is_kept_whatever_else_is_missing(shop: Shop) -> None:
    press(shop)
    params = {"status": 404, "code": "resource_missing", "message": "No such price"}
    shop.sandbox.control.add_fault(platform="stripe", operation="checkout_create", kind="refuse", params=params)
    before = shop.customer
    assert "Reload the page" in said(shop, press(shop))
    assert shop.customer == before
