"""What we send, as somebody else's Stripe understands it: localstripe, which knows nothing of our sandbox.

It speaks an older version of the API and has no prices, checkout, portal or lists of discounts, and subscriptions of one item
only; customers, products, quantities, invoices, events and signed webhooks it has.
"""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from billing import gateway
from billing.tests.shop import nonce
from multivio.testing.environment import free_port
from multivio.testing.waiting import eventually, tied
from tests.serving import QuietHandler, Server

SECRET = "whsec_of_the_fake"


@pytest.fixture
def fake(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(gateway, "WITH", ("latest_invoice",))
    port = free_port()
    command = tied([sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    settings.STRIPE_SECRET_KEY = "sk_test_12345"
    settings.STRIPE_API_URL = url = f"http://127.0.0.1:{port}"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    try:
        assert eventually(lambda: _answers(url))
        yield url
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return bool(requests.get(f"{url}/v1/customers", auth=("sk_test_12345", ""), timeout=2).ok)
    except requests.RequestException:
        return False


def send(to: str, **form: str) -> Any:
    """What only the sandbox's pages do in the product: pay."""
    answer = requests.post(to, data=form, auth=("sk_test_12345", ""), timeout=5)
    assert answer.ok, answer.text
    return answer.json() if answer.text.startswith("{") else {}


def test_its_subscriptions_take_our_requests_and_we_take_its_webhooks(fake: str) -> None:
    heard: list[tuple[bytes, str]] = []

    class Listener(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((body, self.headers["stripe-signature"]))
            self.send_response(200)
            self.end_headers()

    with Server(Listener) as server:
        send(f"{fake}/_config/webhooks/product", url=server.url, secret=SECRET)
        customer = gateway.create_customer(
            email="a@example.org", name="Norre Studio", metadata={"workspace_id": "w1"}, key=nonce()
        )
        assert gateway.customer(customer)["metadata"] == {"workspace_id": "w1"}
        gateway.create_product(product_id="multivio_team", name="Multivio Team")
        plan = {"id": "team_monthly_v1", "amount": "2900", "currency": "eur", "interval": "month"}
        send(f"{fake}/v1/plans", product="multivio_team", **plan)
        card = {
            "card[number]": "4242424242424242",
            "card[exp_month]": "12",
            "card[exp_year]": "2031",
            "card[cvc]": "123",
        }
        method = send(f"{fake}/v1/payment_methods", type="card", **card)["id"]
        send(f"{fake}/v1/payment_methods/{method}/attach", customer=customer)
        send(f"{fake}/v1/customers/{customer}", **{"invoice_settings[default_payment_method]": method})
        made = send(
            f"{fake}/v1/subscriptions",
            customer=customer, **{"items[0][plan]": "team_monthly_v1"},
        )["id"]  # fmt: skip
        for wanted in (True, False):
            change = {"cancel_at_period_end": wanted}
            assert gateway.change_subscription(made, change, key=nonce())["cancel_at_period_end"] is wanted
        item = gateway.subscription(made)["items"]["data"][0]["id"]
        more = gateway.change_subscription(made, {"items": [{"id": item, "quantity": 3}]}, key=nonce())
        assert [each["quantity"] for each in more["items"]["data"]] == [3]
        assert gateway.subscription(made)["status"] == "active"
        assert [each["id"] for each in gateway.subscriptions_of(customer)] == [made]
        assert [each["status"] for each in gateway.invoices_of(customer)] == ["paid"]
        assert eventually(lambda: any(b"customer.subscription.created" in body for body, _ in heard))
    assert {gateway.opened(body, header)["object"] for body, header in heard} == {"event"}
    with pytest.raises(gateway.BadSignature):
        gateway.opened(heard[0][0] + b" ", heard[0][1])
