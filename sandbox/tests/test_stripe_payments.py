"""Stripe's own client buys something once, gets its money back, and tells what was used."""

import time
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.testing import Running

DAY = 86400
GOOD, LATER, NEVER = "4242424242424242", "AT611904300234573201", "AT861904300235473202"


@pytest.fixture
def sandbox(running: Running) -> Running:
    running.control.reset(platform="stripe")
    return running


@pytest.fixture
def client(sandbox: Running) -> Any:
    return StripeClient("sk_test_sandbox", base_addresses={"api": f"{sandbox.url}/stripe/api"}, max_network_retries=0)


def priced(client: Any, key: str, amount: int, **more: Any) -> Any:
    product = client.v1.products.create(params={"name": key})
    params = {"product": product.id, "currency": "eur", "unit_amount": amount, "lookup_key": key, **more}
    return client.v1.prices.create(params=params)


def session(client: Any, price: Any, mode: str = "payment", **more: Any) -> Any:
    customer = client.v1.customers.create(params={"email": "a@example.org"})
    params = {
        "mode": mode, "customer": customer.id, "line_items": [{"price": price.id, "quantity": 1}],
        "success_url": "http://localhost:8000/back", **more,
    }  # fmt: skip
    return client.v1.checkout.sessions.create(params=params)


def moment(sandbox: Running) -> int:
    """The sandbox's now."""
    return int(sandbox.control.advance(0)["now"])


def told(client: Any) -> list[str]:
    return [event.type for event in reversed(client.v1.events.list(params={"limit": 100}).data)]


class BoughtOnceTests:
    def test_it_is_paid_with_a_receipt_and_given_back(self, sandbox: Running, client: Any) -> None:
        begun = session(client, priced(client, "credits", 900), invoice_creation={"enabled": True})
        sandbox.control.call("POST", "stripe/pay", {"session": begun.id})
        done = client.v1.checkout.sessions.retrieve(begun.id)
        assert (done.status, done.payment_status, done.amount_total) == ("complete", "paid", 900)
        assert client.v1.invoices.retrieve(done.invoice).total == 900
        paid = client.v1.payment_intents.retrieve(done.payment_intent, params={"expand": ["latest_charge"]})
        assert (paid.status, paid.latest_charge.amount_refunded) == ("succeeded", 0)
        client.v1.refunds.create(params={"payment_intent": paid.id, "amount": 400})
        client.v1.refunds.create(params={"payment_intent": paid.id})
        assert client.v1.charges.retrieve(paid.latest_charge.id).refunded
        with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
            client.v1.refunds.create(params={"payment_intent": paid.id})
        assert told(client).count("charge.refunded") == 2

    def test_a_bank_debit_is_paid_days_later_or_never(self, sandbox: Running, client: Any) -> None:
        price = priced(client, "credits", 900)
        for number, event, status in (
            (LATER, "checkout.session.async_payment_succeeded", "paid"),
            (NEVER, "checkout.session.async_payment_failed", "unpaid"),
        ):
            begun = session(client, price)
            sandbox.control.call("POST", "stripe/pay", {"session": begun.id, "card": number})
            assert client.v1.checkout.sessions.retrieve(begun.id).payment_status == "unpaid"
            assert "checkout.session.completed" in told(client)
            sandbox.control.advance(4 * DAY)
            assert client.v1.checkout.sessions.retrieve(begun.id).payment_status == status
            assert event in told(client)

    def test_the_price_has_to_fit_the_mode(self, sandbox: Running, client: Any) -> None:
        with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
            session(client, priced(client, "plan", 900, recurring={"interval": "month"}))

    def test_a_dispute_is_opened_and_decided(self, sandbox: Running, client: Any) -> None:
        begun = session(client, priced(client, "credits", 900))
        sandbox.control.call("POST", "stripe/pay", {"session": begun.id})
        intent = client.v1.checkout.sessions.retrieve(begun.id).payment_intent
        for status in ("needs_response", "won"):
            sandbox.control.call("POST", "stripe/dispute", {"payment_intent": intent, "status": status})
            found = client.v1.disputes.list(params={"payment_intent": intent}).data
            assert [each.status for each in found] == [status]
        assert told(client)[-2:] == ["charge.dispute.created", "charge.dispute.closed"]


