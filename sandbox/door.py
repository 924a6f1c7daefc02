"""The one way into every API endpoint: read, identify, maybe go wrong, act, witness, answer."""

import asyncio
import logging
import time
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.bodies import read_body
from sandbox.calls import Answer, Call, Hang, Operation, Problem, Reply, Reset
from sandbox.faults import Fault
from sandbox.ledger import Entry
from sandbox.platforms.base import Service
from sandbox.rates import Allowance
from sandbox.streaming import send_stream, spoiled
from sandbox.wire import Wire, wait_for_disconnect, wire_of
from sandbox.world import World

log = logging.getLogger("sandbox")
FOR_EVER = 24 * 3600.0


class Door:
    """ASGI endpoint of one operation."""

    def __init__(self, world: World, platform: Service, operation: Operation) -> None:
        self.world = world
        self.platform = platform
        self.operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = wire_of(scope)
        call = self._call(Request(scope), wire)
        try:
            await self._read(Request(scope, receive), call)
            await self._serve(call, wire, scope, receive, send)
        except ClientDisconnect:
            return
        finally:
            if call.upload and call.upload.file and "late" not in call.notes:
                call.upload.file.unlink(missing_ok=True)

    async def _read(self, request: Request, call: Call) -> None:
        operation = self.operation
        try:
            await read_body(
                request, call, max_body=operation.max_body, spool=self.world.config.spool, to_disk=operation.to_disk
            )
        except ClientDisconnect:
            if operation.broken is not None and self._identify(call) is None:
                with self.world.store.transaction():
                    operation.broken(call)
            raise

    # Between matching a fault and spending it nothing awaits, so one firing is never shared by two requests. Only
    # "slow" has to wait in between, and is spent before.
    async def _serve(self, call: Call, wire: Wire, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._identify(call)
        with self.world.in_progress(call if self.operation.creates else None):
            if delay := self.world.settings["api_delay_ms"]:
                await asyncio.sleep(delay / 1000)
            if refused is None and self.operation.prepare is not None:
                refused = await self._prepare(call)
            fault = None if refused else self.world.faults.match(call)
            if fault is not None and fault.kind == "slow":
                with self.world.store.transaction():
                    self.world.faults.spend(fault)
                await asyncio.sleep(fault.seconds("seconds", 5))
            answer = self._settle(call, fault, refused)
            await self._deliver(answer, wire, scope, receive, send)

    def _call(self, request: Request, wire: Wire) -> Call:
        return Call(
            world=self.world,
            platform=self.platform.slug,
            operation=self.operation.name,
            method=request.method,
            path=request.url.path,
            url=f"{request.url.scheme}://{request.headers.get('host', '').lower()}{request.url.path}",
            query=request.query_params.multi_items(),
            path_params={name: str(value) for name, value in request.path_params.items()},
            headers=request.headers,
            at_first_byte=wire.take_first_byte_at(),
            target=_target(request),
        )

    def _identify(self, call: Call) -> Problem | None:
        if self.operation.name_of is not None:
            call.operation = self.operation.name_of(call)
        try:
            call.actor = self.operation.identify(call)
        except Problem as problem:
            return problem
        return Problem(self.platform.too_large(call)) if call.is_too_large else None

    async def _prepare(self, call: Call) -> Problem | None:
        assert self.operation.prepare is not None  # noqa: S101 - asked by the caller
        try:
            await self.operation.prepare(call)
        except Problem as problem:
            return problem
        except OSError:  # another request may have taken the same files away meanwhile
            log.exception("%s could not be prepared", call.operation)
            return Problem(self.platform.server_error(call, 500))
        return None

    def _settle(self, call: Call, fault: Fault | None, refused: Problem | None) -> Answer:
        """Decide, act and witness in one transaction."""
        world = self.world
        try:
            with world.store.transaction():
                allowance = world.rates.take(call, self.operation.limits, enforced=world.settings["rate_limits"])
                answer, fired = self._decide(call, fault, refused, allowance)
                entry_id = world.ledger.record(self._entry(call, answer, fired))
                if fired and fired.kind != "slow":
                    world.faults.spend(fired)
                if fired and fired.kind == "late_delivery":
                    call.notes["late"] = True
                    world.late.schedule(call, self.operation.name, entry_id, fired.seconds("seconds", 5))
        except BaseException:
            # The rollback has put back a fault that the cache thinks is spent.
            world.faults.reload()
            raise
        if isinstance(answer, Reply):
            return replace(answer, headers=allowance.headers | answer.headers)
        return answer

    def _decide(
        self, call: Call, fault: Fault | None, refused: Problem | None, allowance: Allowance
    ) -> tuple[Answer, Fault | None]:
        if refused is not None:
            return refused.reply, None
        if fault is not None and fault.kind != "slow" and not fault.has_effect:
            return self._fail(call, fault), fault
        # Armed faults come before the real limits: whoever armed one wants to see it.
        if allowance.exceeded is not None:
            return self.platform.rate_limited(call, allowance.exceeded, allowance.resets_at), None
        reply = self._act(call)
        if fault is None or fault.kind == "slow":
            return reply, fault
        # The caller's own mistake is told as it is; the fault stays armed for a request that is accepted.
        # 308 is how a resumable upload takes a part of its bytes.
        return (self._spoil(call, fault, reply), fault) if reply.status < 400 else (reply, None)

    def _act(self, call: Call) -> Reply:
        try:
            # A savepoint: a refusal undoes what the handler wrote, the ledger row stays.
            with self.world.store.transaction():
                return self.operation.handle(call)
        except Problem as problem:
            return problem.reply
        except Exception:  # a fault of the sandbox itself must still be witnessed and answered
            log.exception("%s failed", call.operation)
            return self.platform.server_error(call, 500)

    def _fail(self, call: Call, fault: Fault) -> Answer:
        """What the caller gets from a fault that keeps the request from being carried out."""
        match fault.kind:
            case "hang":
                return Hang(fault.seconds("hang_seconds", FOR_EVER))
            case "reset":
                return Reset()
            case "late_delivery":
                return self._server_error(call, fault) if "status" in fault.params else Reset()
            case "reject_5xx":
                return self._server_error(call, fault)
            case "html_502":
                return html_error(502)
        return self.platform.fault_reply(call, fault)

    def _spoil(self, call: Call, fault: Fault, reply: Reply) -> Answer:
        """What the caller gets from a fault after the request was carried out."""
        match fault.kind:
            case "accept_then_hang":
                return Hang(fault.seconds("hang_seconds", FOR_EVER), reply.effect)
            case "accept_then_reset":
                return Reset(reply.effect)
            case "accept_then_5xx":
                return replace(self._server_error(call, fault), effect=reply.effect)
            case "html_502":
                return replace(html_error(502), effect=reply.effect)
            case "missing_id":
                return self.platform.forgetful(reply)
            case "cut_stream" | "silent_stream":
                return spoiled(reply, fault)
        return replace(reply, status=200, stream=None, body=reply.content()[: len(reply.content()) // 2])

    def _server_error(self, call: Call, fault: Fault) -> Reply:
        status = int(fault.params.get("status", 503))
        return html_error(status) if fault.params.get("html") else self.platform.server_error(call, status)

    def _entry(self, call: Call, answer: Answer, fault: Fault | None) -> Entry:
        account = call.actor.account if call.actor else None
        return Entry(
            at=time.time(),
            at_first_byte=call.at_first_byte,
            platform=call.platform,
            operation=call.operation,
            method=call.method,
            path=call.path,
            username=account.username if account else None,
            account_id=account.id if account else None,
            client_id=call.actor.client_id if call.actor else None,
            status=answer.status if isinstance(answer, Reply) else None,
            effect=answer.effect,
            request_sha256=call.body_sha256,
            fault=fault.kind if fault else None,
            concurrent=self.world.others_in_progress(call) if self.operation.creates else 0,
        )

    async def _deliver(self, answer: Answer, wire: Wire, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(answer, Reply) and answer.stream is not None:
            await send_stream(self.world, answer, wire, receive, send)
            return
        if isinstance(answer, Reply):
            response = Response(answer.content(), answer.status, answer.headers, answer.media_type)
            await response(scope, receive, send)
            return
        if isinstance(answer, Hang):
            await self.world.wait_until_closing(wait_for_disconnect(receive), answer.seconds)
            wire.close()
        else:
            wire.reset()
        await wait_for_disconnect(receive)


def _target(request: Request) -> str:
    """Path and query before anything in them was decoded."""
    path, query = request.scope.get("raw_path") or b"", request.scope.get("query_string") or b""
    return (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


def html_error(status: int) -> Reply:
    """What an edge server says when it cannot reach the platform."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status} Bad Gateway</h1></body></html>"
    return Reply(status, page.encode(), media_type="text/html")
