"""`/api/v1/billing` and `/api/v1/usage`: a program sees and does what the pages do, and is refused the same."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import create_api_key
from accounts.tests.people import Cast, acting
from billing.tests.shop import LATER_DECLINED, Shop, give


def caller(cast: Cast, user: User) -> APIClient:
    with acting(user, cast.workspace) as actor:
        _row, key = create_api_key(actor=actor, name="test")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def test_it_subscribes_changes_cancels_and_keeps(shop: Shop) -> None:
    client = APIClient()
    client.force_login(shop.cast.alice)
    begun = client.post("/api/v1/billing/checkout", {"plan": "creator"}, headers={"Idempotency-Key": "one"})
    again = client.post("/api/v1/billing/checkout", {"plan": "creator"}, headers={"Idempotency-Key": "one"})
    assert begun.status_code == again.status_code == 201
    assert begun.json() == again.json()
    shop.pay(begun.json()["url"].rpartition("/")[2])
    shop.deliver()
    said = client.get("/api/v1/billing").json()
    assert (said["plan"], said["access"], said["subscription"]["situation"]) == ("creator", "full", "active")
    costs = client.get("/api/v1/billing/plan?plan=team&interval=month").json()
    assert costs["due_now"] > 0
    assert client.post("/api/v1/billing/plan", {"plan": "team"}).json()["plan"] == "team"
    assert client.post("/api/v1/billing/cancel", {}).json()["subscription"]["cancel_at"] is not None
    assert client.post("/api/v1/billing/resume", {}).json()["subscription"]["cancel_at"] is None
    assert [each["status"] for each in client.get("/api/v1/billing/invoices").json()["invoices"]] == ["Paid", "Paid"]
    assert client.post("/api/v1/billing/portal", {}).json()["url"].startswith("http")
    shop.card(LATER_DECLINED, only=True)
    refused = client.post("/api/v1/billing/plan", {"plan": "agency"})
    assert (refused.status_code, refused.json()["code"]) == (402, "card_declined")


@pytest.mark.usefixtures("selling")
def test_usage_has_every_limit_and_the_way_out(cast: Cast) -> None:
    give(cast.workspace, "team")
    said = caller(cast, cast.bob).get("/api/v1/usage").json()
    limits = {each["what"]: each for each in said["limits"]}
    assert limits["members"] == {"what": "members", "used": 2, "limit": 10, "left": 8}
    assert said["features"] == {"api": True, "approval": True}
    assert said["upgrade_url"].endswith("/settings/plan/")


@pytest.mark.usefixtures("selling")
def test_who_may_not_pay_is_refused_before_anything_is_asked(cast: Cast) -> None:
    give(cast.workspace, "team")
    client = caller(cast, cast.bob)
    for path in ("checkout", "plan", "portal", "cancel", "resume"):
        assert client.post(f"/api/v1/billing/{path}", {"plan": "team"}).status_code == 403, path
        connection.set_rollback(False)  # the refusal of a view without a transaction must not end the test's own
    assert client.get("/api/v1/billing/invoices").status_code == 403


def test_where_nothing_is_sold_it_says_so(cast: Cast) -> None:
    client = caller(cast, cast.alice)
    assert client.get("/api/v1/usage").json()["sells"] is False
    assert client.get("/api/v1/billing/plans").json() == {"plans": []}
    assert client.post("/api/v1/billing/checkout", {"plan": "team"}).json()["code"] == "billing_off"
