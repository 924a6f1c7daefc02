"""What is charged of posts to X is told to Stripe once each, and compared with what Stripe has counted."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import events, gateway, meter_sending, reconciling, services
from billing.meter_models import MeteredPost, PayPerPost, identifier_of
from billing.models import BillingEvent
from billing.plans import X_POSTS
from billing.tests.meter import change, counted_by_stripe, on, post, states, switch
from billing.tests.shop import Shop, nonce
from multivio import tenancy

State = MeteredPost.State


class SendTests:
    def test_it_is_told_once_and_is_on_the_next_invoice(self, shop: Shop) -> None:
        on(shop)
        post(shop, 3)
        assert meter_sending.send() == 3
        assert meter_sending.send() == 0
        assert states(shop) == [State.SENT] * 3
        shop.pass_days(32)
        newest = services.invoices(actor=shop.owner)[0]
        assert [line["amount"] for line in newest["lines"]["data"]] == [2900, 3 * X_POSTS.price]

    def test_nothing_is_left_waiting_however_much_there_is(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(meter_sending, "BATCH", 2)
        on(shop)
        post(shop, 5)
        assert meter_sending.send() == 5

    def test_a_turn_ends_in_time_and_the_next_one_goes_on(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        on(shop)
        post(shop, 5)
        with monkeypatch.context() as patched:
            patched.setattr(meter_sending, "monotonic", itertools.count().__next__)  # a second for each look
            assert meter_sending.send(seconds=2) == 2
        assert meter_sending.send() == 3

    def test_switching_off_charges_for_what_was_published_until_then(self, shop: Shop) -> None:
        on(shop)
        post(shop, 2)
        shop.pass_days(1 / 24)
        switch(shop, 0)
        assert states(shop) == [State.SENT] * 2
        shop.pass_days(32)
        newest = services.invoices(actor=shop.owner)[0]
        assert sorted(line["amount"] for line in newest["lines"]["data"]) == [2 * X_POSTS.price, 2900]

    def test_a_second_try_after_a_timeout_counts_once(self, shop: Shop) -> None:
        on(shop)
        posted = post(shop)
        shop.sandbox.control.add_fault(
            platform="stripe", operation="meter_event_create", kind="accept_then_reset", times=3
        )
        assert meter_sending.send() == 0
        assert states(shop) == [State.WAITING]
        shop.sandbox.control.clear_faults()
        assert meter_sending.send() == 1
        (event,) = shop.sandbox.control.call("GET", "stripe/meter_events")["events"]
        assert event["identifier"] == str(identifier_of(posted.publication, 1))
        assert event["timestamp"] == int(posted.posted_at.timestamp())

    def test_that_stripe_knows_it_already_is_no_error(self, shop: Shop) -> None:
        on(shop)
        posted = post(shop)
        gateway.tell_meter(
            event_name=X_POSTS.event,
            customer_id=shop.customer,
            identifier=str(identifier_of(posted.publication, 1)),
            at=int(posted.posted_at.timestamp()),
            key=nonce(),
        )
        assert meter_sending.send() == 1
        assert (states(shop), counted_by_stripe(shop)) == ([State.SENT], 1)

    def test_while_stripe_is_away_the_rest_waits(self, shop: Shop) -> None:
        on(shop)
        post(shop, 2)
        shop.sandbox.control.add_fault(platform="stripe", operation="meter_event_create", kind="reject_5xx", times=-1)
        assert meter_sending.send() == 0
        shop.sandbox.control.clear_faults()
        assert meter_sending.send() == 2

    def test_what_stripe_refuses_is_kept_with_its_reason_told_and_can_be_sent_again(
        self, shop: Shop, settings: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        settings.ADMINS = [("Operator", "ops@example.org")]
        on(shop)
        post(shop)
        shop.sandbox.control.add_fault(
            platform="stripe", operation="meter_event_create", kind="refuse", params={"status": 400, "code": "no_meter"}
        )
        with django_capture_on_commit_callbacks(execute=True):
            meter_sending.send()
        assert states(shop) == [State.REFUSED]
        assert any("refused posts to X" in mail.subject for mail in mailoutbox)
        client = Client()
        client.force_login(User.objects.create_superuser("support@example.org", name="Sanne"))
        with tenancy.system("test"):
            pk = MeteredPost.objects.get().pk
        client.post("/admin/billing/meteredpost/", {"action": "send_again", "_selected_action": pk})
        assert meter_sending.send() == 1

    def test_what_is_too_old_for_stripe_is_not_sent_and_the_operator_hears(
        self, shop: Shop, settings: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        settings.ADMINS = [("Operator", "ops@example.org")]
        on(shop)
        post(shop, 2)
        change(posted_at=timezone.now() - timedelta(days=34, minutes=1))
        with django_capture_on_commit_callbacks(execute=True):
            assert meter_sending.send() == 0
        assert states(shop) == [State.TOO_OLD] * 2
        assert [mail.subject for mail in mailoutbox if "not billed" in mail.subject]
        assert counted_by_stripe(shop) == 0


class CompareTests:
    """Stripe remembers an identifier for a day: after that a second try could count twice, so Stripe is asked first."""

    @staticmethod
    def tried_long_ago(shop: Shop) -> None:
        long_ago = timezone.now() - timedelta(hours=25)
        with tenancy.system("test"):
            PayPerPost.objects.update(since=long_ago - timedelta(hours=1))
        change(posted_at=long_ago, tried_at=long_ago)

    def test_what_had_arrived_is_not_sent_a_second_time(self, shop: Shop) -> None:
        on(shop)
        posted = post(shop)
        gateway.tell_meter(
            event_name=X_POSTS.event,
            customer_id=shop.customer,
            identifier=str(identifier_of(posted.publication, 1)),
            at=int((timezone.now() - timedelta(hours=25)).timestamp()),
            key=nonce(),
        )
        self.tried_long_ago(shop)
        assert meter_sending.send() == 0
        assert states(shop) == [State.UNSURE]
        assert meter_sending.compare() == []
        assert (states(shop), counted_by_stripe(shop)) == ([State.SENT], 1)

    def test_what_had_not_arrived_is_sent_after_all(self, shop: Shop) -> None:
        on(shop)
        post(shop)
        self.tried_long_ago(shop)
        assert meter_sending.send() == 0
        assert meter_sending.compare() == []
        assert meter_sending.send() == 1
        assert counted_by_stripe(shop) == 1

    def test_a_difference_is_reported_by_the_nightly_look(self, shop: Shop) -> None:
        on(shop)
        post(shop, 2)
        meter_sending.send()
        assert reconciling.reconcile().drift == []
        early = timezone.now() - timedelta(hours=3)
        change(posted_at=early, sent_at=early)
        (line,) = reconciling.reconcile().drift  # it was told for now, and we say that it was three hours ago
        assert "Stripe has counted 0 posts to X, and we told it of 2" in line


class ThinEventTests:
    @staticmethod
    def send(body: str, signature: str, path: str = "/billing/webhook/meters") -> int:
        headers: Any = {"Stripe-Signature": signature}
        return Client().post(path, body, content_type="application/json", headers=headers).status_code

    def trouble(self, shop: Shop) -> dict[str, str]:
        """Stripe takes an event, and then finds that there is no such customer."""
        on(shop)
        post(shop)
        with tenancy.system("test"):
            row = MeteredPost.objects.get()
        gateway.tell_meter(
            event_name=X_POSTS.event,
            customer_id="cus_nobody",
            identifier=str(row.identifier),
            at=int(row.posted_at.timestamp()),
            key=nonce(),
        )
        change(state=State.SENT, sent_at=timezone.now())
        (event,) = shop.sandbox.control.call("GET", "stripe/thin")["events"]
        return dict(event)

    def test_what_stripe_could_not_use_is_marked(self, shop: Shop) -> None:
        event = self.trouble(shop)
        assert [self.send(event["body"], event["signature"]) for _ in range(2)] == [200, 200]
        events.work_on_waiting()
        with tenancy.system("test"):
            row = MeteredPost.objects.get()
            assert BillingEvent.objects.filter(type=events.METER_TROUBLE, error="").count() == 1
        assert (row.state, row.error) == (State.REFUSED, "meter_event_customer_not_found")

    def test_each_door_takes_its_own_kind_and_secret_only(self, shop: Shop, settings: Any) -> None:
        event = self.trouble(shop)
        ordinary = shop.told()[0]
        assert self.send(event["body"], event["signature"], "/billing/webhook") == 400
        assert self.send(ordinary["body"], ordinary["signature"]) == 400
        from sandbox.stripe.webhooks import THIN_SECRET, signature  # noqa: PLC0415 - only here

        assert self.send(event["body"], signature(event["body"])) == 400
        right = signature(ordinary["body"], secret=THIN_SECRET)
        assert self.send(ordinary["body"], right) == 400
        for body in ("{}", "[]", "null", "nonsense", json.dumps({"object": "v2.core.event"})):
            assert self.send(body, signature(body, secret=THIN_SECRET)) == 400, body
        live = json.dumps({**json.loads(event["body"]), "livemode": True})
        assert self.send(live, signature(live, secret=THIN_SECRET)) == 400
        old = signature(event["body"], secret=THIN_SECRET, at=timezone.now().timestamp() - 301)
        assert self.send(event["body"], old) == 400
        settings.STRIPE_THIN_WEBHOOK_SECRETS = []
        assert self.send(event["body"], event["signature"]) == 400
