"""The page on which a person lets an app act on Threads
(https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.consent_page import Decision
from sandbox.pages import sorry
from sandbox.platforms import business_login
from sandbox.platforms.threads.identity import SLUG
from sandbox.world import World

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
DENIED = {
    "error": "access_denied",
    "error_code": "200",
    "error_description": "Permissions error",
    "error_reason": "user_denied",
}


def routes(world: World) -> list[Route]:
    return business_login.routes(world, SLUG, _show, _finish)


def _show(world: World, request: Request) -> Response:
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_id", ""))
    scopes = business_login.wished(asked)
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
    return business_login.ask(world, request, slug=SLUG, app=app, basic=BASIC, words=SCOPES, scopes=scopes)


def _finish(world: World, decision: Decision) -> Response:
    if decision.account is None:
        return business_login.refuse(decision, DENIED)
    return business_login.grant(world, decision, slug=SLUG, basic=BASIC)
