"""Instagram's dialog (https://developers.facebook.com/docs/instagram-platform/reference/oauth-authorize)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.consent_page import Decision
from sandbox.pages import sorry
from sandbox.platforms import business_login
from sandbox.platforms.instagram import identity
from sandbox.platforms.instagram.identity import SLUG
from sandbox.world import World

BASIC = "instagram_business_basic"
SCOPES = {
    BASIC: "See your profile and your posts",
    "instagram_business_content_publish": "Create posts for your account",
    "instagram_business_manage_comments": "Write and manage comments on your posts",
    "instagram_business_manage_insights": "See insights of your account and posts",
    "instagram_business_manage_messages": "Manage your messages",
}
DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request",
}


def routes(world: World) -> list[Route]:
    return business_login.routes(world, SLUG, _show, _finish)


def _show(world: World, request: Request) -> Response:
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_id", ""))
    scopes = business_login.wished(asked)
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
    return business_login.ask(world, request, slug=SLUG, app=app, basic=BASIC, words=SCOPES, scopes=scopes)


def _finish(world: World, decision: Decision) -> Response:
    if decision.account is None:
        return business_login.refuse(decision, DENIED)
    row = identity.row(world, decision.account.id)
    if row is None or row["account_type"] == "PERSONAL":
        words = "Only professional accounts can be connected. Switch to one in the settings of the app."
        return sorry("This account is personal", words, status=400)
    return business_login.grant(world, decision, slug=SLUG, basic=BASIC)
