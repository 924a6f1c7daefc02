"""The door by which Stripe tells what happened: what it refuses, and that nothing is believed but what Stripe says now."""

import json
import random
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from billing import events, reconciling, services, sync
from billing.access import Access
from billing.models import BillingEvent
from billing.tasks import work_on_event
from billing.tests.shop import GOOD, LATER_DECLINED, Shop, nonce, post
from multivio import tenancy


def stored() -> list[BillingEvent]:
    with tenancy.system("test"):
        return list(BillingEvent.objects.order_by("id"))


def signed(
    event: dict[str, Any], *, secret: str = "whsec_sandbox_known_to_everybody", at: float = 0
) -> tuple[str, str]:
    import stripe  # noqa: PLC0415 - Stripe's own way of signing

    body = json.dumps(event)
    return body, stripe.WebhookSignature.generate_signature_header(body, secret, int(at or time.time()))


EVENT = {
    "id": "evt_1", "object": "event", "type": "customer.updated", "created": 1_790_000_000, "livemode": False,
    "data": {"object": {"id": "cus_1", "object": "customer"}},
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("selling")
class DoorTests:
    def test_what_is_signed_now_is_taken(self) -> None:
        assert post(*signed(EVENT)).status_code == 200
        assert [row.event_id for row in stored()] == ["evt_1"]

    @pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400 * 365])
    def test_what_was_signed_long_ago_or_in_the_future_is_refused(self, seconds: int) -> None:
        assert post(*signed(EVENT, at=time.time() + seconds)).status_code == 400
        assert stored() == []

    @pytest.mark.parametrize("seconds", [-290, 290])
    def test_clocks_may_differ_a_little(self, seconds: int) -> None:
        assert post(*signed(EVENT, at=time.time() + seconds)).status_code == 200

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=1",
            "v1=abc",
            "t=abc,v1=abc",
            pytest.param(f"t={int(time.time())},v1=", id="fresh"),
            "t=1,t=2,v1=a",
            "nonsense",
        ],
    )
    def test_a_header_that_proves_nothing_is_refused(self, header: str) -> None:
        assert post(json.dumps(EVENT), header).status_code == 400

    def test_a_changed_body_or_another_secret_is_refused(self) -> None:
        body, header = signed(EVENT)
        assert post(body.replace("cus_1", "cus_2"), header).status_code == 400
        assert post(*signed(EVENT, secret="whsec_other")).status_code == 400
        assert stored() == []

    @pytest.mark.parametrize(
        "change", [{"livemode": True}, {"account": "acct_1"}, {"object": "v2.core.event"}, {"data": None}, {"id": "x"}]
    )
    def test_another_mode_account_or_kind_is_refused(self, change: dict[str, Any]) -> None:
        assert post(*signed(EVENT | change)).status_code == 400
        assert stored() == []

    def test_a_live_key_refuses_test_events(self, selling: Any) -> None:
        selling.STRIPE_SECRET_KEY = "sk_live_x"
        assert post(*signed(EVENT)).status_code == 400
        assert post(*signed(EVENT | {"livemode": True})).status_code == 200

    def test_while_a_secret_is_replaced_both_are_good_and_without_one_none_is(self, selling: Any) -> None:
        selling.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_old"]
        assert post(*signed(EVENT, secret="whsec_old")).status_code == 200
        assert post(*signed(EVENT, secret="whsec_new")).status_code == 200
        selling.STRIPE_WEBHOOK_SECRETS = []
        assert post(*signed(EVENT)).status_code == 400

    def test_twice_is_stored_once_and_answered_the_same(self) -> None:
        body, header = signed(EVENT)
        assert [post(body, header).status_code for _ in range(3)] == [200, 200, 200]
        assert len(stored()) == 1


