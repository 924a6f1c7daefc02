"""Tax: reckoned by Stripe, shown before and after paying, and told when it cannot be."""

from typing import Any

import pytest
from django.core import mail

from accounts.notification_models import Notification
from billing import services
from billing.models import BillingAccount
from billing.tests.shop import Shop, nonce
from multivio import tenancy


@pytest.fixture
def taxed(shop: Shop, selling: Any) -> Shop:
    selling.STRIPE_TAX = True
    return shop


def account(shop: Shop) -> BillingAccount:
    with tenancy.system("test"):
        return BillingAccount.objects.get(workspace=shop.workspace)


def test_it_comes_on_top_and_is_shown_before_and_after(taxed: Shop) -> None:
    taxed.buy("creator", country="DE")
    assert services.invoices(actor=taxed.owner)[0]["total"] == 1428
    client = taxed.browser()
    assert "€2.28 tax" in client.get(taxed.page("invoices/")).content.decode()
    shown = services.preview_change(actor=taxed.owner, plan="team", interval="month")
    assert (shown.cost.next_amount, shown.cost.next_tax) == (3451, 551)
    assert shown.cost.due_now - shown.cost.tax_now == pytest.approx(1700, abs=20)
    page = client.get(f"{taxed.page('change/')}?plan=team&interval=month").content.decode()
    assert "€34.51 a month (€5.51 of it tax)" in page
    services.change_plan(actor=taxed.owner, plan="team", interval="month", moment=shown.cost.moment, nonce=nonce())
    assert services.invoices(actor=taxed.owner)[0]["total"] == shown.cost.due_now


def test_a_business_elsewhere_pays_none_and_sees_its_number(taxed: Shop) -> None:
    taxed.buy("team", country="FR", tax_id="FR12345678901")
    assert services.invoices(actor=taxed.owner)[0]["total"] == 2900
    assert (account(taxed).tax_id, account(taxed).country) == ("FR12345678901", "FR")
    shown = taxed.browser().get(taxed.page()).content.decode()
    assert "Invoices in EUR with your VAT ID FR12345678901 (FR)." in shown


def test_it_can_be_in_the_prices(taxed: Shop, selling: Any) -> None:
    selling.BILLING_PRICES_INCLUDE_TAX = True
    taxed.buy("team", country="DE")
    found = services.invoices(actor=taxed.owner)[0]
    assert (found["total"], found["total_taxes"][0]["amount"]) == (2900, 463)
    shown = services.preview_change(actor=taxed.owner, plan="creator", interval="month")
    assert (shown.cost.next_amount, shown.cost.next_tax) == (1200, 192)


def test_an_invoice_that_cannot_be_made_is_told_to_the_operator_and_the_owner(
    taxed: Shop, selling: Any, django_capture_on_commit_callbacks: Any
) -> None:
    selling.ADMINS = [("Operator", "ops@example.org")]
    taxed.buy("team", country="DE")
    taxed.dashboard.customers.update(taxed.customer, params={"address": ""})
    taxed.pass_days(32)
    with django_capture_on_commit_callbacks(execute=True):
        taxed.deliver()
    assert any("invoice.finalization_failed" in each.subject for each in mail.outbox)
    assert (taxed.row.invoice_stuck, taxed.standing.plan.key) == (True, "team")
    with tenancy.system("test"):
        told = list(Notification.objects.filter(title__contains="could not be made").values_list("user_id", flat=True))
    assert told == [taxed.cast.alice.pk]
    home = taxed.page()
    assert "your billing address is incomplete" in taxed.browser().get(home).content.decode()
    bob = taxed.browser()
    bob.force_login(taxed.cast.bob)
    assert "billing address" not in bob.get(home).content.decode()
    taxed.dashboard.customers.update(taxed.customer, params={"address": {"country": "FR"}})
    taxed.deliver()
    assert (taxed.row.invoice_stuck, account(taxed).country) == (False, "FR")
    assert "billing address is incomplete" not in taxed.browser().get(home).content.decode()


def test_without_a_place_nothing_is_bought_on_top(taxed: Shop) -> None:
    taxed.buy("creator", country="DE")
    taxed.dashboard.customers.update(taxed.customer, params={"address": ""})
    refused = taxed.browser().post(
        taxed.page("change/"), {"plan": "team", "interval": "month", "nonce": nonce()}, follow=True
    )
    assert "Set your country under Card and address" in refused.content.decode()
    taxed.deliver()
    assert taxed.row.plan == "creator"


def test_an_older_answer_does_not_bring_an_old_number_back(taxed: Shop) -> None:
    from billing import gateway, sync  # noqa: PLC0415 - two workers ask at about the same time

    row = taxed.buy("team", country="FR", tax_id="FR12345678901")
    older = {**gateway.customer(taxed.customer), "tax_ids": []}
    sync.store(taxed.workspace.pk, [], asked_at=row.asked_at.replace(year=2020), customer=older)
    assert account(taxed).tax_id == "FR12345678901"
