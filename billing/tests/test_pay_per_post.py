"""Posts to X that are paid one by one: switched on with a cap, counted once each, told to Stripe once each, and compared."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.audit_models import AuditEntry
from accounts.models import User
from accounts.tests.people import acting
from billing import events, gateway, meter_sending, metering, reconciling, services, standing
from billing.errors import PaymentNeeded
from billing.meter_models import MeteredPost, PayPerPost, identifier_of
from billing.metering import Posted
from billing.models import BillingEvent
from billing.plans import TEAM, X_POSTS, What
from billing.services import pay_per_post
from billing.tests.shop import LATER_DECLINED, Shop, give, nonce
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Forbidden, Invalid

State = MeteredPost.State
INCLUDED = TEAM.limits[What.X_POSTS] or 0


def switch(shop: Shop, cap: int) -> PayPerPost | None:
    return pay_per_post.switch(actor=shop.owner, cap=cap, nonce=nonce())


def on(shop: Shop, cap: int = 5) -> PayPerPost:
    """A plan, and paying for up to so many posts beyond it."""
    shop.buy("team")
    row = switch(shop, cap)
    assert row is not None
    with tenancy.system("test"):  # since a little while, so that what is posted now is within
        PayPerPost.objects.filter(pk=row.pk).update(since=timezone.now() - timedelta(minutes=5))
    return row


def post(shop: Shop, parts: int = 1, *, earlier: int = INCLUDED, at: datetime | None = None) -> Posted:
    """Publish a thread on X, after `earlier` parts in the month before it was on."""
    moment = at or timezone.now()
    posted = Posted(uuid.uuid4(), parts, timezone.now(), moment)
    count(shop, [posted], earlier=earlier)
    return posted


def count(shop: Shop, posted: list[Posted], *, earlier: int = INCLUDED) -> int:
    with tenancy.system("test"):
        return sum(metering.count(window, posted, lambda *_: earlier) for window in metering.windows())


def states(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        rows = MeteredPost.objects.of(shop.workspace.pk).order_by("posted_at", "part")
        return [str(each) for each in rows.values_list("state", flat=True)]


def change(**fields: Any) -> None:
    with tenancy.system("test"):
        MeteredPost.objects.update(**fields)


def counted_by_stripe(shop: Shop) -> int:
    return len(shop.sandbox.control.call("GET", "stripe/meter_events")["events"])


def items(shop: Shop) -> list[str]:
    return [each["price"]["lookup_key"] for each in shop.at_stripe()[-1]["items"]["data"]]


def trail(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(workspace=shop.workspace, action__startswith="plan.pay").order_by("id")
        return list(rows.values_list("action", flat=True))


class SwitchTests:
    def test_on_raises_the_limit_by_the_cap_and_adds_an_item_at_stripe(self, shop: Shop) -> None:
        on(shop, 50)
        assert shop.standing.most(What.X_POSTS) == INCLUDED + 50
        assert items(shop) == ["team_monthly_v1", X_POSTS.price_key]
        services.refresh(workspace=shop.workspace)
        assert (shop.row.plan, shop.row.is_unsure, shop.standing.most(What.X_POSTS)) == ("team", False, INCLUDED + 50)
        switch(shop, 80)
        assert shop.standing.most(What.X_POSTS) == INCLUDED + 80
        switch(shop, 0)
        assert items(shop) == ["team_monthly_v1"]
        assert shop.standing.most(What.X_POSTS) == INCLUDED
        assert trail(shop) == ["plan.pay_per_post_on", "plan.pay_per_post_changed", "plan.pay_per_post_off"]

    def test_what_got_no_further_than_stripe_is_finished_by_the_next_try(self, shop: Shop) -> None:
        shop.buy("team")
        shop.sandbox.control.add_fault(
            platform="stripe", operation="subscription_update", kind="accept_then_reset", times=3
        )
        with pytest.raises(DomainError):
            switch(shop, 50)
        shop.sandbox.control.clear_faults()
        assert switch(shop, 50) is not None
        assert items(shop) == ["team_monthly_v1", X_POSTS.price_key]

    def test_a_plan_can_change_beside_it(self, shop: Shop) -> None:
        on(shop, 50)
        services.change_plan(actor=shop.owner, plan="agency", interval="month", moment=0, nonce=nonce())
        assert items(shop) == ["agency_monthly_v1", X_POSTS.price_key]
        assert (shop.row.plan, shop.standing.most(What.X_POSTS)) == ("agency", 1550)

    def test_it_needs_a_plan_that_is_paid_and_somebody_who_may_pay(self, shop: Shop, selling: Any) -> None:
        with pytest.raises(Conflict, match="Choose a plan first"):
            switch(shop, 50)
        give(shop.workspace, "team")
        with pytest.raises(Conflict, match="Choose a plan first"):
            switch(shop, 50)
        selling.STRIPE_TRIAL_DAYS = 14
        shop.buy("creator")
        with pytest.raises(Conflict, match="first payment"):
            switch(shop, 50)
        with acting(shop.cast.bob, shop.workspace) as bob:
            pass
        with pytest.raises(Forbidden):
            pay_per_post.switch(actor=bob, cap=50, nonce=nonce())

    @pytest.mark.parametrize("cap", [-1, X_POSTS.most + 1, 10**30])
    def test_a_cap_is_a_sensible_number(self, shop: Shop, cap: int) -> None:
        shop.buy("team")
        with pytest.raises(Invalid):
            switch(shop, cap)

    def test_it_ends_with_the_plan_and_when_somebody_takes_it_off_at_stripe(self, shop: Shop) -> None:
        row = on(shop, 50)
        gone = {"items": [{"id": row.item_id, "deleted": True}]}
        gateway.change_subscription(shop.row.stripe_id, gone, key=nonce())
        shop.deliver()
        assert shop.standing.most(What.X_POSTS) == INCLUDED
        assert trail(shop)[-1] == "plan.pay_per_post_ended"
        switch(shop, 60)
        services.cancel(actor=shop.owner, nonce=nonce())
        shop.pass_days(32)
        shop.deliver()
        with tenancy.system("test"):
            assert metering.current(shop.workspace.pk) is None

    def test_an_answer_from_before_it_was_on_does_not_switch_it_off(self, shop: Shop) -> None:
        from billing import sync  # noqa: PLC0415 - as a worker that was slow

        shop.buy("team")
        before, asked_at = shop.at_stripe(), sync.database_now()
        switch(shop, 50)
        sync.store(shop.workspace.pk, before, asked_at=asked_at)
        assert shop.standing.most(What.X_POSTS) == INCLUDED + 50


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


class DoorTests:
    def test_the_api_switches_it_and_says_what_it_costs(self, shop: Shop) -> None:
        client = APIClient()
        client.force_login(shop.cast.alice)
        refused = client.post("/api/v1/billing/x-posts", {"cap": 20})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_subscribed")
        shop.buy("team")
        assert client.post("/api/v1/billing/x-posts", {"cap": 20}).json()["cap"] == 20
        with tenancy.system("test"):
            PayPerPost.objects.update(since=timezone.now() - timedelta(minutes=5))
        post(shop, 3)
        said = client.get("/api/v1/billing/x-posts").json()
        assert (said["is_on"], said["charged"], said["sent"], said["amount"]) == (True, 3, 0, 3 * X_POSTS.price)
        for wrong in ({}, {"cap": -1}, {"cap": "many"}, {"cap": 10**9}, {"cap": None}, {"cap": 1, "price": 0}):
            answer = client.post("/api/v1/billing/x-posts", wrong, format="json")
            assert answer.status_code in (400, 422), wrong
        assert client.post("/api/v1/billing/x-posts", {"cap": 0}).json()["is_on"] is False
        client.force_login(shop.cast.bob)
        assert client.post("/api/v1/billing/x-posts", {"cap": 5}).status_code == 403

    def test_the_page_switches_it(self, shop: Shop) -> None:
        client = Client()
        client.force_login(shop.cast.alice)
        plan = f"/w/{shop.workspace.slug}/settings/plan/"
        assert "Posts to X beyond the plan" not in client.get(plan).content.decode()
        shop.buy("team")
        assert "Switch on" in client.get(plan).content.decode()
        done = client.post(f"{plan}x-posts/", {"cap": "40", "nonce": nonce()}, follow=True).content.decode()
        assert "You pay for up to 40 posts to X a month beyond the plan." in done
        assert "(€0.80)" in done
        for wrong in ("", "many", "-1", "0", "9" * 40):
            answer = client.post(f"{plan}x-posts/", {"cap": wrong}, follow=True).content.decode()
            assert "Write how many posts a month you allow" in answer
        assert "not paid for any more" in client.post(f"{plan}x-posts/", {"off": "1"}, follow=True).content.decode()

    def test_a_payment_that_fails_leaves_it_and_it_cannot_be_switched_on_before_it_is_paid(self, shop: Shop) -> None:
        on(shop, 50)
        shop.card(LATER_DECLINED, only=True)
        shop.pass_days(31)
        shop.deliver()
        assert (shop.row.status, shop.standing.most(What.X_POSTS)) == ("past_due", INCLUDED + 50)
        switch(shop, 0)
        with pytest.raises(PaymentNeeded, match="open invoice"):
            switch(shop, 10)


def test_standing_of_who_pays_nothing_has_no_more_than_the_plan(shop: Shop) -> None:
    assert standing.of(shop.workspace).paid_x_posts == 0
