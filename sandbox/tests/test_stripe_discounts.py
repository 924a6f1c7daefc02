"""Coupons and the codes that people type, by Stripe's own client and on the page."""

import time
from typing import Any

import pytest
import requests
import stripe

from sandbox.testing import Running
from sandbox.tests.stripe_life import DAY, Life, make_price

TAKES_CODES = {"allow_promotion_codes": True}


def make_code(client: Any, code: str = "SPRING", *, coupon: dict[str, Any] | None = None, **more: Any) -> Any:
    about = {"duration": "forever", **(coupon or {})}
    kept = client.v1.coupons.create(params=about if "amount_off" in about else {"percent_off": 20, **about})
    return client.v1.promotion_codes.create(
        params={"promotion": {"type": "coupon", "coupon": kept.id}, "code": code, **more}
    )


def buy(sandbox: Running, client: Any, code: str = "spring", **more: Any) -> Life:
    return Life(sandbox, client, session=TAKES_CODES, typed={"code": code}, **more)


class DiscountTests:
    def test_a_code_takes_something_off_every_invoice_for_its_months(self, sandbox: Running, client: Any) -> None:
        made = make_code(client, coupon={"duration": "repeating", "duration_in_months": 2})
        life = buy(sandbox, client)
        found = client.v1.subscriptions.retrieve(
            life.subscription.id, params={"expand": ["discounts.source.coupon", "discounts.promotion_code"]}
        )
        assert (found.discounts[0].source.coupon.percent_off, found.discounts[0].promotion_code.code) == (
            20.0,
            "SPRING",
        )
        assert found.discounts[0].end > time.time() + 58 * DAY
        for _ in range(3):
            life.advance(32)
        assert [(each.subtotal, each.total) for each in life.invoices()] == [
            (2900, 2320), (2900, 2320), (2900, 2900), (2900, 2900)
        ]  # fmt: skip
        assert life.invoices()[0].total_discount_amounts[0].amount == 580
        assert list(life.subscription.discounts) == []
        assert {"customer.discount.created", "customer.discount.deleted"} <= set(life.told())
        assert client.v1.promotion_codes.retrieve(made.id).times_redeemed == 1

    def test_once_is_once_and_a_fixed_amount_never_gives_money_back(self, sandbox: Running, client: Any) -> None:
        make_code(client, coupon={"amount_off": 5000, "currency": "eur", "duration": "once"})
        life = buy(sandbox, client)
        life.advance(32)
        assert [each.total for each in life.invoices()] == [0, 2900]

    def test_a_change_gives_back_what_was_paid_and_no_more(self, sandbox: Running, client: Any) -> None:
        make_code(client, coupon={"percent_off": 50})
        life = buy(sandbox, client)
        bigger = make_price(client, "agency_monthly_v1", 8900)
        item = life.subscription.items.data[0]
        details = {
            "items": [{"id": item.id, "price": bigger.id}],
            "proration_date": item.current_period_start,
            "proration_behavior": "always_invoice",
        }
        about = {"customer": life.customer.id, "subscription": life.subscription.id, "subscription_details": details}
        shown = client.v1.invoices.create_preview(params=about)
        assert [(line.amount, line.discountable) for line in shown.lines.data] == [(-1450, False), (4450, False)]
        client.v1.subscriptions.update(life.subscription.id, params=details)
        assert life.invoices()[-1].total == shown.total == 3000

    def test_a_coupon_that_is_deleted_stays_with_who_has_it(self, sandbox: Running, client: Any) -> None:
        made = make_code(client)
        life = buy(sandbox, client)
        client.v1.coupons.delete(made.promotion.coupon)
        life.advance(32)
        assert [each.total for each in life.invoices()] == [2320, 2320]
        with pytest.raises(stripe.InvalidRequestError, match="No such coupon"):
            client.v1.coupons.retrieve(made.promotion.coupon)
        assert buy(sandbox, client, price=life.price).paid["result"] == "This code is no longer available."

    def test_it_is_put_on_and_taken_off_by_an_update(self, sandbox: Running, client: Any) -> None:
        made = make_code(client)
        life = Life(sandbox, client)
        about: Any = {"discounts": [{"coupon": made.promotion.coupon}]}
        assert len(client.v1.subscriptions.update(life.subscription.id, params=about).discounts) == 1
        assert list(client.v1.subscriptions.update(life.subscription.id, params={"discounts": ""}).discounts) == []

    def test_what_cannot_be_expanded_is_refused(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.subscriptions.retrieve(life.subscription.id, params={"expand": ["nonsense"]})


class CodeTests:
    @pytest.mark.parametrize(
        ("code", "restricted", "said"),
        [
            ("OTHER", {}, "This code is invalid."),
            ("SPRING", {"active": False}, "This code is invalid."),
            ("SPRING", {"expires_at": 1_700_000_000}, "This code has expired."),
            ("SPRING", {"coupon": {"redeem_by": 1_700_000_000}}, "This code is no longer available."),
            (
                "SPRING",
                {"coupon": {"amount_off": 100, "currency": "usd"}},
                "This code does not apply to this currency.",
            ),
            (
                "SPRING",
                {"restrictions": {"minimum_amount": 2901, "minimum_amount_currency": "eur"}},
                "This code needs a bigger order.",
            ),
        ],
    )
    def test_a_wrong_code_is_told_and_the_page_stays_open(
        self, sandbox: Running, client: Any, code: str, restricted: dict[str, Any], said: str
    ) -> None:
        make_code(client, **restricted)
        life = buy(sandbox, client, code)
        assert life.paid["result"] == said
        assert life.pay(code="")["session"]["amount_total"] == 2900

    def test_a_code_is_used_up_and_is_for_new_customers(self, sandbox: Running, client: Any) -> None:
        make_code(client, "ONE", max_redemptions=1)
        make_code(client, "FIRST", restrictions={"first_time_transaction": True})
        life = buy(sandbox, client, "one")
        assert life.paid["result"] == "ok"
        assert buy(sandbox, client, "one", price=life.price).paid["result"] == "This code is no longer available."
        again = client.v1.checkout.sessions.create(
            params={
                "mode": "subscription",
                "customer": life.customer.id,
                "line_items": [{"price": life.price.id, "quantity": 1}],
                "success_url": "http://localhost:8000/back",
                **TAKES_CODES,
            }
        )
        life.session = again
        assert "prior transactions" in life.pay(code="FIRST")["result"]

    def test_somebody_types_it_on_the_page(self, sandbox: Running, client: Any) -> None:
        make_code(client)
        life = Life(sandbox, client, session=TAKES_CODES, card="4000000000000002")
        page = {"card": "4242424242424242", "code": "sprint", "decision": "apply"}
        assert "This code is invalid." in requests.post(life.session.url, data=page, timeout=5).text
        shown = requests.post(life.session.url, data={**page, "code": "spring"}, timeout=5).text
        assert "SPRING: −€5.80" in shown
        assert "Due today: €23.20" in shown

    @pytest.mark.parametrize(
        "wrong",
        [
            {"percent_off": 20, "amount_off": 100},
            {"duration": "forever"},
            {"percent_off": 101},
            {"amount_off": 100},
            {"percent_off": 20, "duration": "repeating"},
        ],
    )
    def test_a_coupon_that_makes_no_sense_is_refused(
        self, sandbox: Running, client: Any, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.coupons.create(params=wrong)
