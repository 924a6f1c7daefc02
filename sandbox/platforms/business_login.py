"""What the dialogs of Instagram and Threads have in common: how scopes are asked for, and how the browser goes back."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.apps import App
from sandbox.consent_page import Decision, Ticks, back_to
from sandbox.world import World

CODE_TTL = 3600
PATH = "/oauth/authorize"
TICKED = "scope"


def routes(
    world: World,
    slug: str,
    show: Callable[[World, Request], Response],
    finish: Callable[[World, Decision], Response],
) -> list[Route]:
    """The dialog and its form."""

    async def shown(request: Request) -> Response:
        return show(world, request)

    async def taken(request: Request) -> Response:
        return await consent_page.decide(world, request, platform=slug, finish=lambda decision: finish(world, decision))

    return [Route(PATH, shown, methods=["GET"]), Route(PATH, taken, methods=["POST"])]


def wished(asked: dict[str, str]) -> list[str]:
    """The scopes of the address. Apps name them in any order, with commas or blanks between."""
    return [scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope]


def ask(
    world: World, request: Request, *, slug: str, app: App, basic: str, words: dict[str, str], scopes: list[str]
) -> Response:
    """Show the dialog: everything but the basic scope can be left out by the person. `words` describe the scopes."""
    asked = request.query_params
    details: dict[str, Any] = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
    }
    optional = [(scope, words[scope]) for scope in scopes if scope != basic]
    ticks = (Ticks(TICKED, "What this app may do", optional),)
    return consent_page.ask(world, request, platform=slug, app=app, wishes=[words[basic]], details=details, ticks=ticks)


def refuse(decision: Decision, denied: dict[str, str]) -> Response:
    """Back to the app with the platform's words for "no"."""
    return back_to(decision.ask.details["redirect_uri"], denied | _state(decision))


def grant(world: World, decision: Decision, *, slug: str, basic: str) -> Response:
    """Back to the app with a code for what the person left ticked."""
    details, account = decision.ask.details, decision.account
    assert account is not None  # noqa: S101 - who refuses gets refuse()
    granted = list(details["scopes"])
    if TICKED in decision.ticked:
        granted = [scope for scope in granted if scope == basic or scope in decision.ticked[TICKED]]
    consent_id = world.consents.open(
        platform=slug,
        account_id=account.id,
        client_id=details["client_id"],
        kind="oauth2",
        scopes=tuple(granted),
    )
    code = world.consents.issue(
        platform=slug,
        kind="code",
        consent_id=consent_id,
        ttl=CODE_TTL,
        prefix="AQ",
        details={"redirect_uri": details["redirect_uri"]},
    )
    answer = back_to(details["redirect_uri"], {"code": code} | _state(decision))
    # Both put this behind the address; it is no part of the code.
    return RedirectResponse(f"{answer.headers['location']}#_", 302, {"cache-control": "no-store"})


def _state(decision: Decision) -> dict[str, str]:
    state = decision.ask.details["state"]
    return {"state": state} if state else {}
