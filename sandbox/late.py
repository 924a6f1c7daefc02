"""Late deliveries: requests that failed for the caller and take effect some seconds later all the same."""

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers

from sandbox.calls import Actor, Call, Operation, Problem, Upload
from sandbox.store import Row

if TYPE_CHECKING:
    from sandbox.world import World

log = logging.getLogger("sandbox")


class LateDeliveries:
    """Kept in the database, due by the sandbox clock, so neither a restart nor a test's haste loses one."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._changed = asyncio.Event()

    def schedule(self, call: Call, operation: str, ledger_id: int, seconds: float) -> None:
        self._world.store.insert(
            "late_delivery",
            {
                "platform": call.platform,
                "ledger_id": ledger_id,
                "due_at": self._world.clock.now() + seconds,
                "call": json.dumps(_packed(call) | {"endpoint": operation}),
                "body": call.body,
            },
        )
        self._changed.set()

    def deliver_due(self) -> None:
        """Carry out whatever is due by now."""
        rows = self._world.store.all(
            "select * from late_delivery where due_at <= ? order by due_at, id", [self._world.clock.now()]
        )
        for row in rows:
            self._deliver(row)
        self._changed.set()

    async def run(self) -> None:
        while True:
            due = self._world.store.scalar("select min(due_at) from late_delivery")
            # The clock may be pushed meanwhile; deliver_due() is called then and sets the event.
            timeout = None if due is None else max(0.0, due - self._world.clock.now())
            try:
                await asyncio.wait_for(self._changed.wait(), timeout)
            except TimeoutError:
                self.deliver_due()
            self._changed.clear()

    def clear(self, platform: str | None) -> None:
        self._world.store.execute("delete from late_delivery where ? is null or platform = ?", [platform, platform])

    def _deliver(self, row: Row) -> None:
        packed = json.loads(row["call"])
        operation = self._world.operation(row["platform"], packed["endpoint"])
        call = self._unpacked(row["platform"], packed, row["body"])
        with self._world.store.transaction():
            self._world.store.execute("delete from late_delivery where id = ?", [row["id"]])
            if call is not None:
                self._world.ledger.set_effect(row["ledger_id"], self._effect(operation, call), time.time())
        if call is not None and call.upload and call.upload.file:
            call.upload.file.unlink(missing_ok=True)

    def _effect(self, operation: Operation, call: Call) -> dict[str, Any] | None:
        try:
            with self._world.store.transaction():
                return operation.handle(call).effect
        except Problem as problem:
            log.info("a late %s was refused: %s", call.operation, problem)
            return None

    def _unpacked(self, platform: str, packed: dict[str, Any], body: bytes) -> Call | None:
        actor = None
        if packed["account_id"] is not None:
            account = self._world.accounts.get(platform, packed["account_id"])
            if account is None:
                return None
            actor = Actor(account, packed["client_id"], packed["consent_id"], tuple(packed["scopes"]))
        upload = packed["upload"]
        return Call(
            world=self._world,
            platform=platform,
            operation=packed["operation"],
            method=packed["method"],
            path=packed["path"],
            url=packed["url"],
            query=[(name, value) for name, value in packed["query"]],
            path_params=packed["path_params"],
            headers=Headers(packed["headers"]),
            body=body,
            upload=upload and Upload(upload["fields"], upload["file"] and Path(upload["file"]), upload["file_size"]),
            actor=actor,
            notes=packed["notes"],
        )


def _packed(call: Call) -> dict[str, Any]:
    upload = call.upload and {
        "fields": call.upload.fields,
        "file": call.upload.file and str(call.upload.file),
        "file_size": call.upload.file_size,
    }
    return {
        "operation": call.operation,
        "method": call.method,
        "path": call.path,
        "url": call.url,
        "query": call.query,
        "path_params": call.path_params,
        "headers": dict(call.headers),
        "notes": call.notes,
        "upload": upload,
        "account_id": call.actor.account.id if call.actor else None,
        "client_id": call.actor.client_id if call.actor else None,
        "consent_id": call.actor.consent_id if call.actor else None,
        "scopes": call.actor.scopes if call.actor else (),
    }
