"""The ASGI application: API doors first, then pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import admin, avatars, control
from sandbox.config import is_loopback
from sandbox.door import Door
from sandbox.pages import FOLDER, sorry
from sandbox.world import World


class LoopbackHosts:
    """Answer only to loopback names, so that no web page reaches the sandbox by a name of its own (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
            if not is_loopback(host.rpartition(":")[0].strip("[]") if ":" in host else host):
                await PlainTextResponse("the sandbox answers to loopback names only", 421)(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _not_found(request: Request, error: Exception) -> Response:
    if "/api/" in request.url.path:
        return JSONResponse({"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"}, 404)
    return sorry("Nothing here", "The sandbox has no page at this address.", status=404)


def make_app(world: World) -> LoopbackHosts:
    routes: list[BaseRoute] = []
    # Routes are tried in order, so the busy ones come first and the catch-all /<platform>/<username> last.
    for service in world.services.values():
        routes += [
            Route(service.api_root + operation.path, Door(world, service, operation), methods=[operation.method])
            for operation in service.operations
        ]
    routes += [Route("/healthz", _healthz), control.mount(world), *admin.routes(world), avatars.route(world)]
    routes.append(Mount("/static", app=StaticFiles(directory=FOLDER / "static")))
    for service in world.services.values():
        routes += [
            Route(f"/{service.slug}{route.path}".rstrip("/"), route.endpoint, methods=route.methods)
            for route in service.pages()
        ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        going_on = [
            asyncio.create_task(work) for work in (world.late.run(), *(each.run() for each in world.services.values()))
        ]
        yield
        for each in going_on:
            each.cancel()
        world.close()

    return LoopbackHosts(Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _not_found}))
