"""Stripe as a part of the sandbox: a service with pages, which publishes nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from starlette.routing import Route

from sandbox.calls import Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.platforms.base import Service
from sandbox.settings import Value
from sandbox.stripe import answers, clockwork, endpoints, support, views
from sandbox.stripe.objects import Objects
from sandbox.stripe.webhooks import Webhooks

if TYPE_CHECKING:
    from sandbox.world import World

TABLES = ("st_object", "st_idempotency", "st_delivery")


class Stripe(Service):
    slug = "stripe"
    name = "Stripe"
    api_root = "/stripe/api"
    schema = (Path(__file__).parent / "schema.sql").read_text()
    settings: ClassVar[dict[str, Value]] = {"stripe_webhooks": True, "stripe_after_retries": "unpaid"}
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "stripe_after_retries": ("canceled", "unpaid", "past_due", "paused")
    }

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self.objects = Objects(world)
        self.webhooks = Webhooks(world)

    @property
    def operations(self) -> Sequence[Operation]:
        return endpoints.OPERATIONS

    @property
    def tile(self) -> str:
        alive = sum(each["status"] in ("active", "trialing") for each in self.objects.all("subscription"))
        return f"{alive} living subscription{'' if alive == 1 else 's'}"

    def pages(self) -> list[Route]:
        return views.routes(self.world)

    def control(self) -> list[Route]:
        return support.routes(self.world)

    def clear(self) -> None:
        for table in TABLES:
            self.world.store.execute(f"delete from {table}")  # noqa: S608

    def clock_moved(self) -> None:
        with self.world.store.transaction():
            clockwork.tick(self.objects)

    async def run(self) -> None:
        await self.webhooks.run()

    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        match fault.kind:
            case "rate_limit":
                return self._too_many()
            case "unauthorized" | "token_revoked" | "suspended":
                return answers.error(401, "Invalid API Key provided: sk_test_****")
            case "missing_id":
                return answers.ok({})
            case "refuse":
                told = fault.params
                kind = str(told.get("type", "card_error" if told.get("status") == 402 else "invalid_request_error"))
                message = str(told.get("message", "The sandbox was told to refuse this."))
                return answers.error(int(told.get("status", 400)), message, kind=kind, code=str(told.get("code", "")))
        return self.server_error(call, 503)

    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply:
        return self._too_many()

    def server_error(self, call: Call, status: int) -> Reply:
        message = "An unknown error occurred."
        return answers.error(status, message, kind="api_error")

    def too_large(self, call: Call) -> Reply:
        return answers.error(413, "The request is too large.")

    @staticmethod
    def _too_many() -> Reply:
        return answers.error(429, "Request rate limit exceeded.", code="rate_limit")
