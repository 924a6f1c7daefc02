"""The support desk of plans: what there is to read, plans given away with a reason and a day, asking Stripe, all written down."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.audit_models import AuditEntry
from accounts.models import User
from accounts.tests.people import Cast
from billing import standing
from billing.models import BillingEvent, Comp
from billing.tests.shop import Shop
from multivio import tenancy


@pytest.fixture
def desk(cast: Cast) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("support@example.org", name="Sanne"))
    return client


def trail(cast: Cast) -> list[tuple[str, str]]:
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(workspace=cast.workspace, action__startswith="plan.").order_by("id")
        return [(row.action, (row.content or {}).get("reason", "")) for row in rows]


@pytest.mark.usefixtures("selling")
def test_a_plan_is_given_with_a_reason_and_a_day_and_taken_back(desk: Client, cast: Cast) -> None:
    day = (date.today() + timedelta(days=40)).isoformat()
    form: dict[str, Any] = {"workspace": cast.workspace.pk, "plan": "agency", "ends_at": day}
    assert "required" in desk.post("/admin/billing/comp/add/", form).content.decode()
    desk.post("/admin/billing/comp/add/", {**form, "reason": "Helped us find a bug"})
    assert standing.of(cast.workspace).plan.key == "agency"
    with tenancy.system("test"):
        comp = Comp.objects.get()
    assert str(comp.granted_by) == "Sanne"
    desk.post("/admin/billing/comp/", {"action": "take_back", "_selected_action": comp.pk})
    assert standing.of(cast.workspace).plan.key == "free"
    assert ("plan.given", "Helped us find a bug") in trail(cast)
    assert "plan.taken_back" in dict(trail(cast))


def test_everything_can_be_read_and_nothing_of_stripes_written(desk: Client, shop: Shop) -> None:
    shop.pay(shop.begin("team"))
    shop.deliver()
    with tenancy.system("test"):
        event = BillingEvent.objects.filter(type="customer.subscription.created").get()
    pages = ("billingaccount", "subscription", "billingevent", "payer", "comp")
    for page in pages:
        assert desk.get(f"/admin/billing/{page}/").status_code == 200, page
    shown = desk.get(f"/admin/billing/billingevent/{event.pk}/change/").content.decode()
    assert "whsec_" not in shown
    assert "sk_test" not in shown
    assert desk.post(f"/admin/billing/subscription/{shop.row.pk}/change/", {"plan": "agency"}).status_code == 403
    for page, action, pk in (("billingevent", "replay", event.pk), ("billingaccount", "ask_stripe", 0)):
        with tenancy.system("test"):
            chosen = pk or shop.row.workspace.billing.pk
        answer = desk.post(f"/admin/billing/{page}/", {"action": action, "_selected_action": chosen}, follow=True)
        assert "again" in answer.content.decode() or "asked" in answer.content.decode()
