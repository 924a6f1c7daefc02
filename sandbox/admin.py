"""The page behind the curtain: faults, ledger, apps, accounts and the clock, for people."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.faults import KINDS, UnknownFault
from sandbox.pages import page, sorry
from sandbox.world import World

LEDGER_ROWS = 100
PARAMETERS = ("seconds", "hang_seconds", "status")


def routes(world: World) -> list[Route]:
    async def front(request: Request) -> Response:
        tiles = [each for each in world.services.values() if each.tile]
        return page("front.html", _context(world) | {"summary": _summary(world), "tiles": tiles})

    async def admin(request: Request) -> Response:
        return page("admin.html", _context(world) | _ledger(world, request))

    async def add_fault(request: Request) -> Response:
        form = {name: str(value).strip() for name, value in (await request.form()).items() if str(value).strip()}
        params = {name: float(form[name]) for name in PARAMETERS if name in form}
        wanted = {
            name: form[name] for name in ("platform", "operation", "kind", "username", "match_text") if name in form
        }
        world.faults.add(wanted | {"times": int(form.get("times", "1")), "params": params})
        return _back("faults")

    async def remove_fault(request: Request) -> Response:
        world.faults.remove(request.path_params["id"])
        return _back("faults")

    async def push_clock(request: Request) -> Response:
        world.clock.advance(float(str((await request.form()).get("seconds", "0"))))
        world.late.deliver_due()
        world.clock_moved()
        return _back("clock")

    return [
        Route("/", front),
        Route("/_sandbox", admin),
        Route("/_sandbox/faults", _own(add_fault), methods=["POST"]),
        Route("/_sandbox/faults/{id:int}/remove", _own(remove_fault), methods=["POST"]),
        Route("/_sandbox/clock", _own(push_clock), methods=["POST"]),
    ]


def _own(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Forms count only from our own pages: browsers always name the origin of a POST."""

    async def guarded(request: Request) -> Response:
        if urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host"):
            return sorry("Not from here", "This form can only be sent from the sandbox's own page.", status=403)
        try:
            return await handler(request)
        except (UnknownFault, ValueError) as mistake:
            return sorry("That does not work", str(mistake), status=400)

    return guarded


def _back(anchor: str) -> RedirectResponse:
    return RedirectResponse(f"/_sandbox#{anchor}", 303)


def _context(world: World) -> dict[str, Any]:
    operations = {operation.name for service in world.services.values() for operation in service.operations}
    return {
        "services": list(world.services.values()),
        "accounts": world.accounts.all(),
        "apps": world.apps.all(),
        "faults": world.faults.all(),
        "kinds": KINDS,
        "operations": sorted(operations | {"token_refresh"}),
        "now": datetime.fromtimestamp(world.clock.now(), UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "offset": round(world.clock.offset),
        "settings": world.settings.values,
    }


def _summary(world: World) -> list[dict[str, Any]]:
    return [dict(row) | {"last": _clock_time(row["last_at"])} for row in world.ledger.summary()]


def _ledger(world: World, request: Request) -> dict[str, Any]:
    asked = {name: request.query_params.get(name) or None for name in ("platform", "operation", "username")}
    rows = world.ledger.latest(**asked, limit=LEDGER_ROWS)
    return {"asked": asked, "rows": [row | {"time": _clock_time(row["at"])} for row in rows]}


def _clock_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S.%f")[:-3]
