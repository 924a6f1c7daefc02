"""Instagram's dialog (https://developers.facebook.com/docs/instagram-platform/reference/oauth-authorize)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.consent_page import Decision, Ticks, back_to
from sandbox.pages import sorry
from sandbox.platforms.instagram import identity
from sandbox.platforms.instagram.identity import SLUG
from sandbox.world import World

CODE_TTL = 3600
BASIC = "instagram_business_basic"
SCOPES = {
    BASIC: "See your profile and your posts",
    "instagram_business_content_publish": "Create posts for your account",
    "instagram_business_manage_comments": "Write and manage comments on your posts",
    "instagram_business_manage_insights": "See insights of your account and posts",
    "instagram_business_manage_messages": "Manage your messages",
}


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        return _show(world, request)

    async def take(request: Request) -> Response:
        return await consent_page.decide(
            world, request, platform=SLUG, finish=lambda decision: _finish(world, decision)
        )

    path = "/oauth/authorize"
    return [Route(path, show, methods=["GET"]), Route(path, take, methods=["POST"])]


def _show(world: World, request: Request) -> Response:
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_id", ""))
    scopes = [scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    checks = (
        (app is not None, "Invalid platform app."),
        (app is not None and asked.get("redirect_uri") in app.redirect_uris, "Invalid redirect_uri."),
        (asked.get("response_type") == "code", "response_type must be code."),
        (BASIC in scopes and not unknown, f"Invalid scopes: {', '.join(unknown) or 'none'}."),
    )
    problem = next((sentence for is_right, sentence in checks if not is_right), None)
    if problem is not None or app is None:
        return sorry("Sorry, this page isn't available", problem or "", status=400)
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
    }
    optional = [(scope, SCOPES[scope]) for scope in scopes if scope != BASIC]
    ticks = (Ticks("scope", "What this app may do", optional),)
    return consent_page.ask(
        world, request, platform=SLUG, app=app, wishes=[SCOPES[BASIC]], details=details, ticks=ticks
    )


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    state = {"state": details["state"]} if details["state"] else {}
    if decision.account is None:
        denied = {
            "error": "access_denied",
            "error_reason": "user_denied",
            "error_description": "The user denied your request",
        }
        return back_to(details["redirect_uri"], denied | state)
    row = identity.row(world, decision.account.id)
    if row is None or row["account_type"] == "PERSONAL":
        words = "Only professional accounts can be connected. Switch to one in the settings of the app."
        return sorry("This account is personal", words, status=400)
    granted = list(details["scopes"])
    if "scope" in decision.ticked:
        granted = [scope for scope in granted if scope == BASIC or scope in decision.ticked["scope"]]
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
        prefix="AQ",
        details={"redirect_uri": details["redirect_uri"]},
    )
    answer = back_to(details["redirect_uri"], {"code": code} | state)
    # What is glued to the end of the address is no part of the code.
    return RedirectResponse(f"{answer.headers['location']}#_", 302, {"cache-control": "no-store"})