class MeterTests:
    @pytest.fixture
    def metered(self, sandbox: Running, client: Any) -> Any:
        """A customer with a plan and a metered item."""
        meter = client.v1.billing.meters.create(
            params={"display_name": "Posts", "event_name": "x_posts", "default_aggregation": {"formula": "sum"}}
        )
        plan = priced(client, "plan", 2900, recurring={"interval": "month"})
        usage = {"interval": "month", "usage_type": "metered", "meter": meter.id}
        price = priced(client, "x_posts_metered_v1", 2, recurring=usage)
        begun = session(client, plan, "subscription")
        sandbox.control.call("POST", "stripe/pay", {"session": begun.id})
        found = client.v1.subscriptions.list(params={"customer": begun.customer}).data[0]
        client.v1.subscriptions.update(found.id, params={"items": [{"price": price.id}]})
        return client.v1.subscriptions.retrieve(found.id)

    @staticmethod
    def tell(client: Any, customer: str, name: str, *, value: str = "1", at: int = 0) -> Any:
        payload = {"stripe_customer_id": customer, "value": value}
        params = {"event_name": "x_posts", "payload": payload, "identifier": name, "timestamp": at or int(time.time())}
        return client.v1.billing.meter_events.create(params=params)

    def test_what_was_used_is_on_the_next_invoice(self, sandbox: Running, client: Any, metered: Any) -> None:
        assert [each.price.lookup_key for each in metered.items.data] == ["plan", "x_posts_metered_v1"]
        now = moment(sandbox)
        for number in range(3):
            self.tell(client, metered.customer, f"post-{number}", at=now + 60)
        meter = metered.items.data[1].price.recurring.meter
        start = now // 60 * 60
        params = {"customer": metered.customer, "start_time": start, "end_time": start + 3600}
        found = client.v1.billing.meters.event_summaries.list(meter, params=params).data
        assert [each.aggregated_value for each in found] == [3]
        sandbox.control.advance(32 * DAY)
        newest = client.v1.invoices.list(params={"customer": metered.customer}).data[0]
        assert [line.amount for line in newest.lines.data] == [2900, 6]
        sandbox.control.advance(32 * DAY)
        newest = client.v1.invoices.list(params={"customer": metered.customer}).data[0]
        assert [line.amount for line in newest.lines.data] == [2900]

    def test_an_item_that_is_taken_off_owes_for_what_was_used(
        self, sandbox: Running, client: Any, metered: Any
    ) -> None:
        self.tell(client, metered.customer, "post", at=moment(sandbox))
        sandbox.control.advance(60)
        item = {"id": metered.items.data[1].id, "deleted": True}
        left = client.v1.subscriptions.update(metered.id, params={"items": [item]})
        assert [each.price.lookup_key for each in left.items.data] == ["plan"]
        sandbox.control.advance(32 * DAY)
        newest = client.v1.invoices.list(params={"customer": metered.customer}).data[0]
        assert sorted(line.amount for line in newest.lines.data) == [2, 2900]

    @pytest.mark.parametrize(("params", "amounts"), [({}, [2900]), ({"invoice_now": True}, [2, 2900])])
    def test_what_ends_at_once_bills_what_was_used_if_it_is_asked_to(
        self, sandbox: Running, client: Any, metered: Any, params: dict[str, bool], amounts: list[int]
    ) -> None:
        self.tell(client, metered.customer, "post", at=moment(sandbox))
        sandbox.control.advance(60)
        assert client.v1.subscriptions.cancel(metered.id, params=params).status == "canceled"
        found = client.v1.invoices.list(params={"customer": metered.customer}).data
        assert [each.amount_paid for each in found] == amounts

    def test_an_event_is_taken_once_and_not_from_long_ago_or_tomorrow(
        self, sandbox: Running, client: Any, metered: Any
    ) -> None:
        now = moment(sandbox)
        self.tell(client, metered.customer, "post", at=now)
        for name, at, code in (
            ("post", now, "resource_already_exists"),
            ("old", now - 36 * DAY, "timestamp_too_far_in_past"),
            ("new", now + 3600, "timestamp_in_future"),
        ):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                self.tell(client, metered.customer, name, at=at)
            assert refused.value.code == code
        sandbox.control.advance(DAY + 60)
        self.tell(client, metered.customer, "post", at=now)  # an identifier is remembered for a day

    def test_what_is_wrong_with_an_event_is_told_by_a_thin_one(
        self, sandbox: Running, client: Any, metered: Any
    ) -> None:
        self.tell(client, "cus_nobody", "lost", at=moment(sandbox))
        (event,) = sandbox.control.call("GET", "stripe/thin")["events"]
        secret = "whsec_sandbox_thin_known_to_everybody"
        told = client.parse_event_notification(event["body"], event["signature"], secret)
        assert told.type == "v1.billing.meter.error_report_triggered"
        (kind,) = told.fetch_event().data.reason.error_types
        assert kind.code == "meter_event_customer_not_found"
        assert kind.sample_errors[0].request.identifier == "lost"
        with pytest.raises(stripe.SignatureVerificationError):
            client.parse_event_notification(event["body"], event["signature"], "whsec_sandbox_known_to_everybody")
        with pytest.raises(ValueError, match="parse_event_notification"):
            client.construct_event(event["body"], event["signature"], secret)
