"""The table of states, whole: every state of Stripe's has a rule, and the rule is what was decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.access import TABLE, Access, Situation, situation_of
from billing.plans import FOR_SALE, PLANS, Interval, What, plan_of_price

NOW = timezone.now()
# Every status in Stripe's documents, with what decides between two rules.
EXPECTED = [
    ("trialing", "", 0, Access.FULL),
    ("active", "", 0, Access.FULL),
    ("past_due", "", 0, Access.WARNED),
    ("past_due", "", 6.9, Access.WARNED),
    ("past_due", "", 7, Access.HELD),
    ("unpaid", "", 0, Access.HELD),
    ("paused", "trial_end_without_payment_method", 0, Access.HELD),
    ("paused", "payment_failure", 0, Access.HELD),
    ("paused", "user_request", 0, Access.HELD),
    ("paused", "", 0, Access.HELD),
    ("canceled", "", 0, Access.NONE),
    ("incomplete", "", 0, Access.NONE),
    ("incomplete_expired", "", 0, Access.NONE),
    ("something_of_next_year", "", 0, Access.WARNED),
    ("unsure", "", 0, Access.WARNED),
    ("past_due_late", "", 0, Access.WARNED),
]


@pytest.mark.parametrize(("status", "cause", "days", "access"), EXPECTED)
def test_a_status_gives_what_the_table_says(status: str, cause: str, days: float, access: Access) -> None:
    found = situation_of(status, cause=cause, past_due_since=NOW - timedelta(days=days), now=NOW)
    assert TABLE[found].access == access


def test_every_situation_has_a_rule_and_a_way_out() -> None:
    assert set(TABLE) == set(Situation)
    for rule in TABLE.values():
        if rule.access in {Access.WARNED, Access.HELD}:
            assert rule.sentence
            assert rule.step


def test_every_situation_is_reached() -> None:
    reached = {situation_of(s, cause=c, past_due_since=NOW - timedelta(days=d), now=NOW) for s, c, d, _ in EXPECTED}
    assert reached == set(Situation)


def test_a_bigger_plan_has_at_least_as_much_and_costs_more() -> None:
    for smaller, bigger in zip(list(PLANS.values()), list(PLANS.values())[1:], strict=False):
        for what in What:
            most, less = bigger.limits[what], smaller.limits[what]
            assert most is None or (less is not None and most >= less), (bigger.name, what)
        assert all(bigger.prices[each] > smaller.prices.get(each, 0) for each in Interval.values)


def test_each_price_is_of_one_plan() -> None:
    keys = [plan.price_key(interval) for plan in FOR_SALE for interval in plan.prices]
    assert len(set(keys)) == len(keys)
    assert all(plan_of_price(key) for key in keys)
    assert plan_of_price("") is None
