"""A customer of the sandbox's Stripe on a clock of their own, by Stripe's own client."""

import time
from typing import Any

from sandbox.testing import Running

DAY = 86400


def make_price(client: Any, key: str = "team_monthly_v1", amount: int = 2900, **more: Any) -> Any:
    product = client.v1.products.create(params={"name": key})
    return client.v1.prices.create(
        params={
            "product": product.id,
            "currency": "eur",
            "unit_amount": amount,
            "lookup_key": key,
            "recurring": {"interval": "month"},
            **more,
        }
    )


class Life:
    """One customer on a clock of their own."""

    def __init__(
        self,
        sandbox: Running,
        client: Any,
        *,
        card: str = "4242424242424242",
        price: Any = None,
        session: dict[str, Any] | None = None,
        typed: dict[str, str] | None = None,
        **data: Any,
    ) -> None:
        self.sandbox, self.client = sandbox, client
        self.price = price or make_price(client)
        self.clock = client.v1.test_helpers.test_clocks.create(params={"frozen_time": int(time.time())})
        self.customer = client.v1.customers.create(params={"email": "a@example.org", "test_clock": self.clock.id})
        params = {
            "mode": "subscription",
            "customer": self.customer.id,
            "line_items": [{"price": self.price.id, "quantity": 1}],
            "success_url": "http://localhost:8000/back?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:8000/plans",
            "subscription_data": {"metadata": {"workspace_id": "w1"}, **data},
            **(session or {}),
        }
        self.session = client.v1.checkout.sessions.create(params=params)
        self.paid = self.pay(card=card, **(typed or {}))

    def pay(self, **typed: str) -> dict[str, Any]:
        """As on the page."""
        return self.sandbox.control.call("POST", "stripe/pay", {"session": self.session.id, **typed})

    @property
    def subscription(self) -> Any:
        return self.client.v1.subscriptions.list(params={"customer": self.customer.id, "status": "all"}).data[0]

    def card(self, number: str, **more: Any) -> None:
        self.sandbox.control.call("POST", "stripe/card", {"customer": self.customer.id, "card": number, **more})

    def advance(self, days: float) -> None:
        now = self.client.v1.test_helpers.test_clocks.retrieve(self.clock.id).frozen_time
        self.client.v1.test_helpers.test_clocks.advance(self.clock.id, params={"frozen_time": now + int(days * DAY)})

    def told(self) -> list[str]:
        found = self.client.v1.events.list(params={"limit": 100})
        return [event.type for event in reversed(found.data)]

    def invoices(self) -> list[Any]:
        """Oldest first."""
        found = self.client.v1.invoices.list(params={"customer": self.customer.id, "limit": 100})
        return list(reversed(found.data))
