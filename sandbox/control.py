"""The control API for tests, chaos runs and support: JSON under /_sandbox/api/."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.apps import App
from sandbox.faults import UnknownFault
from sandbox.settings import UnknownSetting
from sandbox.world import World

Handler = Callable[[Request], Awaitable[Response]]
SAFE_METHODS = ("GET", "HEAD")


class Guard:
    """Writes need the header `X-Sandbox: 1`, which no web page of another origin can send without asking."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_marked = (b"x-sandbox", b"1") in scope["headers"]
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not is_marked:
            refusal = JSONResponse({"error": "Send the header X-Sandbox: 1."}, 403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def mount(world: World) -> Mount:
    routes = [*_world_routes(world), *_people_routes(world), *_fault_routes(world), *_ledger_routes(world)]
    routes += [
        Route(f"/{service.slug}{route.path}", route.endpoint, methods=route.methods)
        for service in world.services.values()
        for route in service.control()
    ]
    return Mount("/_sandbox/api", app=Guard(Router(routes)))


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


def _told(handler: Handler) -> Handler:
    """Turn a caller's mistake into a 400 that says what it was."""

    async def told(request: Request) -> Response:
        try:
            return await handler(request)
        except (UnknownFault, UnknownSetting, ValueError, KeyError, TypeError, sqlite3.IntegrityError) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return told


def _world_routes(world: World) -> list[Route]:
    async def reset(request: Request) -> Response:
        body = await _body(request)
        world.reset(body.get("platform"), keep_accounts=bool(body.get("keep_accounts", True)))
        return JSONResponse({"ok": True})

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            world.clock.advance(float((await _body(request))["advance_seconds"]))
            world.late.deliver_due()
            world.clock_moved()
        return JSONResponse({"now": world.clock.now(), "offset_seconds": world.clock.offset})

    async def settings(request: Request) -> Response:
        if request.method == "POST":
            world.settings.update(await _body(request))
        return JSONResponse(world.settings.values)

    return [
        Route("/reset", _told(reset), methods=["POST"]),
        Route("/clock", _told(clock), methods=["GET", "POST"]),
        Route("/settings", _told(settings), methods=["GET", "POST"]),
    ]


def _people_routes(world: World) -> list[Route]:
    async def apps(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"apps": [app.as_json() for app in world.apps.all()]})
        body = await _body(request)
        body["redirect_uris"] = tuple(body.get("redirect_uris", ()))
        defaults = {"client_secret": "", "name": body.get("client_id", "")}
        app = App(**{**defaults, **body})
        _known(world, app.platform)
        return JSONResponse(world.apps.register(app).as_json(), 201)

    async def accounts(request: Request) -> Response:
        if request.method == "GET":
            found = world.accounts.all(request.query_params.get("platform"))
            return JSONResponse({"accounts": [account.as_json() for account in found]})
        body = await _body(request)
        account = world.platforms[_known(world, body["platform"])].make_account(body)
        return JSONResponse(world.accounts.add(account).as_json(), 201)

    async def tokens(request: Request) -> Response:
        platform, body = world.platforms[_known(world, request.path_params["platform"])], await _body(request)
        account = world.accounts.by_username(platform.slug, body["username"])
        app = world.apps.get(platform.slug, body["client_id"])
        if account is None or app is None:
            raise ValueError("No such account or app.")
        scopes = tuple(body["scopes"]) if body.get("scopes") is not None else None
        with world.store.transaction():
            return JSONResponse(platform.mint(account, app, scopes), 201)

    return [
        Route("/apps", _told(apps), methods=["GET", "POST"]),
        Route("/accounts", _told(accounts), methods=["GET", "POST"]),
        Route("/{platform}/tokens", _told(tokens), methods=["POST"]),
    ]


def _known(world: World, platform: str) -> str:
    if platform not in world.platforms:
        raise ValueError(f"platform must be one of {', '.join(world.platforms)}.")
    return platform


def _fault_routes(world: World) -> list[Route]:
    async def faults(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"faults": [fault.as_json() for fault in world.faults.all()]})
        if request.method == "DELETE":
            world.faults.clear()
            return JSONResponse({"ok": True})
        return JSONResponse(world.faults.add(await _body(request)).as_json(), 201)

    async def fault(request: Request) -> Response:
        is_removed = world.faults.remove(request.path_params["id"])
        return JSONResponse({"removed": is_removed}, 200 if is_removed else 404)

    return [
        Route("/faults", _told(faults), methods=["GET", "POST", "DELETE"]),
        Route("/faults/{id:int}", _told(fault), methods=["DELETE"]),
    ]


def _ledger_routes(world: World) -> list[Route]:
    async def ledger(request: Request) -> Response:
        asked = request.query_params
        rows = world.ledger.rows(
            platform=asked.get("platform"),
            operation=asked.get("operation"),
            since_id=int(asked.get("since_id", "0")),
            limit=int(asked.get("limit", "1000")),
        )
        return JSONResponse({"rows": rows, "last_id": rows[-1]["id"] if rows else int(asked.get("since_id", "0"))})

    async def clear(request: Request) -> Response:
        world.ledger.clear((await _body(request)).get("platform"))
        return JSONResponse({"ok": True})

    return [
        Route("/ledger", _told(ledger), methods=["GET"]),
        Route("/ledger/clear", _told(clear), methods=["POST"]),
    ]
