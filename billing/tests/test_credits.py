"""AI credits that are bought once: paid for on Stripe's page, granted once whoever tells first, and taken back with the money."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.audit_models import AuditEntry
from accounts.models import User
from accounts.notification_models import Notification
from accounts.services import create_workspace
from accounts.tests.people import Cast, acting
from billing import events, packs, reconciling
from billing.credit_models import CreditPack
from billing.errors import StripeRefused, StripeUnavailable
from billing.models import BillingAccount
from billing.services import credit_buying
from billing.tests.shop import DECLINED, Shop, give, nonce
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid, NotFound

DEBIT, FAILED_DEBIT = "AT611904300234573201", "AT861904300235473202"


def begin(shop: Shop, pack: str = "credits_1000", key: str = "") -> str:
    return credit_buying.start(actor=shop.owner, pack=pack, nonce=key or nonce()).rpartition("/")[2]


def come_back(shop: Shop, session: str) -> CreditPack | None:
    return credit_buying.come_back(actor=shop.owner, session_id=session)


def bought(shop: Shop, pack: str = "credits_1000") -> CreditPack:
    session = begin(shop, pack)
    assert shop.pay(session) == "ok"
    row = come_back(shop, session)
    assert row is not None
    return row


def use(shop: Shop, number: int) -> None:
    """Somebody asks Grok for a lot."""
    with tenancy.system("test"):
        packs.lock(shop.workspace)
        assert packs.use(shop.workspace, number) == number


def refund(shop: Shop, pack: CreditPack, **more: Any) -> None:
    shop.sandbox.control.call("POST", "stripe/refund", {"payment_intent": pack.payment_id, **more})


def dispute(shop: Shop, pack: CreditPack, status: str) -> None:
    shop.sandbox.control.call("POST", "stripe/dispute", {"payment_intent": pack.payment_id, "status": status})


def told_owner(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        return list(Notification.objects.filter(user=shop.cast.alice).order_by("id").values_list("title", flat=True))


def trail(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(workspace=shop.workspace, action__startswith="plan.credits").order_by("id")
        return list(rows.values_list("action", flat=True))


class BuyingTests:
    def test_they_are_had_once_they_are_paid_and_not_before(self, shop: Shop) -> None:
        session = begin(shop)
        assert come_back(shop, session) is None
        assert shop.pay(session, DECLINED) == "declined"
        assert (come_back(shop, session), packs.left(shop.workspace)) == (None, 0)
        shop.pay(session)
        row = come_back(shop, session)
        assert row is not None
        assert (row.credits, row.amount, row.currency) == (1000, 400, "eur")
        assert packs.left(shop.workspace) == 1000
        assert trail(shop) == ["plan.credits_checkout_started", "plan.credits_bought"]

    def test_however_often_and_by_whomever_it_is_told_there_is_one_pack(self, shop: Shop) -> None:
        session = begin(shop)
        shop.pay(session)
        shop.deliver()
        come_back(shop, session)
        shop.deliver()
        reconciling.reconcile()
        assert packs.left(shop.workspace) == 1000
        assert trail(shop).count("plan.credits_bought") == 1

    def test_two_tabs_that_both_pay_are_two_packs(self, shop: Shop) -> None:
        first, second = begin(shop), begin(shop)
        assert first != second
        assert [shop.pay(each) for each in (first, second)] == ["ok", "ok"]
        shop.deliver()
        assert packs.left(shop.workspace) == 2000

    def test_a_button_pressed_twice_is_one_checkout(self, shop: Shop) -> None:
        assert begin(shop, key="same") == begin(shop, key="same")

    def test_choosing_a_plan_meanwhile_closes_no_checkout_of_credits(self, shop: Shop) -> None:
        session = begin(shop)
        shop.begin("team")
        assert shop.pay(session) == "ok"

    def test_the_nightly_look_grants_what_no_webhook_told(self, shop: Shop) -> None:
        shop.pay(begin(shop))
        report = reconciling.reconcile()
        assert [line for line in report.drift if "had not been granted" in line]
        assert packs.left(shop.workspace) == 1000
        assert reconciling.reconcile().drift == []

    def test_a_bank_debit_is_granted_when_it_is_through(self, shop: Shop) -> None:
        session = begin(shop)
        assert shop.pay(session, DEBIT) == "ok"
        shop.deliver()
        assert (come_back(shop, session), packs.left(shop.workspace)) == (None, 0)
        shop.pass_days(4)
        shop.deliver()
        assert packs.left(shop.workspace) == 1000

    def test_a_bank_debit_that_fails_grants_nothing_and_says_so_once(self, shop: Shop) -> None:
        shop.pay(begin(shop), FAILED_DEBIT)
        shop.pass_days(4)
        shop.deliver()
        shop.deliver()
        assert packs.left(shop.workspace) == 0
        assert told_owner(shop).count("The payment for AI credits did not go through") == 1

    def test_they_outlive_the_month_and_the_plan(self, shop: Shop) -> None:
        shop.buy("team")
        bought(shop)
        with tenancy.system("test"):
            CreditPack.objects.update(granted_at=timezone.now() - timedelta(days=400))
        shop.pass_days(65)
        assert packs.left(shop.workspace) == 1000

    def test_a_receipt_is_among_the_invoices(self, shop: Shop) -> None:
        from billing import services, showing  # noqa: PLC0415 - as the page does

        bought(shop)
        (bill,) = [showing.bill(each) for each in services.invoices(actor=shop.owner)]
        assert (bill.text, bill.amount, bill.status) == ("1,000 AI credits", "€4", "Paid")


class RefusedTests:
    def test_only_whoever_may_pay_buys_and_only_what_is_sold(self, shop: Shop) -> None:
        with acting(shop.cast.bob, shop.workspace) as bob:
            pass
        with pytest.raises(Forbidden):
            credit_buying.start(actor=bob, pack="credits_1000", nonce=nonce())
        for pack in ("credits_0", "", "credits_1000_v1", "💰" * 500):
            with pytest.raises(Invalid):
                credit_buying.start(actor=shop.owner, pack=pack, nonce=nonce())

    def test_another_workspaces_payment_is_nobodys(self, shop: Shop) -> None:
        session = begin(shop)
        shop.pay(session)
        with acting(shop.cast.charlie, shop.cast.elsewhere) as charlie:
            pass
        for asked in (session, "cs_test_nothing", "", "💰"):
            with pytest.raises(NotFound):
                credit_buying.come_back(actor=charlie, session_id=asked)
        assert packs.left(shop.cast.elsewhere) == 0

    def test_a_workspace_that_another_pays_for_buys_there_and_uses_them_here(self, shop: Shop) -> None:
        shop.buy("team")
        client = create_workspace(owner=shop.cast.alice, name="A client")
        bought(shop)
        assert packs.left(client) == 1000
        with acting(shop.cast.alice, client) as actor:
            pass
        with pytest.raises(Conflict, match=shop.workspace.name):
            credit_buying.start(actor=actor, pack="credits_1000", nonce=nonce())

    def test_a_subscription_is_no_pack_and_a_lie_in_the_event_grants_nothing(self, shop: Shop) -> None:
        shop.buy("team")
        lie = {"id": begin(shop), "object": "checkout.session", "mode": "payment", "payment_status": "paid"}
        event = {
            "id": "evt_lie", "object": "event", "type": "checkout.session.completed", "created": 1_790_000_000,
            "livemode": False, "data": {"object": {**lie, "customer": shop.customer}},
        }  # fmt: skip
        events.keep(event)
        events.work_on_waiting()
        shop.deliver()
        assert packs.left(shop.workspace) == 0

    def test_while_stripe_is_away_nothing_is_lost(self, shop: Shop) -> None:
        session = begin(shop)
        shop.pay(session)
        shop.sandbox.control.add_fault(platform="stripe", kind="reject_5xx", times=-1)
        with pytest.raises(StripeUnavailable):
            come_back(shop, session)
        shop.deliver()
        assert packs.left(shop.workspace) == 0
        shop.sandbox.control.clear_faults()
        events.work_on_waiting()
        assert packs.left(shop.workspace) == 1000


class DeskTests:
    @pytest.fixture
    def desk(self, shop: Shop) -> Client:
        client = Client()
        client.force_login(User.objects.create_superuser("support@example.org", name="Sanne"))
        return client

    def test_support_gives_them_for_a_reason_and_takes_back_what_is_left(self, desk: Client, shop: Shop) -> None:
        form = {"workspace": shop.workspace.pk, "credits": 500}
        refused = desk.post("/admin/billing/creditpack/add/", form, follow=True).content.decode()
        assert "Say why" in refused
        desk.post("/admin/billing/creditpack/add/", {**form, "reason": "An answer broke off, twice"})
        assert packs.left(shop.workspace) == 500
        use(shop, 120)
        with tenancy.system("test"):
            gift = CreditPack.objects.get()
        assert str(gift.granted_by) == "Sanne"
        desk.post("/admin/billing/creditpack/", {"action": "take_back", "_selected_action": gift.pk})
        assert packs.left(shop.workspace) == 0
        assert trail(shop) == ["plan.credits_given", "plan.credits_taken_back"]

    def test_what_was_paid_for_goes_back_by_a_refund_only(self, desk: Client, shop: Shop) -> None:
        row = bought(shop)
        with pytest.raises(StripeRefused, match="refund"):
            packs.take_back(staff=None, pack=row)
        answer = desk.post(
            "/admin/billing/creditpack/", {"action": "take_back", "_selected_action": row.pk}, follow=True
        )
        assert "refund the payment at Stripe" in answer.content.decode()
        assert packs.left(shop.workspace) == 1000

    def test_only_staff_gives_a_sensible_number(self, shop: Shop) -> None:
        for credits in (0, -1, 1_000_001):
            with pytest.raises(Invalid):
                packs.give(staff=None, workspace=shop.workspace, credits=credits, reason="for a test")
        with pytest.raises(Forbidden):
            packs.give(staff=shop.cast.alice, workspace=shop.workspace, credits=1, reason="for a test")


class DoorTests:
    def test_the_api_sells_lists_and_answers_a_second_try_the_same(self, shop: Shop) -> None:
        client = APIClient()
        client.force_login(shop.cast.alice)
        on_sale = client.get("/api/v1/billing/credits").json()["on_sale"]
        assert {"key": "credits_1000", "credits": 1000, "price": 400, "currency": "eur"} in on_sale
        sent = [
            client.post("/api/v1/billing/credits", {"pack": "credits_1000"}, headers={"Idempotency-Key": "k"})
            for _ in range(2)
        ]
        assert [each.status_code for each in sent] == [201, 201]
        assert sent[0].json() == sent[1].json()
        shop.pay(sent[0].json()["url"].rpartition("/")[2])
        shop.deliver()
        credits = client.get("/api/v1/usage").json()["credits"]
        assert (credits["left"], [each["credits"] for each in credits["packs"]]) == (1000, [1000])
        for wrong in ({}, {"pack": "plenty"}, {"pack": "credits_1000", "credits": 9}, {"pack": None}, {"pack": ["x"]}):
            answer = client.post("/api/v1/billing/credits", wrong, format="json")
            assert answer.status_code in (400, 422), (wrong, answer.status_code)

    @pytest.mark.usefixtures("selling")
    def test_whom_another_pays_for_uses_its_credits_and_reads_nothing_of_what_it_bought(self, cast: Cast) -> None:
        give(cast.workspace, "team")
        client = create_workspace(owner=cast.alice, name="A client")
        packs.give(staff=None, workspace=cast.workspace, credits=70, reason="between the two of us")
        browser = Client()
        browser.force_login(cast.alice)
        for path in ("usage", "billing/credits"):
            for workspace, listed in ((client, []), (cast.workspace, [70])):
                headers: Any = {"Multivio-Workspace": workspace.slug}
                said = browser.get(f"/api/v1/{path}", headers=headers).json()
                found = said.get("credits", said)
                assert (found["left"], [each["credits"] for each in found["packs"]]) == (70, listed)
        shown = browser.get(f"/w/{client.slug}/settings/plan/history/").content.decode()
        assert "between the two of us" not in shown
        own = browser.get(f"/w/{cast.workspace.slug}/settings/plan/history/").content.decode()
        assert "between the two of us" in own

    def test_who_bought_nothing_but_credits_reads_in_which_currency_the_invoices_are(self, shop: Shop) -> None:
        bought(shop)
        with tenancy.system("test"):
            BillingAccount.objects.filter(workspace=shop.workspace).update(tax_id="DK12345678")
        assert "Invoices in EUR with your VAT ID DK12345678" in shop.browser().get(shop.page()).content.decode()

    def test_who_may_not_pay_is_refused(self, shop: Shop) -> None:
        client = APIClient()
        client.force_login(shop.cast.bob)
        assert client.post("/api/v1/billing/credits", {"pack": "credits_1000"}).status_code == 403

    def test_the_page_sells_and_the_way_back_is_right_though_the_webhook_is_late(self, shop: Shop) -> None:
        client = Client()
        client.force_login(shop.cast.alice)
        plan = f"/w/{shop.workspace.slug}/settings/plan/"
        assert "1,000 for €4" in client.get(plan).content.decode()
        sent = client.post(f"{plan}credits/", {"pack": "credits_1000", "nonce": nonce()})
        assert sent.status_code == 302
        session = sent["Location"].rpartition("/")[2]
        assert "Not paid yet" in client.get(f"{plan}credits/back/?session_id={session}").content.decode()
        shop.pay(session)
        back = client.get(f"{plan}credits/back/?session_id={session}", follow=True).content.decode()
        assert "1,000 AI credits were added" in back
        assert "1,000 AI credits" in client.get(f"{plan}history/").content.decode()
        assert "€4" in client.get(f"{plan}invoices/").content.decode()

    @pytest.mark.usefixtures("selling")
    def test_a_member_sees_how_many_there_are_and_cannot_buy(self, cast: Cast) -> None:
        give(cast.workspace, "team")
        packs.give(staff=None, workspace=cast.workspace, credits=70, reason="for a test")
        client = Client()
        client.force_login(cast.bob)
        shown = client.get(f"/w/{cast.workspace.slug}/settings/plan/").content.decode()
        assert ">70</b> beyond it" in shown
        assert "for €4" not in shown

    def test_where_nothing_is_sold_there_is_nothing_to_buy(self, cast: Cast) -> None:
        client = Client()
        client.force_login(cast.alice)
        plan = f"/w/{cast.workspace.slug}/settings/plan/"
        assert "for €4" not in client.get(plan).content.decode()
        assert client.post(f"{plan}credits/", {"pack": "credits_1000"}).status_code == 404
