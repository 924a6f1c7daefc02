"""Stripe's own client, through the whole life of a subscription in the sandbox."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import stripe
from stripe import StripeClient

from sandbox.testing import Running
from sandbox.tests.stripe_life import DAY, Life, make_price

SECRET = "whsec_sandbox_known_to_everybody"


class LifeTests:
    def test_it_is_paid_renewed_cancelled_and_ends(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        begun = life.subscription
        assert (begun.status, begun.metadata["workspace_id"]) == ("active", "w1")
        assert begun.items.data[0].price.lookup_key == "team_monthly_v1"
        first_end = begun.items.data[0].current_period_end
        life.advance(32)
        assert life.subscription.items.data[0].current_period_end > first_end
        invoices = client.v1.invoices.list(params={"customer": life.customer.id})
        assert [(i.status, i.billing_reason, i.total) for i in invoices.data] == [
            ("paid", "subscription_cycle", 2900),
            ("paid", "subscription_create", 2900),
        ]
        assert invoices.data[0].parent.subscription_details.subscription == begun.id
        client.v1.subscriptions.update(begun.id, params={"cancel_at_period_end": True})
        assert life.subscription.status == "active"
        life.advance(32)
        ended = life.subscription
        assert (ended.status, ended.ended_at is not None) == ("canceled", True)
        assert "customer.subscription.deleted" in life.told()

    def test_a_failed_renewal_is_tried_again_and_given_up(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        life.card("4000000000000341", only=True)
        life.advance(32)
        assert life.subscription.status == "past_due"
        failed = client.v1.invoices.retrieve(life.subscription.latest_invoice)
        assert (failed.status, failed.attempt_count) == ("open", 1)
        assert failed.next_payment_attempt is not None
        life.advance(20)
        assert life.subscription.status == "unpaid"
        life.card("4242424242424242")
        assert life.subscription.status == "active"

    def test_a_trial_warns_and_then_charges(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client, trial_period_days=14)
        assert life.subscription.status == "trialing"
        life.advance(12)
        assert "customer.subscription.trial_will_end" in life.told()
        life.advance(3)
        assert life.subscription.status == "active"

    def test_a_bigger_plan_is_previewed_and_charged_alike(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        bigger = make_price(client, "agency_monthly_v1", 8900)
        item = life.subscription.items.data[0]
        moment = int(life.clock.frozen_time) + 10 * DAY
        change: Any = {"items": [{"id": item.id, "price": bigger.id}], "proration_date": moment}
        details = {**change, "proration_behavior": "always_invoice"}
        shown = client.v1.invoices.create_preview(
            params={"customer": life.customer.id, "subscription": life.subscription.id, "subscription_details": details}
        )
        assert 0 < shown.total < 8900
        client.v1.subscriptions.update(
            life.subscription.id, params={**details, "payment_behavior": "error_if_incomplete"}
        )
        assert client.v1.invoices.retrieve(life.subscription.latest_invoice).total == shown.total
        assert life.subscription.items.data[0].price.lookup_key == "agency_monthly_v1"

    def test_a_declined_upgrade_changes_nothing(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client)
        bigger = make_price(client, "agency_monthly_v1", 8900)
        life.card("4000000000000341", only=True)
        change: Any = {"items": [{"id": life.subscription.items.data[0].id, "price": bigger.id}]}
        change |= {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
        with pytest.raises(stripe.CardError) as refused:
            client.v1.subscriptions.update(life.subscription.id, params=change)
        assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
        assert life.subscription.items.data[0].price.lookup_key == "team_monthly_v1"


class CheckoutTests:
    @pytest.mark.parametrize(("card", "result"), [("4000000000000002", "declined"), ("4000002500003155", "3ds")])
    def test_a_card_that_does_not_pay_leaves_the_session_open(
        self, sandbox: Running, client: Any, card: str, result: str
    ) -> None:
        life = Life(sandbox, client, card=card)
        assert life.paid["result"] == result
        assert client.v1.checkout.sessions.retrieve(life.session.id).status == "open"
        assert client.v1.subscriptions.list(params={"customer": life.customer.id}).data == []

    def test_a_browser_pays_on_its_page(self, sandbox: Running, client: Any) -> None:
        life = Life(sandbox, client, card="4000000000000002")
        assert life.session.url is not None
        shown = requests.get(life.session.url, timeout=5)
        assert "€29.00" in shown.text
        answer = requests.post(
            life.session.url, data={"card": "4242424242424242", "decision": "pay"}, allow_redirects=False, timeout=5
        )
        assert answer.status_code == 303
        assert urlsplit(answer.headers["location"]).query == f"session_id={life.session.id}"


class DoorTests:
    def test_it_refuses_in_stripes_words(self, sandbox: Running, client: Any) -> None:
        with pytest.raises(stripe.InvalidRequestError) as missing:
            client.v1.customers.retrieve("cus_nobody")
        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
        base: Any = {"api": f"{sandbox.url}/stripe/api"}
        with pytest.raises(stripe.AuthenticationError):
            StripeClient("sk_live_1", base_addresses=base).v1.customers.retrieve("cus_1")
        sandbox.control.add_fault(platform="stripe", operation="customer_get", kind="rate_limit")
        with pytest.raises(stripe.RateLimitError):
            client.v1.customers.retrieve("cus_nobody")

    def test_a_key_is_answered_once(self, sandbox: Running, client: Any) -> None:
        options: Any = {"idempotency_key": "cust:1"}
        sandbox.control.add_fault(platform="stripe", operation="customer_create", kind="accept_then_reset")
        with pytest.raises(stripe.APIConnectionError):
            client.v1.customers.create(params={"email": "a@example.org"}, options=options)
        made = client.v1.customers.create(params={"email": "a@example.org"}, options=options)
        again = client.v1.customers.create(params={"email": "a@example.org"}, options=options)
        assert made.id == again.id
        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create(params={"email": "b@example.org"}, options=options)

    def test_events_are_signed_so_that_the_client_takes_them(self, sandbox: Running, client: Any) -> None:
        client.v1.customers.create(params={"email": "a@example.org"})
        event = sandbox.control.call("GET", "stripe/events")["events"][0]
        assert client.construct_event(event["body"], event["signature"], SECRET).type == "customer.created"
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(event["body"] + " ", event["signature"], SECRET)
