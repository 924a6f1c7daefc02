"""The life of a subscription, through the product's services and Stripe's official client against the sandbox."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.models import Workspace
from accounts.tests.people import Cast, acting
from accounts.workspaces import delete_for_good
from billing import gateway, services
from billing.access import Access
from billing.errors import CardDeclined, StripeUnavailable
from billing.models import Subscription
from billing.tasks import end_subscription
from billing.tests.shop import DECLINED, LATER_DECLINED, Shop, nonce
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, NotFound


def actions(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(workspace=shop.workspace, action__startswith="plan.").order_by("id")
        return list(rows.values_list("action", flat=True))


class SubscribingTests:
    def test_it_is_had_once_it_is_paid_and_not_before(self, shop: Shop) -> None:
        session = shop.begin("team")
        assert services.come_back(actor=shop.owner, session_id=session) is None
        assert shop.standing.plan.key == "free"
        assert shop.pay(session, DECLINED) == "declined"
        assert services.come_back(actor=shop.owner, session_id=session) is None
        assert shop.pay(session) == "ok"
        services.come_back(actor=shop.owner, session_id=session)
        assert (shop.standing.plan.key, shop.standing.access) == ("team", Access.FULL)
        assert actions(shop) == ["plan.checkout_started", "plan.subscribed"]

    def test_the_webhook_alone_is_enough(self, shop: Shop) -> None:
        shop.pay(shop.begin("creator"))
        assert set(shop.deliver()) == {200}
        assert shop.standing.plan.key == "creator"

    def test_a_second_tab_cannot_pay_a_second_time(self, shop: Shop) -> None:
        first, second = shop.begin("team"), shop.begin("team")
        assert shop.pay(first) == "expired"
        assert shop.pay(second) == "ok"
        services.come_back(actor=shop.owner, session_id=second)
        with pytest.raises(Conflict, match="already"):
            shop.begin("agency")
        assert len(shop.at_stripe()) == 1

    def test_a_button_pressed_twice_is_one_checkout_that_can_be_paid(self, shop: Shop) -> None:
        sent = [
            services.start_checkout(actor=shop.owner, plan="team", interval="month", nonce="the-same") for _ in range(2)
        ]
        assert sent[0] == sent[1]
        assert shop.pay(sent[1].rpartition("/")[2]) == "ok"

    def test_nobody_goes_on_paying_for_a_workspace_that_is_deleted(
        self, shop: Shop, django_capture_on_commit_callbacks: Any
    ) -> None:
        row = shop.buy("team")
        with tenancy.system("test"):
            Workspace.objects.filter(pk=shop.workspace.pk).update(closing_at=timezone.now() - timedelta(days=1))
        with (
            patch.object(end_subscription, "delay", end_subscription),
            django_capture_on_commit_callbacks(execute=True),
        ):
            assert delete_for_good(shop.workspace.pk)
        assert [each["status"] for each in shop.at_stripe() if each["id"] == row.stripe_id] == ["canceled"]
        end_subscription(row.stripe_id)  # twice is harmless

    def test_the_session_of_another_workspace_is_nobodys(self, shop: Shop) -> None:
        session = shop.begin("team")
        shop.pay(session)
        with acting(shop.cast.charlie, shop.cast.elsewhere) as charlie:
            pass
        with pytest.raises(NotFound):
            services.come_back(actor=charlie, session_id=session)

    def test_only_an_owner_pays(self, shop: Shop) -> None:
        with acting(shop.cast.bob, shop.workspace) as bob:
            pass
        with pytest.raises(Forbidden, match="choose the plan"):
            services.start_checkout(actor=bob, plan="team", interval="month", nonce=nonce())

    def test_a_first_plan_begins_with_a_trial_and_a_second_does_not(self, shop: Shop, selling: Any) -> None:
        selling.STRIPE_TRIAL_DAYS = 14
        assert shop.buy("team").status == "trialing"
        shop.pass_days(13)
        shop.deliver()
        assert shop.standing.access == Access.FULL
        services.cancel(actor=shop.owner, nonce=nonce())
        shop.pass_days(2)
        shop.deliver()
        assert shop.standing.plan.key == "free"
        assert shop.buy("team").status == "active"

    def test_a_lost_answer_makes_no_second_customer(self, shop: Shop) -> None:
        shop.sandbox.control.add_fault(platform="stripe", operation="customer_create", kind="accept_then_reset")
        shop.begin("team")
        made = [
            row for row in shop.sandbox.control.ledger(platform="stripe", operation="customer_create") if row["effect"]
        ]
        assert len({row["effect"]["made"] for row in made}) == 1

    def test_when_stripe_is_away_nothing_changes_and_it_says_so(self, shop: Shop) -> None:
        shop.sandbox.control.add_fault(platform="stripe", kind="reject_5xx", times=9)
        with pytest.raises(StripeUnavailable, match="Nothing was changed"):
            shop.begin("team")


class ChangingTests:
    def test_more_costs_what_the_preview_says(self, shop: Shop) -> None:
        shop.buy("creator")
        shown = services.preview_change(actor=shop.owner, plan="agency", interval="month")
        row = services.change_plan(
            actor=shop.owner, plan="agency", interval="month", moment=shown.cost.moment, nonce=nonce()
        )
        assert row.plan == "agency"
        assert services.invoices(actor=shop.owner)[0]["total"] == shown.cost.due_now > 0

    def test_more_that_cannot_be_paid_changes_nothing(self, shop: Shop) -> None:
        shop.buy("creator")
        shop.card(LATER_DECLINED, only=True)
        with pytest.raises(CardDeclined):
            services.change_plan(actor=shop.owner, plan="agency", interval="month", moment=0, nonce=nonce())
        services.refresh(workspace=shop.workspace)
        assert (shop.row.plan, shop.row.status) == ("creator", "active")

    def test_less_is_credited_on_the_next_invoice(self, shop: Shop) -> None:
        shop.buy("agency")
        shown = services.preview_change(actor=shop.owner, plan="creator", interval="month")
        assert (shown.cost.due_now, shown.cost.credit > 0) == (0, True)
        services.change_plan(
            actor=shop.owner, plan="creator", interval="month", moment=shown.cost.moment, nonce=nonce()
        )
        assert shop.standing.plan.key == "creator"
        assert len(services.invoices(actor=shop.owner)) == 1

    def test_a_smaller_plan_by_the_year_is_paid_at_once_as_shown(self, shop: Shop) -> None:
        shop.buy("agency")
        shown = services.preview_change(actor=shop.owner, plan="team", interval="year")
        assert (shown.begins_anew, shown.cost.credit, shown.cost.next_amount) == (True, 0, 29000)
        assert (
            "for the first period" in shop.browser().get(shop.page("change/?plan=team&interval=year")).content.decode()
        )
        row = services.change_plan(
            actor=shop.owner, plan="team", interval="year", moment=shown.cost.moment, nonce=nonce()
        )
        assert (row.plan, row.interval) == ("team", "year")
        assert services.invoices(actor=shop.owner)[0]["total"] == shown.cost.due_now > 0

    def test_one_that_cannot_be_paid_leaves_the_plan_and_no_debt(self, shop: Shop) -> None:
        shop.buy("agency")
        shop.card(LATER_DECLINED, only=True)
        with pytest.raises(CardDeclined):
            services.change_plan(actor=shop.owner, plan="team", interval="year", moment=0, nonce=nonce())
        services.refresh(workspace=shop.workspace)
        assert (shop.row.plan, shop.row.interval, shop.row.status) == ("agency", "month", "active")

    @pytest.mark.parametrize("plan", ["team", "creator"])
    def test_from_a_year_to_months_what_is_left_pays_the_next_ones(self, shop: Shop, plan: str) -> None:
        shop.buy("team", "year")
        shown = services.preview_change(actor=shop.owner, plan=plan, interval="month")
        month = shown.cost.next_amount
        assert (shown.cost.due_now, shown.cost.credit) == (0, 29000 - month)
        services.change_plan(actor=shop.owner, plan=plan, interval="month", moment=shown.cost.moment, nonce=nonce())
        assert services.invoices(actor=shop.owner)[0]["total"] == -shown.cost.credit
        shop.pass_days(32)
        shop.deliver()
        renewed = services.invoices(actor=shop.owner)[0]
        assert (renewed["total"], renewed["amount_due"], shop.row.status) == (month, 0, "active")

    def test_on_trial_another_interval_is_paid_when_the_trial_ends(self, shop: Shop, selling: Any) -> None:
        selling.STRIPE_TRIAL_DAYS = 14
        shop.buy("agency")
        shown = services.preview_change(actor=shop.owner, plan="team", interval="year")
        assert (shown.begins_anew, shown.cost.due_now, shown.cost.next_amount) == (False, 0, 29000)
        row = services.change_plan(actor=shop.owner, plan="team", interval="year", moment=0, nonce=nonce())
        assert (row.status, len(services.invoices(actor=shop.owner))) == ("trialing", 1)

    def test_cancelled_it_lasts_to_the_end_of_the_period_and_can_be_kept(self, shop: Shop) -> None:
        shop.buy("team")
        assert services.cancel(actor=shop.owner, nonce=nonce()).cancel_at is not None
        assert services.resume(actor=shop.owner, nonce=nonce()).cancel_at is None
        services.cancel(actor=shop.owner, nonce=nonce())
        assert shop.standing.plan.key == "team"
        shop.pass_days(32)
        shop.deliver()
        assert (shop.standing.plan.key, shop.row.status) == ("free", "canceled")
        assert "plan.cancel_asked" in actions(shop)

    def test_a_price_that_nobody_knows_takes_nothing_away(self, shop: Shop) -> None:
        row = shop.buy("team")
        price = shop.at_stripe()[0]["items"]["data"][0]["price"]["id"]
        product = "multivio_team"
        other = gateway.create_price(
            product_id=product, lookup_key="old_deal", amount=100, currency="eur", interval="month", name="Old deal"
        )
        assert other["id"] != price
        change = {"items": [{"id": row.item_id, "price": other["id"]}], "proration_behavior": "none"}
        gateway.change_subscription(row.stripe_id, change, key=nonce())
        services.refresh(workspace=shop.workspace)
        assert (shop.row.plan, shop.row.is_unsure, shop.standing.plan.key) == ("team", True, "team")
        assert "do not understand" in shop.standing.rule.sentence


class PageTests:
    def test_the_way_back_from_checkout_is_right_though_the_webhook_is_late(self, shop: Shop) -> None:
        client = Client()
        client.force_login(shop.cast.alice)
        plan = f"/w/{shop.workspace.slug}/settings/plan/"
        assert "Choose Team" in client.get(plan).content.decode()
        sent = client.post(f"{plan}checkout/", {"plan": "team", "interval": "month", "nonce": nonce()})
        assert sent.status_code == 302
        session = sent["Location"].rpartition("/")[2]
        waiting = client.get(f"{plan}back/?session_id={session}")
        assert "Not paid yet" in waiting.content.decode()
        shop.pay(session)
        back = client.get(f"{plan}back/?session_id={session}", follow=True)
        assert "has Team now" in back.content.decode()
        assert "Move to Agency" in back.content.decode()
        shown = client.get(f"{plan}change/?plan=agency&interval=month").content.decode()
        assert "today</b> for the rest of the period" in shown
        assert "€29" in client.get(f"{plan}invoices/").content.decode()
        assert "Active" in client.get(f"{plan}history/").content.decode()

    def test_a_member_sees_and_cannot_buy(self, shop: Shop) -> None:
        client = Client()
        client.force_login(shop.cast.bob)
        plan = f"/w/{shop.workspace.slug}/settings/plan/"
        shown = client.get(plan).content.decode()
        assert "An owner can change the plan." in shown
        assert "Choose Team" not in shown
        answer = client.post(f"{plan}checkout/", {"plan": "team", "interval": "month"}, follow=True)
        assert "may not choose the plan" in answer.content.decode()
        with tenancy.system("test"):
            assert not Subscription.objects.exists()

    def test_where_nothing_is_sold_the_pages_say_so(self, cast: Cast) -> None:
        client = Client()
        client.force_login(cast.alice)
        shown = client.get(f"/w/{cast.workspace.slug}/settings/plan/").content.decode()
        assert "This installation sells nothing" in shown
        assert "without limit" in shown
        assert "Nothing is sold here" in client.get("/pricing/").content.decode()
        assert client.post(f"/w/{cast.workspace.slug}/settings/plan/checkout/", {"plan": "team"}).status_code == 404
        assert client.post("/billing/webhook", b"{}", content_type="application/json").status_code == 404
