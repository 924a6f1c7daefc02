"""Everything Stripe keeps, as JSON in one table; each change of it makes an event. Names that begin with `_` are ours."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from sandbox.store import Row
from sandbox.stripe.answers import VERSION, missing
from sandbox.world import World

Object = dict[str, Any]
PREFIXES = {
    "customer": "cus", "product": "prod", "price": "price", "checkout.session": "cs_test", "subscription": "sub",
    "subscription_item": "si", "invoice": "in", "event": "evt", "payment_method": "pm", "test_helpers.test_clock": "clock",
    "billing_portal.session": "bps", "billing.meter_event": "mev", "webhook_endpoint": "we", "coupon": "co",
    "promotion_code": "promo", "discount": "di", "tax_id": "txi", "payment_intent": "pi", "charge": "ch", "refund": "re",
    "dispute": "du", "billing.meter": "mtr", "billing.meter_event_summary": "mtrusg", "v2.core.event": "evt",
}  # fmt: skip


def new_id(kind: str) -> str:
    return f"{PREFIXES[kind]}_{secrets.token_hex(12)}"


def shown(value: Any) -> Any:
    """As callers see it: without what is the sandbox's own."""
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items() if not name.startswith("_")}
    return [shown(item) for item in value] if isinstance(value, list) else value


class Objects:
    def __init__(self, world: World) -> None:
        self.world = world

    def now(self, customer: str | None = None) -> int:
        """Stripe's time: that of the customer's test clock, if there is one."""
        clock = self.get("customer", customer).get("test_clock") if customer else None
        if clock:
            return int(self.get("test_helpers.test_clock", clock)["frozen_time"])
        return int(self.world.clock.now())

    def make(self, kind: str, body: Object, *, customer: str | None = None, tell: str = "") -> Object:
        """Keep a new object. `tell` is the event that says so."""
        known = {"id": new_id(kind), "object": kind, "created": self.now(customer), "livemode": False}
        made: Object = {**known, **body}
        self.world.store.insert(
            "st_object",
            {
                "id": made["id"],
                "kind": kind,
                "customer": customer,
                "created": made["created"],
                "body": json.dumps(made),
            },
        )
        if tell:
            self.tell(tell, made, customer=customer)
        return made

    def get(self, kind: str, object_id: str | None, *, param: str = "id") -> Object:
        """Raises the refusal that Stripe gives for an id it does not know."""
        row = self.world.store.one("select * from st_object where id = ? and kind = ?", [object_id or "", kind])
        if row is None:
            raise missing(kind, object_id or "", param)
        return self._read(row)

    def find(self, kind: str, object_id: str | None) -> Object | None:
        row = self.world.store.one("select * from st_object where id = ? and kind = ?", [object_id or "", kind])
        return None if row is None else self._read(row)

    def all(self, kind: str, *, customer: str | None = None) -> list[Object]:
        """Oldest first."""
        rows = self.world.store.all(
            "select * from st_object where kind = ? and (? is null or customer = ?) order by seq",
            [kind, customer, customer],
        )
        return [self._read(row) for row in rows]

    def change(self, found: Object, *, tell: str = "", **changes: Any) -> Object:
        """Write changes into an object; the event names what was there before."""
        before = {name: found.get(name) for name, value in changes.items() if found.get(name) != value}
        found.update(changes)
        self.world.store.execute("update st_object set body = ? where id = ?", [json.dumps(found), found["id"]])
        if tell and before:
            self.tell(tell, found, previous=shown(before), customer=found.get("customer"))
        return found

    def tell(self, kind: str, what: Object, *, previous: Object | None = None, customer: str | None = None) -> Object:
        """An event, and its delivery to every endpoint."""
        data: Object = {"object": shown(what), **({"previous_attributes": previous} if previous else {})}
        owner = customer if what["object"] != "customer" else what["id"]
        made = self.make(
            "event",
            {
                "type": kind,
                "api_version": VERSION,
                "data": data,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
                "created": self.now(owner),
            },
        )
        platform: Any = self.world.services["stripe"]
        platform.webhooks.post(made)
        return made

    def page(self, found: Sequence[Object], asked: Object, url: str) -> Object:
        """A list as the API has it: newest first, with `limit` and `starting_after`."""
        rows = list(reversed(found))
        if after := asked.get("starting_after"):
            ids = [row["id"] for row in rows]
            if after not in ids:
                raise missing(rows[0]["object"] if rows else "object", after, "starting_after")
            rows = rows[ids.index(after) + 1 :]
        limit = min(100, max(1, int(asked.get("limit", 10))))
        return {
            "object": "list",
            "url": url,
            "has_more": len(rows) > limit,
            "data": [shown(row) for row in rows[:limit]],
        }

    @staticmethod
    def _read(row: Row) -> Object:
        body: Object = json.loads(row["body"])
        return body
