"""TikTok's authorization page: approve, deny, or leave scopes out (https://developers.tiktok.com/doc/login-kit-web)."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.apps import App
from sandbox.config import is_loopback
from sandbox.consent_page import Decision, Ticks, back_to
from sandbox.pages import sorry
from sandbox.platforms.tiktok.identity import SLUG
from sandbox.platforms.tiktok.oauth import CODE_TTL, SCOPES
from sandbox.world import World

HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        return _show(world, request)

    async def take(request: Request) -> Response:
        return await consent_page.decide(
            world, request, platform=SLUG, finish=lambda decision: _finish(world, decision)
        )

    # The address ends with a slash, which the parameter keeps.
    path = "/v2/auth/authorize/{rest:path}"
    return [Route(path, show, methods=["GET"]), Route(path, take, methods=["POST"])]


def _show(world: World, request: Request) -> Response:
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_key", ""))
    scopes = [scope for scope in asked.get("scope", "").split(",") if scope]
    problem = _problem(asked, app, scopes)
    if problem is not None or app is None:
        return sorry("Something went wrong", problem or "client_key", status=400)
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
        "challenge": asked.get("code_challenge", ""),
    }
    ticks = (Ticks("scope", "What this app may do", [(scope, SCOPES[scope]) for scope in scopes]),)
    return consent_page.ask(
        world, request, platform=SLUG, app=app, wishes=[SCOPES["user.info.basic"]], details=details, ticks=ticks
    )


def _problem(asked: dict[str, str], app: App | None, scopes: list[str]) -> str | None:
    address = asked.get("redirect_uri", "")
    is_desktop = is_loopback(urlsplit(address).hostname or "")
    challenge = asked.get("code_challenge", "")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    checks = (
        (app is not None, "client_key: the app is not known."),
        (app is not None and address in app.redirect_uris, "redirect_uri: it is not registered for this app."),
        (not urlsplit(address).query and not urlsplit(address).fragment, "redirect_uri: no query, no fragment."),
        (is_desktop or address.startswith("https://"), "redirect_uri: only https."),
        (asked.get("response_type") == "code", "response_type: it must be code."),
        (bool(scopes) and not unknown, f"scope: {', '.join(unknown) or 'none was asked for'}."),
        (not is_desktop or bool(challenge), "code_challenge: apps on this machine need one."),
        (not challenge or asked.get("code_challenge_method") == "S256", "code_challenge_method: it must be S256."),
        (not challenge or HEX_SHA256.fullmatch(challenge) is not None, "code_challenge: hexadecimal SHA-256."),
    )
    return next((sentence for is_right, sentence in checks if not is_right), None)


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    state = {"state": details["state"]} if details["state"] else {}
    if decision.account is None:
        denied = {"error": "access_denied", "error_description": "User denied access", "errCode": "-2"}
        return back_to(details["redirect_uri"], denied | state)
    granted = list(details["scopes"])
    if "scope" in decision.ticked:
        granted = [scope for scope in granted if scope in decision.ticked["scope"] or scope == "user.info.basic"]
    consent_id = world.consents.open(
        platform=SLUG,
        account_id=decision.account.id,
        client_id=details["client_id"],
        kind="oauth2",
        scopes=tuple(granted),
    )
    code = world.consents.issue(
        platform=SLUG,
        kind="code",
        consent_id=consent_id,
        ttl=CODE_TTL,
        details={"redirect_uri": details["redirect_uri"], "challenge": details["challenge"]},
    )
    return back_to(details["redirect_uri"], {"code": code, "scopes": ",".join(granted)} | state)
