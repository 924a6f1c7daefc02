"""Posts to X that are paid one by one: an owner switches it on with a cap, changes the cap, and switches it off."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Workspace
from accounts.tests.people import acting
from accounts.workspaces import delete_for_good
from billing import gateway, meter_sending, metering, services, standing
from billing.errors import PaymentNeeded, StripeUnavailable
from billing.meter_models import MeteredPost, PayPerPost
from billing.plans import X_POSTS, What
from billing.services import pay_per_post
from billing.signals import metering_ends
from billing.tasks import end_subscription
from billing.tests.meter import INCLUDED, counted_by_stripe, items, on, post, switch, trail
from billing.tests.shop import LATER_DECLINED, Shop, give, nonce
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Forbidden, Invalid

State = MeteredPost.State


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

    def test_what_was_published_is_counted_under_no_lock_of_anybody_else(self, shop: Shop) -> None:
        on(shop)
        heard = []

        def hear(sender: Any, workspace_id: int, **_kwargs: Any) -> None:
            heard.append((workspace_id, tenancy.current().system))

        metering_ends.connect(hear)
        try:
            switch(shop, 0)
        finally:
            metering_ends.disconnect(hear)
        assert heard == [(shop.workspace.pk, "")]

    def test_it_stays_on_until_everything_was_told(self, shop: Shop) -> None:
        on(shop)
        post(shop, 2)
        shop.sandbox.control.add_fault(platform="stripe", operation="meter_event_create", kind="reject_5xx", times=-1)
        with pytest.raises(StripeUnavailable, match="2 posts to X have not reached Stripe yet"):
            switch(shop, 0)
        assert items(shop) == ["team_monthly_v1", X_POSTS.price_key]
        assert shop.standing.most(What.X_POSTS) == INCLUDED + 5
        shop.sandbox.control.clear_faults()
        switch(shop, 0)
        assert (items(shop), counted_by_stripe(shop)) == (["team_monthly_v1"], 2)

    def test_who_hears_meanwhile_that_the_item_is_gone_knows_that_it_was_meant(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        on(shop)
        real = gateway.change_subscription

        def change_and_tell(*args: Any, **kwargs: Any) -> Any:
            changed = real(*args, **kwargs)
            services.refresh(workspace=shop.workspace)  # as the webhook does
            return changed

        monkeypatch.setattr(gateway, "change_subscription", change_and_tell)
        switch(shop, 0)
        assert trail(shop) == ["plan.pay_per_post_on", "plan.pay_per_post_off"]

    def test_while_stripe_does_not_take_the_item_off_it_stays_on(self, shop: Shop) -> None:
        on(shop)
        shop.sandbox.control.add_fault(platform="stripe", operation="subscription_update", kind="reject_5xx", times=-1)
        with pytest.raises(StripeUnavailable):
            switch(shop, 0)
        assert shop.standing.most(What.X_POSTS) == INCLUDED + 5
        shop.sandbox.control.clear_faults()
        switch(shop, 0)
        assert (items(shop), shop.standing.most(What.X_POSTS)) == (["team_monthly_v1"], INCLUDED)

    def test_a_cap_is_not_changed_after_it_was_switched_off(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        row = on(shop)
        switch(shop, 0)
        monkeypatch.setattr(metering, "current", lambda _workspace: row)  # as it was a moment ago
        with pytest.raises(Conflict, match="switched off meanwhile"):
            switch(shop, 80)
        assert trail(shop)[-1] == "plan.pay_per_post_off"

    def test_a_workspace_that_is_deleted_pays_for_what_was_told(
        self, shop: Shop, django_capture_on_commit_callbacks: Any
    ) -> None:
        on(shop)
        post(shop, 3)
        meter_sending.send()
        customer = shop.customer
        shop.pass_days(1 / 24)
        with tenancy.system("test"):
            Workspace.objects.filter(pk=shop.workspace.pk).update(closing_at=timezone.now() - timedelta(days=1))
        with (
            patch.object(end_subscription, "delay", end_subscription),
            django_capture_on_commit_callbacks(execute=True),
        ):
            assert delete_for_good(shop.workspace.pk)
        newest = gateway.invoices_of(customer)[0]
        assert (newest["amount_paid"], newest["status"]) == (3 * X_POSTS.price, "paid")


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
