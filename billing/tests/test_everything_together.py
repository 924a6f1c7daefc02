"""Codes and tax on what is bought once; and a plan, its seats and posts to X as items of one subscription."""

from typing import Any

import pytest
from django.utils import timezone

from billing import catalog, gateway, meter_sending, packs, services, showing
from billing.meter_models import PayPerPost
from billing.plans import X_POSTS, What
from billing.services import credit_buying
from billing.tests.meter import on, post, switch
from billing.tests.shop import Shop, nonce
from billing.tests.test_credits import begin, bought, come_back, refund
from multivio import tenancy


@pytest.fixture
def taxed(shop: Shop, selling: Any) -> Shop:
    selling.STRIPE_TAX = True
    return shop


class PackTests:
    def test_a_code_and_tax_are_on_its_receipt(self, taxed: Shop) -> None:
        code = taxed.make_code(name="Spring sale")
        session = begin(taxed, "credits_5000")
        assert taxed.pay(session, code="spring") == "nowhere"
        assert taxed.pay(session, code="spring", country="DE") == "ok"
        row = come_back(taxed, session)
        assert row is not None
        assert (row.credits, row.amount) == (5000, 1428)  # 15, less a fifth, and 19 % on top
        (bill,) = [showing.bill(each) for each in services.invoices(actor=taxed.owner)]
        assert (bill.amount, bill.discount, bill.tax) == ("€14.28", "€3", "€2.28")
        assert taxed.dashboard.promotion_codes.retrieve(code.id).times_redeemed == 1

    def test_half_of_the_money_back_is_half_of_the_credits_whatever_the_tax(self, taxed: Shop) -> None:
        session = begin(taxed)
        assert taxed.pay(session, country="DE") == "ok"
        row = come_back(taxed, session)
        assert row is not None
        refund(taxed, row, amount=row.amount // 2)
        assert credit_buying.look_again(row).taken_back == 500

    def test_a_business_elsewhere_pays_none(self, taxed: Shop) -> None:
        session = begin(taxed)
        assert taxed.pay(session, country="FR", tax_id="FR12345678901") == "ok"
        row = come_back(taxed, session)
        assert row is not None
        assert row.amount == 400

    def test_a_code_that_makes_it_free_grants_it_without_a_payment(self, shop: Shop) -> None:
        shop.make_code("GIFT", percent_off=100)
        session = begin(shop)
        assert shop.pay(session, code="GIFT") == "ok"
        row = come_back(shop, session)
        assert row is not None
        assert (row.credits, row.amount, row.payment_id) == (1000, 0, None)
        assert packs.left(shop.workspace) == 1000

    def test_a_price_that_was_archived_is_forgotten_and_the_next_try_buys(self, shop: Shop) -> None:
        bought(shop)
        shop.dashboard.prices.update(catalog.price_of("credits_1000_v1"), params={"active": "false"})
        with pytest.raises(Exception, match="not sold at this price"):
            begin(shop)
        assert shop.pay(begin(shop)) == "ok"


class OneSubscriptionTests:
    def items(self, shop: Shop) -> dict[str, Any]:
        data = gateway.subscription(shop.row.stripe_id)["items"]["data"]
        return {each["price"]["lookup_key"]: each.get("quantity") for each in data}

    def test_another_interval_takes_seats_along_and_leaves_posts_to_x(self, shop: Shop) -> None:
        on(shop, 50)
        services.change_seats(actor=shop.owner, seats=3, moment=0, nonce=nonce())
        services.change_plan(actor=shop.owner, plan="agency", interval="year", moment=0, nonce=nonce())
        assert self.items(shop) == {"agency_yearly_v1": 1, "seat_agency_yearly_v1": 3, X_POSTS.price_key: None}
        row = shop.row
        assert (row.plan, row.seats, row.amount, row.is_unsure) == ("agency", 3, 89000 + 3 * 3000, False)
        assert (row.period_end - row.period_start).days >= 365
        assert shop.standing.most(What.X_POSTS) == 1500 + 50
        assert shop.standing.most(What.MEMBERS) == 43

    def test_a_months_posts_are_billed_within_a_year_that_was_paid(self, shop: Shop) -> None:
        on(shop, 50)
        services.change_plan(actor=shop.owner, plan="agency", interval="year", moment=0, nonce=nonce())
        post(shop, 4, earlier=1500)
        assert meter_sending.send() == 4
        shop.pass_days(32)
        newest = gateway.invoices_of(shop.customer)[0]
        assert (newest["total"], newest["status"]) == (4 * X_POSTS.price, "paid")

    def test_what_was_used_is_no_part_of_what_a_change_costs(self, shop: Shop) -> None:
        on(shop, 50)
        before = services.preview_seats(actor=shop.owner, seats=2).cost
        assert before.next_amount == 2900 + 2 * 400
        post(shop, 5)
        assert meter_sending.send() == 5
        after = services.preview_seats(actor=shop.owner, seats=2).cost
        assert (after.next_amount, after.credit) == (before.next_amount, 0)
        switch(shop, 0)
        assert services.preview_seats(actor=shop.owner, seats=2).cost.next_amount == before.next_amount

    def test_seats_go_and_come_beside_it(self, shop: Shop) -> None:
        on(shop, 50)
        services.change_seats(actor=shop.owner, seats=2, moment=0, nonce=nonce())
        services.change_seats(actor=shop.owner, seats=0, moment=0, nonce=nonce())
        assert self.items(shop) == {"team_monthly_v1": 1, X_POSTS.price_key: None}
        assert (shop.row.seats, shop.row.amount) == (0, 2900)
        switch(shop, 0)
        assert self.items(shop) == {"team_monthly_v1": 1}


class ReplacedPriceTests:
    """A price is archived and made anew at Stripe: the lookup key moves, and what was bought keeps the old price, without a key."""

    @staticmethod
    def replace(shop: Shop, key: str) -> None:
        shop.dashboard.prices.update(catalog.price_of(key), params={"active": "false"})
        catalog.forget()
        assert catalog.prepare() == [key]
        services.refresh(workspace=shop.workspace)

    def test_posts_to_x_go_on_being_paid_by_the_same_item(self, shop: Shop) -> None:
        row = on(shop, 50)
        self.replace(shop, X_POSTS.price_key)
        assert shop.standing.most(What.X_POSTS) == 300 + 50
        post(shop, 2)
        switch(shop, 0)
        assert [each["id"] for each in shop.at_stripe()[-1]["items"]["data"]] == [shop.row.item_id]
        assert row.item_id != shop.row.item_id

    def test_switching_on_again_takes_the_item_that_is_there(self, shop: Shop) -> None:
        row = on(shop, 50)
        for forgotten in ({"until": timezone.now()}, {"until": timezone.now(), "item_id": "si_lost"}):
            with tenancy.system("test"):
                PayPerPost.objects.update(**forgotten)
            self.replace(shop, X_POSTS.price_key)
            again = switch(shop, 50)
            assert again is not None
            assert again.item_id == row.item_id
        assert len(shop.at_stripe()[-1]["items"]["data"]) == 2

    def test_seats_stay_seats(self, shop: Shop) -> None:
        shop.buy("team")
        services.change_seats(actor=shop.owner, seats=3, moment=0, nonce=nonce())
        self.replace(shop, "seat_team_monthly_v1")
        row = shop.row
        assert (row.plan, row.seats, row.amount, row.is_unsure) == ("team", 3, 2900 + 3 * 400, False)
        self.replace(shop, "team_monthly_v1")
        row = shop.row
        assert (row.plan, row.seats, row.is_unsure) == ("team", 3, True)
        assert shop.standing.most(What.MEMBERS) == 13
