"""The sandbox's Stripe tells an address what happened, signed, and tells it again when it was not heard."""

import threading
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.testing import start
from tests.serving import QuietHandler, Server

SECRET = "whsec_sandbox_known_to_everybody"


def test_events_are_delivered_signed_and_again_after_a_failure(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    arrived = threading.Semaphore(0)

    class Listener(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            heard.append((body, self.headers["stripe-signature"]))
            self.send_response(500 if len(heard) == 1 else 200)
            self.end_headers()
            arrived.release()

    with Server(Listener) as server:
        running = start(tmp_path, stripe_webhooks=[f"{server.url}/hook"])
        try:
            base: Any = {"api": f"{running.url}/stripe/api"}
            client = stripe.StripeClient("sk_test_x", base_addresses=base)
            made = client.v1.customers.create(params={"email": "a@example.org"})
            assert arrived.acquire(timeout=10)
            assert arrived.acquire(timeout=10)
        finally:
            running.stop()
    events = [client.construct_event(body, signature, SECRET) for body, signature in heard]
    assert [event.type for event in events] == ["customer.created", "customer.created"]
    assert events[0].id == events[1].id
    assert made.id in heard[0][0]


def test_it_tells_nobody_but_this_machine(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        start(tmp_path, stripe_webhooks=["https://example.org/hook"])
