"""What was published on X is counted once each, and charged beyond the plan up to the cap."""

from dataclasses import replace
from typing import Any

import pytest

from billing.meter_models import MeteredPost
from billing.plans import PLANS, TEAM, What
from billing.tests.meter import INCLUDED, count, on, post, states, switch
from billing.tests.shop import Shop

State = MeteredPost.State


class CountTests:
    def test_what_is_beyond_the_plan_is_paid_for_and_what_is_in_it_is_not(self, shop: Shop) -> None:
        on(shop)
        post(shop, 3, earlier=INCLUDED - 2)
        assert states(shop) == [State.INCLUDED, State.INCLUDED, State.WAITING]
        post(shop, earlier=INCLUDED - 2)
        assert states(shop)[-1] == State.WAITING

    def test_each_part_is_counted_once_however_often_the_tick_comes(self, shop: Shop) -> None:
        on(shop)
        posted = post(shop, 2)
        assert count(shop, [posted]) == 0
        assert states(shop) == [State.WAITING] * 2

    def test_nothing_is_charged_beyond_the_cap(self, shop: Shop) -> None:
        on(shop, 2)
        post(shop, 3)
        assert states(shop) == [State.WAITING, State.WAITING, State.INCLUDED]

    def test_the_cap_holds_though_it_was_off_in_between(self, shop: Shop) -> None:
        on(shop, 2)
        post(shop, 2)
        switch(shop, 0)
        switch(shop, 2)
        post(shop, 1)
        assert sorted(states(shop)) == [State.INCLUDED, State.SENT, State.SENT]

    def test_a_plan_without_a_limit_charges_nothing(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        on(shop)
        monkeypatch.setitem(PLANS, "team", replace(TEAM, limits={**TEAM.limits, What.X_POSTS: None}))
        post(shop, 2)
        assert states(shop) == [State.INCLUDED] * 2

    def test_where_nothing_is_sold_any_more_nothing_is_counted(self, shop: Shop, selling: Any) -> None:
        on(shop)
        selling.BILLING_ENABLED = False
        post(shop, 2)
        assert states(shop) == []
