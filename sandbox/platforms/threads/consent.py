"""The page on which a person lets an app act on Threads
(https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.consent_page import Decision, Ticks, back_to
from sandbox.pages import sorry
from sandbox.platforms.threads.identity import SLUG
from sandbox.world import World

CODE_TTL = 3600
BASIC = "threads_basic"
SCOPES = {
    BASIC: "See your profile and your threads",
    "threads_content_publish": "Publish threads to your profile",
    "threads_manage_replies": "Create replies and manage who can reply",
    "threads_read_replies": "Read replies to your threads",
    "threads_manage_insights": "See insights of your profile and threads",
    "threads_delete": "Delete your threads",
    "threads_keyword_search": "Search public threads",
    "threads_manage_mentions": "See threads that mention you",
    "threads_location_tagging": "Add places to your threads",
    "threads_profile_discovery": "Look up public profiles",
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
    # Apps name them in any order, with commas or blanks between.
    scopes = [scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    checks = (
        (app is not None, "Invalid app: the client_id is not one of a Threads app."),
        (
            app is not None and asked.get("redirect_uri") in app.redirect_uris,
            "Invalid redirect_uri: it is not one that is registered for the Threads app.",
        ),
        (asked.get("response_type") == "code", "response_type must be code."),
        (not unknown, f"Invalid scopes: {', '.join(unknown)}."),
        (BASIC in scopes, f"Invalid scopes: {BASIC} is required."),
    )
    problem = next((sentence for is_right, sentence in checks if not is_right), None)
    if problem is not None or app is None:
        return sorry("Something went wrong", problem or "", status=400)
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
    }
    optional = [(scope, SCOPES[scope]) for scope in scopes if scope != BASIC]
    return consent_page.ask(
        world,
        request,
        platform=SLUG,
        app=app,
        wishes=[SCOPES[BASIC]],
        details=details,
        ticks=(Ticks("scope", "What this app may do", optional),),
    )


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    state = {"state": details["state"]} if details["state"] else {}
    if decision.account is None:
        denied = {
            "error": "access_denied",
            "error_code": "200",
            "error_description": "Permissions error",
            "error_reason": "user_denied",
        }
        return back_to(details["redirect_uri"], denied | state)
    granted = details["scopes"]
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
    # Threads puts this behind the address; it is no part of the code.
    return RedirectResponse(f"{answer.headers['location']}#_", 302, {"cache-control": "no-store"})
