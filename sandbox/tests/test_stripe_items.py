"""A subscription of several items: added, changed, taken away and renewed, each with its own period."""

from typing import Any

import pytest
import stripe

from sandbox.testing import Running
from sandbox.tests.stripe_life import Life, make_price


def seats(life: Life, client: Any, number: int, **more: Any) -> Any:
    price = make_price(client, "seat_team_monthly_v1", 500)
    start = life.subscription.items.data[0].current_period_start
    params = {
        "items": [{"price": price.id, "quantity": number}],
        "proration_behavior": "always_invoice",
        "proration_date": start,
        **more,
    }
    return client.v1.subscriptions.update(life.subscription.id, params=params)


class ItemTests:
    def test_an_added_item_is_paid_for_the_rest_and_renews_with_the_others(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        found = seats(life, client, 3)
        assert [each.quantity for each in found.items.data] == [1, 3]
        assert len({each.current_period_end for each in found.items.data}) == 1
        life.advance(32)
        assert [each.total for each in life.invoices()] == [2900, 1500, 4400]

    def test_more_costs_the_difference_and_less_comes_back_later(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        item = seats(life, client, 3).items.data[1]
        about: Any = {"proration_date": item.current_period_start, "proration_behavior": "always_invoice"}
        more = {**about, "items": [{"id": item.id, "quantity": 5}]}
        client.v1.subscriptions.update(life.subscription.id, params=more)
        less = {**about, "items": [{"id": item.id, "deleted": True}], "proration_behavior": "create_prorations"}
        assert len(client.v1.subscriptions.update(life.subscription.id, params=less).items.data) == 1
        life.advance(32)
        assert [each.total for each in life.invoices()] == [2900, 1500, 1000, 400]

    def test_all_switch_to_a_year_together(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        plan, seat = seats(life, client, 2).items.data
        yearly = [
            make_price(client, key, amount, recurring={"interval": "year"})
            for key, amount in (("p", 29000), ("s", 5000))
        ]
        items = [{"id": plan.id, "price": yearly[0].id}, {"id": seat.id, "price": yearly[1].id, "quantity": 2}]
        found = client.v1.subscriptions.update(
            life.subscription.id, params={"items": items, "proration_behavior": "always_invoice"}
        )
        ends = {each.current_period_end for each in found.items.data}
        assert len(ends) == 1
        assert ends.pop() > plan.current_period_end

    @pytest.mark.parametrize(
        ("items", "said"),
        [
            ([{"id": "si_other", "quantity": 2}], "No such subscription_item"),
            ([{"price": "price_other"}], "No such price"),
        ],
    )
    def test_what_it_does_not_know_is_refused(
        self, sandbox: Running, client: Any, items: list[dict[str, Any]], said: str
    ) -> None:
        life = Life(sandbox, client)
        with pytest.raises(stripe.InvalidRequestError, match=said):
            client.v1.subscriptions.update(life.subscription.id, params={"items": items})

    def test_the_last_item_stays_and_none_is_there_twice(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        item = life.subscription.items.data[0]
        for items in ([{"id": item.id, "deleted": True}], [{"price": life.price.id}]):
            with pytest.raises(stripe.InvalidRequestError, match=r"at least one|same plan"):
                client.v1.subscriptions.update(life.subscription.id, params={"items": items})


def move(life: Life, client: Any, price: Any, **asked: Any) -> Any:
    item = life.subscription.items.data[0]
    params = {"items": [{"id": item.id, "price": price.id}], "proration_behavior": "create_prorations", **asked}
    return client.v1.subscriptions.update(life.subscription.id, params=params)


class IntervalTests:
    """Who is billed by another interval begins a new period, which is invoiced there and then, whatever was asked."""

    def test_a_year_is_charged_at_once_less_what_is_left_of_the_month(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        yearly = make_price(client, "creator_yearly_v1", 9000, recurring={"interval": "year"})
        start = life.subscription.items.data[0].current_period_start
        about: Any = {
            "items": [{"id": life.subscription.items.data[0].id, "price": yearly.id}],
            "proration_date": start,
        }
        asked = {"customer": life.customer.id, "subscription": life.subscription.id}
        shown = client.v1.invoices.create_preview(params={**asked, "subscription_details": about})
        found = move(life, client, yearly, proration_date=start)
        assert [each.total for each in life.invoices()] == [2900, 6100]
        assert (shown.amount_due, life.invoices()[-1].status) == (6100, "paid")
        assert found.items.data[0].current_period_end > start + 360 * 86400
        life.advance(360)
        assert len(life.invoices()) == 2

    def test_without_prorations_it_is_charged_in_full(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        move(life, client, make_price(client, "y", 9000, recurring={"interval": "year"}), proration_behavior="none")
        assert [each.total for each in life.invoices()] == [2900, 9000]

    def test_what_is_left_of_a_year_pays_the_next_months(self, sandbox: Running, client: Any) -> None:
        price = make_price(client, "team_yearly_v1", 5000, recurring={"interval": "year"})
        life = Life(sandbox, client, price=price)
        start = life.subscription.items.data[0].current_period_start
        move(life, client, make_price(client), proration_date=start)
        life.advance(32)
        made = [(each.total, each.amount_due) for each in life.invoices()]
        assert made == [(5000, 5000), (2900 - 5000, 0), (2900, 800)]
        assert client.v1.customers.retrieve(life.customer.id).balance == 0

    def test_a_card_that_is_declined_refuses_it_or_leaves_a_debt(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        yearly = make_price(client, "y", 9000, recurring={"interval": "year"})
        life.card("4000000000000341", only=True)
        with pytest.raises(stripe.CardError):
            move(life, client, yearly, payment_behavior="error_if_incomplete")
        assert life.subscription.items.data[0].price.id == life.price.id
        assert move(life, client, yearly).status == "past_due"