class WorkTests:
    def test_a_snapshot_is_never_believed(self, shop: Shop) -> None:
        row = shop.buy("creator")
        lie = {**EVENT, "id": "evt_lie", "type": "customer.subscription.updated"}
        said = {**shop.at_stripe()[0], "status": "canceled"}
        assert post(*signed({**lie, "data": {"object": said}})).status_code == 200
        events.work_on_waiting()
        assert (shop.row.status, shop.row.pk) == ("active", row.pk)

    def test_an_older_answer_does_not_overwrite_a_newer_one(self, shop: Shop) -> None:
        """Two workers ask at about the same time, and the slower one has the older answer."""
        row = shop.buy("creator")
        older = shop.at_stripe()
        services.cancel(actor=shop.owner, nonce=nonce())
        assert shop.row.cancel_at is not None
        sync.store(shop.workspace.pk, older, asked_at=row.asked_at)
        assert shop.row.cancel_at is not None

    def test_a_stranger_customer_is_kept_and_given_nothing(self, shop: Shop) -> None:
        shop.buy("creator")
        event = {**EVENT, "type": "customer.subscription.created"}
        event["data"] = {"object": {"id": "sub_x", "object": "subscription", "customer": "cus_stranger"}}
        post(*signed(event))
        events.work_on_waiting()
        row = next(each for each in stored() if each.event_id == "evt_1")
        assert ("UnknownCustomer" in row.error, row.workspace_id) == (True, None)

    def test_a_second_customer_does_not_take_a_workspace_over(self, shop: Shop) -> None:
        shop.buy("creator")
        from billing import gateway  # noqa: PLC0415 - as somebody at the dashboard would

        about = {"workspace_id": str(shop.workspace.uid)}
        other = gateway.create_customer(email="x@example.org", name="x", metadata=about, key=nonce())
        with pytest.raises(sync.UnknownCustomer):
            sync.sync_customer(other)

    def test_what_could_not_be_worked_on_is_worked_on_later(self, shop: Shop) -> None:
        shop.pay(shop.begin("team"))
        shop.sandbox.control.add_fault(platform="stripe", kind="reject_5xx", times=-1)
        assert set(shop.deliver()) == {200}
        assert shop.standing.plan.key == "free"
        assert any("StripeUnavailable" in row.error for row in stored())
        shop.sandbox.control.clear_faults()
        events.work_on_waiting()
        assert shop.standing.plan.key == "team"
        assert all(row.processed_at for row in stored())

    def test_what_the_database_gave_up_is_noted_and_the_others_go_on(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.pay(shop.begin("team"))
        shop.deliver(work=False)
        failing, act = stored()[0], events._act

        def deadlocked(row: BillingEvent) -> int | None:
            if row.pk == failing.pk:
                raise OperationalError("deadlock detected")
            return act(row)

        monkeypatch.setattr(events, "_act", deadlocked)
        events.work_on_waiting()
        assert shop.standing.plan.key == "team"
        (left,) = [row for row in stored() if row.processed_at is None]
        assert (left.pk, left.tries, left.error) == (failing.pk, 1, "OperationalError: deadlock detected")
        monkeypatch.undo()
        events.work_on_waiting()
        assert all(row.processed_at for row in stored())

    def test_one_that_cannot_even_be_noted_keeps_no_other_waiting(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.pay(shop.begin("team"))
        shop.deliver(work=False)
        failing, note = stored()[0], events._note

        def away(row: BillingEvent, *args: Any, **more: Any) -> None:
            if row.pk == failing.pk:
                raise OperationalError("canceling statement due to lock timeout")
            note(row, *args, **more)

        monkeypatch.setattr(events, "_note", away)
        events.work_on_waiting()
        assert [row.pk for row in stored() if row.processed_at is None] == [failing.pk]

    def test_while_the_queue_is_away_it_is_taken_all_the_same(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        def away(*_args: Any) -> None:
            raise ConnectionError("no queue")

        shop.pay(shop.begin("team"))
        monkeypatch.setattr(work_on_event, "delay", away)
        with django_capture_on_commit_callbacks(execute=True):
            assert set(shop.deliver(work=False)) == {200}
        assert events.work_on_waiting() == len(stored()) > 0
        assert shop.standing.plan.key == "team"

    def test_events_can_be_replayed(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        shop.pay(shop.begin("team"))
        shop.deliver()
        with tenancy.system("test"):
            before = shop.row.asked_at
        call_command("replay_events", "--days", "1")
        assert "evt_" in capsys.readouterr().out
        assert shop.row.asked_at > before

    def test_a_deleted_customer_ends_the_plan_and_can_buy_again(self, shop: Shop) -> None:
        shop.buy("team")
        import stripe  # noqa: PLC0415 - as somebody at the dashboard would

        base: Any = {"api": f"{shop.sandbox.url}/stripe/api"}
        stripe.StripeClient("sk_test_x", base_addresses=base).v1.customers.delete(shop.customer)
        shop.deliver()
        assert (shop.row.status, shop.standing.plan.key) == ("canceled", "free")
        assert shop.buy("creator").status == "active"


STEPS = (
    "days",
    "month",
    "bad card",
    "good card",
    "cancel",
    "resume",
    "more",
    "less",
    "seats",
    "seats",
    "code",
    "no code",
    "buy",
)


def play(shop: Shop, dice: random.Random, coupon: str) -> None:
    """Something that happens to a subscription, as far as it can just now."""
    step = dice.choice(STEPS)
    living = [each for each in shop.at_stripe() if each["status"] not in ("canceled", "incomplete_expired")]
    if step in ("days", "month"):
        shop.pass_days(4 if step == "days" else 31)
    elif not living:
        shop.pay(shop.begin(dice.choice(["creator", "team"])), code=dice.choice(["", "SPRING"]))
    elif step.endswith("card"):
        shop.card(LATER_DECLINED if step == "bad card" else GOOD, only=dice.random() < 0.3)
    else:
        from billing import gateway  # noqa: PLC0415 - Stripe's side of the story

        what: dict[str, Any] = {"cancel_at_period_end": step == "cancel"}
        if step in ("more", "less"):
            what = {
                "items": [
                    {"id": plan_item(living[0])["id"], "price": price_of("agency" if step == "more" else "creator")}
                ]
            }
        elif step == "seats":
            what = {"items": [seat_item(living[0], dice.randrange(4))]}
        elif step.endswith("code"):
            what = {"discounts": [{"coupon": coupon}] if step == "code" else ""}
        gateway.change_subscription(living[0]["id"], what, key=nonce())


def price_of(plan: str) -> str:
    from billing import catalog  # noqa: PLC0415 - as above
    from billing.plans import PLANS  # noqa: PLC0415 - as above

    return catalog.price(PLANS[plan], "month")


def plan_item(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in said["items"]["data"] if not each["price"]["lookup_key"].startswith("seat_")
    )
    return found


def seats_of(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in said["items"]["data"] if each["price"]["lookup_key"].startswith("seat_")]


def seat_item(said: dict[str, Any], number: int) -> dict[str, Any]:
    """So many seats, whether there are some already or not."""
    from billing import catalog  # noqa: PLC0415 - as above
    from billing.plans import PLANS  # noqa: PLC0415 - as above

    there = seats_of(said)
    if there:
        return {"id": there[0]["id"], **({"quantity": number} if number else {"deleted": True})}
    return {"price": catalog.seat_price(PLANS["team"], "month"), "quantity": number + 1}


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_twice_or_never_the_end_is_what_stripe_says(shop: Shop, seed: int) -> None:
    """Webhooks are shuffled, doubled and dropped; after the nightly look our copy equals Stripe's."""
    dice = random.Random(seed)
    coupon = shop.make_code(duration="repeating", duration_in_months=2).promotion.coupon
    shop.pay(shop.begin("team"))
    seen = 0
    for _ in range(9):
        try:
            play(shop, dice, coupon)
        except Exception as refusal:  # a second checkout while the first lives
            assert type(refusal).__name__ in {"Conflict", "StripeRefused", "CardDeclined"}  # noqa: PT017
        told = shop.told()
        fresh, seen = told[seen:], len(told)
        some = [each for each in fresh + fresh if dice.random() < 0.6]
        dice.shuffle(some)
        assert set(shop.deliver(some)) <= {200}
    reconciling.reconcile()
    events.work_on_waiting()
    with tenancy.system("test"):
        ours = {row.stripe_id: row for row in type(shop.row).objects.all()}
    theirs = {each["id"]: each for each in shop.at_stripe()}
    assert set(ours) == set(theirs)
    for name, said in theirs.items():
        assert as_we_have_it(ours[name]) == as_stripe_has_it(said)
    living = [each for each in theirs.values() if each["status"] in ("active", "trialing")]
    assert (shop.standing.access == Access.FULL) == bool(living)
    again = reconciling.reconcile()
    assert (again.drift, again.missed_events) == ([], 0)


def as_we_have_it(row: Any) -> tuple[Any, ...]:
    ends = row.period_end.timestamp()
    return row.status, row.price_key, row.seats, row.amount, len(row.discounts), ends, row.cancel_at is not None


def as_stripe_has_it(said: dict[str, Any]) -> tuple[Any, ...]:
    items = said["items"]["data"]
    return (
        said["status"],
        plan_item(said)["price"]["lookup_key"],
        sum(each["quantity"] for each in seats_of(said)),
        sum(each["price"]["unit_amount"] * each["quantity"] for each in items),
        len(said["discounts"]),
        min(each["current_period_end"] for each in items),
        said["cancel_at"] is not None,
    )


def test_a_day_without_webhooks_is_made_up_for_and_reported(shop: Shop) -> None:
    shop.buy("team")
    shop.deliver()
    services.cancel(actor=shop.owner, nonce=nonce())
    shop.pass_days(32)
    report = reconciling.reconcile()
    assert report.missed_events > 0
    assert ["canceled" in line for line in report.drift] == [True]
    assert shop.standing.plan.key == "free"
