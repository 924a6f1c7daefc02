"""AI credits go back with the money: after refunds and disputes, in any order, and never below what nobody has used."""

import random

import pytest

from accounts.audit_models import AuditEntry
from billing import events, gateway, packs, reconciling, sync
from billing.credit_models import CreditPack
from billing.services import credit_buying
from billing.tests.shop import Shop
from billing.tests.test_credits import begin, bought, dispute, refund, told_owner, trail, use
from multivio import tenancy


class MoneyBackTests:
    def test_a_refund_takes_back_what_nobody_used_and_never_more(self, shop: Shop) -> None:
        row = bought(shop)
        use(shop, 300)
        refund(shop, row)
        shop.deliver()
        assert packs.left(shop.workspace) == 0
        with tenancy.system("test"):
            row.refresh_from_db()
        assert (row.unpaid, row.taken_back) == (1000, 700)
        assert trail(shop)[-1] == "plan.credits_taken_back"
        assert any("were taken back" in each for each in told_owner(shop))
        bought(shop)  # what is bought afterwards is whole: no debt is left behind
        assert packs.left(shop.workspace) == 1000

    def test_part_of_the_money_is_part_of_the_credits(self, shop: Shop) -> None:
        row = bought(shop)
        refund(shop, row, amount=100)
        shop.deliver()
        assert packs.left(shop.workspace) == 750
        refund(shop, row, amount=100)
        shop.deliver()
        shop.deliver()
        assert packs.left(shop.workspace) == 500

    def test_using_one_pack_and_taking_the_money_back_for_it_leaves_what_is_paid(self, shop: Shop) -> None:
        row = bought(shop)
        use(shop, 1000)
        bought(shop)
        refund(shop, row)
        shop.deliver()
        assert packs.left(shop.workspace) == 0  # a thousand are paid for, and a thousand are used

    def test_a_refund_that_is_told_before_the_payment(self, shop: Shop) -> None:
        session = begin(shop)
        shop.pay(session)
        (payment,) = {each["payment_intent"] for each in [gateway.checkout_session(session)] if each["payment_intent"]}
        shop.sandbox.control.call("POST", "stripe/refund", {"payment_intent": payment})
        shop.deliver(reversed(shop.told()))
        assert packs.left(shop.workspace) == 0

    def test_a_dispute_takes_them_back_and_winning_it_returns_them(self, shop: Shop) -> None:
        row = bought(shop)
        use(shop, 400)
        dispute(shop, row, "needs_response")
        shop.deliver()
        assert packs.left(shop.workspace) == 0
        dispute(shop, row, "won")
        shop.deliver()
        assert packs.left(shop.workspace) == 600
        assert trail(shop)[-1] == "plan.credits_returned"

    def test_the_owners_hear_of_it_each_time_and_the_trail_says_what_was_before(self, shop: Shop) -> None:
        row = bought(shop)
        for status in ("needs_response", "won"):
            dispute(shop, row, status)
            shop.deliver()
        refund(shop, row)
        shop.deliver()
        shop.deliver()
        name = shop.workspace.name
        steps = [f"AI credits of {name} {end}" for end in ("were taken back", "are back", "were taken back")]
        assert [each for each in told_owner(shop) if each in steps] == steps
        now = sync.database_now()
        for unpaid in (0, 400, 1000):  # by whoever read the pack before all that
            packs.settle(row, unpaid=unpaid, asked_at=now)
        with tenancy.system("test"):
            entries = AuditEntry.objects.filter(workspace=shop.workspace, action__startswith="plan.credits_")
            said = [
                (each.content["before"]["unpaid"], each.content["after"]["unpaid"])
                for each in entries.order_by("id")[2:]
            ]
        assert said == [(0, 1000), (1000, 0), (0, 1000), (1000, 0), (0, 400), (400, 1000)]

    def test_an_inquiry_leaves_them_where_they_are(self, shop: Shop) -> None:
        row = bought(shop)
        dispute(shop, row, "warning_needs_response")
        shop.deliver()
        assert packs.left(shop.workspace) == 1000

    def test_an_older_answer_of_stripes_does_not_undo_a_newer_one(self, shop: Shop) -> None:
        row = bought(shop)
        assert row.asked_at is not None
        refund(shop, row)
        shop.deliver()
        packs.settle(row, unpaid=0, asked_at=row.asked_at)
        assert packs.left(shop.workspace) == 0


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_twice_or_never_the_ledger_is_what_stripe_says(shop: Shop, seed: int) -> None:
    """Purchases, use, refunds and disputes; webhooks are shuffled, doubled and dropped."""
    dice, seen = random.Random(seed), 0
    rows: list[CreditPack] = []
    for _ in range(8):
        step = dice.choice(["buy", "buy", "use", "refund", "part", "dispute"])
        with tenancy.system("test"):
            rows = list(CreditPack.objects.order_by("id"))
        if step == "buy":
            shop.pay(begin(shop))
        elif step == "use" and (left := packs.left(shop.workspace)):
            use(shop, dice.randint(1, left))
        elif step in ("refund", "part") and rows:
            try:
                refund(shop, dice.choice(rows), **({"amount": 100} if step == "part" else {}))
            except Exception as refusal:  # everything went back already
                assert "refund" in str(refusal)  # noqa: PT017
        elif step == "dispute" and rows:
            dispute(shop, dice.choice(rows), dice.choice(["needs_response", "won", "lost"]))
        told = shop.told()
        fresh, seen = told[seen:], len(told)
        some = [each for each in fresh + fresh if dice.random() < 0.6]
        dice.shuffle(some)
        assert set(shop.deliver(some)) <= {200}
        assert packs.left(shop.workspace) >= 0
    reconciling.reconcile()
    events.work_on_waiting()
    with tenancy.system("test"):
        rows = list(CreditPack.objects.all())
    paid = [each for each in gateway.paid_checkouts_since(0) if each["payment_status"] == "paid"]
    assert {each.session_id for each in rows} == {each["id"] for each in paid}
    for row in rows:
        charge = gateway.payment(str(row.payment_id))["latest_charge"]
        gone = any(each["status"] in credit_buying.MONEY_GONE for each in gateway.disputes_of(str(row.payment_id)))
        assert row.unpaid == (1000 if gone else 1000 * charge["amount_refunded"] // charge["amount"])
        assert row.taken_back <= row.unpaid
    assert packs.left(shop.workspace) >= 0
