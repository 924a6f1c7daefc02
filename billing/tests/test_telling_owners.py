"""Owners hear of each step of their plan once, in words that are true of it."""

import pytest

from accounts.notification_models import Kind, Notification
from billing.access import TABLE, Access, Situation
from billing.tests.shop import GOOD, LATER_DECLINED, Shop, give
from multivio import tenancy


def told(shop: Shop) -> list[str]:
    """The titles of what the owner was told, oldest first."""
    with tenancy.system("test"):
        rows = Notification.objects.filter(workspace=shop.workspace, user=shop.cast.alice, kind=Kind.BILLING)
        return list(rows.order_by("pk").values_list("title", flat=True))


def bodies(shop: Shop) -> str:
    with tenancy.system("test"):
        rows = Notification.objects.filter(workspace=shop.workspace, kind=Kind.BILLING)
        return " ".join(rows.values_list("body", flat=True))


def test_a_plan_that_begins_fails_ends_its_grace_and_is_paid(shop: Shop) -> None:
    name = shop.workspace.name
    shop.buy("team")
    shop.card(LATER_DECLINED)
    shop.pass_days(31)
    shop.deliver()
    assert told(shop) == [f"{name} is on Team now", f"A payment for {name} failed"]
    shop.pass_days(4)
    for _ in range(2):  # whatever comes twice is said once
        shop.deliver()
    assert told(shop)[2:] == [f"A payment for {name} failed again"]
    assert "That was try 2. It is tried again on" in bodies(shop)
    shop.pass_days(30)
    shop.deliver()
    assert f"Posts of {name} wait for a payment" in told(shop)
    assert "It is not tried again by itself." in bodies(shop)
    shop.card(GOOD, pay_open=True)
    shop.deliver()
    assert told(shop)[-1] == f"The plan of {name} is in order again"
    assert "Posts that waited for it are back in line." in bodies(shop)


def test_a_gift_is_told_as_well(shop: Shop) -> None:
    give(shop.workspace, "creator")
    assert told(shop) == [f"{shop.workspace.name} is on Creator now"]


@pytest.mark.parametrize(
    "situation", [each for each in Situation if TABLE[each].access in {Access.WARNED, Access.HELD}]
)
def test_every_step_that_takes_something_has_words_of_its_own(situation: Situation) -> None:
    rule = TABLE[situation]
    assert "{workspace}" in rule.title
    assert rule.sentence
    assert ("payment" in rule.title) == ("pay" in f"{rule.sentence} {rule.step}".lower())
