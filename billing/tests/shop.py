"""Buying in tests: through the product's own services, with the sandbox's Stripe on the other side."""

import itertools
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import stripe
from django.test import Client
from django.utils import timezone

from accounts.models import Workspace
from accounts.services import Actor
from accounts.tests.people import Cast, acting
from billing import events, services, standing
from billing.models import BillingAccount, Subscription
from billing.standing import Standing
from multivio import tenancy
from sandbox.testing import Running

GOOD, LATER_DECLINED, DECLINED = "4242424242424242", "4000000000000341", "4000000000000002"
_nonces = itertools.count(1)
DAY = 86400


def nonce() -> str:
    return f"nonce-{next(_nonces)}"


def give(workspace: Workspace, plan: str, days: float = 30) -> Any:
    """A plan for nothing: no Stripe is needed."""
    ends_at = timezone.now() + timedelta(days=days)
    return services.give_plan(staff=None, workspace=workspace, plan=plan, reason="for a test", ends_at=ends_at)


class Shop:
    def __init__(self, sandbox: Running, cast: Cast) -> None:
        self.sandbox, self.cast, self.workspace = sandbox, cast, cast.workspace
        with acting(cast.alice, cast.workspace) as actor:
            self.owner: Actor = actor
        self.delivered: set[str] = set()

    def acting(self) -> AbstractContextManager[Actor]:
        return acting(self.cast.alice, self.workspace)

    def begin(self, plan: str = "team", interval: str = "month") -> str:
        """Press the button; the id of the checkout session."""
        url = services.start_checkout(actor=self.owner, plan=plan, interval=interval, nonce=nonce())
        return url.rpartition("/")[2]

    def pay(self, session: str, card: str = GOOD, **more: Any) -> str:
        return str(self._call("pay", session=session, card=card, **more)["result"])

    def buy(self, plan: str = "team", interval: str = "month", card: str = GOOD, **typed: str) -> Subscription:
        """All the way, by the way back from checkout."""
        session = self.begin(plan, interval)
        assert self.pay(session, card, **typed) == "ok"
        row = services.come_back(actor=self.owner, session_id=session)
        assert row is not None
        return row

    def card(self, number: str, **more: Any) -> None:
        self._call("card", customer=self.customer, card=number, **more)

    def pass_days(self, days: float) -> None:
        self.sandbox.control.advance(days * DAY)

    def _call(self, path: str, **body: Any) -> dict[str, Any]:
        return self.sandbox.control.call("POST", f"stripe/{path}", body)

    @property
    def dashboard(self) -> Any:
        """Stripe's own client, as somebody who works there or at the dashboard would use it."""
        base: Any = {"api": f"{self.sandbox.url}/stripe/api"}
        return stripe.StripeClient("sk_test_x", base_addresses=base, max_network_retries=0).v1

    def make_code(self, code: str = "SPRING", **coupon: Any) -> Any:
        """A promotion code of the dashboard's."""
        about = {"duration": "forever", **coupon}
        kept = self.dashboard.coupons.create(params=about if "amount_off" in about else {"percent_off": 20, **about})
        params = {"code": code, "promotion": {"type": "coupon", "coupon": kept.id}}
        return self.dashboard.promotion_codes.create(params=params)

    def browser(self) -> Client:
        """The owner's."""
        client = Client()
        client.force_login(self.cast.alice)
        return client

    def page(self, name: str = "") -> str:
        return f"/w/{self.workspace.slug}/settings/plan/{name}"

    @property
    def customer(self) -> str:
        with tenancy.system("test"):
            found = BillingAccount.objects.get(workspace=self.workspace)
        return str(found.customer_id)

    @property
    def row(self) -> Subscription:
        with tenancy.system("test"):
            found: Subscription = Subscription.objects.of(self.workspace.pk)[:1].get()
            return found

    @property
    def standing(self) -> Standing:
        return standing.of(self.workspace)

    def at_stripe(self) -> list[dict[str, Any]]:
        return list(self.sandbox.control.call("GET", "stripe/subscriptions")["subscriptions"])

    def told(self) -> list[dict[str, str]]:
        """Everything Stripe told, oldest first: body and signature."""
        return list(self.sandbox.control.call("GET", "stripe/events")["events"])

    def deliver(self, some: Iterable[dict[str, str]] | None = None, *, work: bool = True) -> list[int]:
        """Send webhooks to the product's door, and let the task do its work; the answers' statuses."""
        statuses = [
            post(each["body"], each["signature"]).status_code for each in (self.told() if some is None else some)
        ]
        if work:
            events.work_on_waiting()
        return statuses


def post(body: str | bytes, signature: str) -> Any:
    headers: Any = {"Stripe-Signature": signature}
    return Client().post("/billing/webhook", body, content_type="application/json", headers=headers)
