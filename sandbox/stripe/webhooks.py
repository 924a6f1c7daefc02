"""Telling the app what happened: signed, at least once, later when it does not answer. https://docs.stripe.com/webhooks"""

import asyncio
import hmac
import json
import logging
import time
import urllib.error
import urllib.request
from typing import Any

from sandbox.stripe.objects import Object, shown
from sandbox.world import World

log = logging.getLogger("sandbox")
# Everybody who runs the sandbox knows it: it protects nothing but this machine's own games.
SECRET = "whsec_sandbox_known_to_everybody"  # noqa: S105
# Thin events go to a destination of their own: the same addresses with this behind.
THIN_SECRET = "whsec_sandbox_thin_known_to_everybody"  # noqa: S105
THIN_PATH = "/meters"
RETRY_SECONDS = (1, 10, 60, 600, 3600)


def payload(event: Object) -> str:
    return json.dumps(shown(event), separators=(",", ":"))


def signature(body: str, *, secret: str = SECRET, at: float | None = None) -> str:
    """The header `Stripe-Signature` for this very body."""
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.{body}".encode(), "sha256").hexdigest()
    return f"t={moment},v1={mac}"


class Webhooks:
    def __init__(self, world: World) -> None:
        self.world = world
        self._changed = asyncio.Event()

    def post(self, event: Object) -> None:
        """Line an event up for every address, unless webhooks are switched off (then it is lost, as in a bad night)."""
        self._line_up(event, "")

    def post_thin(self, event: Object) -> None:
        self._line_up(event, THIN_PATH)

    def _line_up(self, event: Object, path: str) -> None:
        if not self.world.settings["stripe_webhooks"]:
            return
        for url in (f"{each}{path}" for each in self.world.config.stripe_webhooks):
            self.world.store.insert(
                "st_delivery", {"event_id": event["id"], "url": url, "due_at": time.time(), "tries": 0}
            )
        self._changed.set()

    async def run(self) -> None:
        """Deliver until the program ends. Deliveries go by real time, whatever the sandbox's clock says."""
        while True:
            self._changed.clear()
            for row in self._due():
                await self._deliver(row)
            due = self.world.store.scalar("select min(due_at) from st_delivery where delivered_at is null")
            wait = None if due is None else max(0.05, due - time.time())
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                continue

    def _due(self) -> list[dict[str, Any]]:
        rows = self.world.store.all(
            "select * from st_delivery where delivered_at is null and due_at <= ? order by id limit 50", [time.time()]
        )
        return [dict(row) for row in rows]

    async def _deliver(self, row: dict[str, Any]) -> None:
        platform: Any = self.world.services["stripe"]
        known = platform.objects.find
        event = known("event", row["event_id"]) or known("v2.core.event", row["event_id"])
        status = await asyncio.to_thread(_send, row["url"], payload(event)) if event else 410
        is_done = event is None or 200 <= status < 300 or row["tries"] + 1 > len(RETRY_SECONDS)
        again = RETRY_SECONDS[min(row["tries"], len(RETRY_SECONDS) - 1)]
        self.world.store.execute(
            "update st_delivery set tries = tries + 1, status = ?, delivered_at = ?, due_at = ? where id = ?",
            [status, time.time() if is_done else None, time.time() + again, row["id"]],
        )


def _send(url: str, body: str) -> int:
    """The status of the answer; 0 when there was none."""
    secret = THIN_SECRET if url.endswith(THIN_PATH) else SECRET
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signature(body, secret=secret),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    request = urllib.request.Request(url, body.encode(), headers, method="POST")  # noqa: S310 - an address of our own
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, OSError) as error:
        log.info("a webhook could not be delivered: %s", error)
        return 0
