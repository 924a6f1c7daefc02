"""LinkedIn's consent page: all or nothing, and words of its own for whoever turns back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.consent_page import Decision, back_to
from sandbox.pages import sorry
from sandbox.platforms.linkedin import oauth
from sandbox.platforms.linkedin.identity import SLUG
from sandbox.world import World

CODE_TTL = 1800
PATH = "/api/oauth/v2/authorization"
SCOPES = {
    "openid": "Use your name and photo",
    "profile": "Use your name and photo",
    "email": "Use the primary email address of your LinkedIn account",
    "r_basicprofile": "Use your basic profile including your name, photo, headline and public profile address",
    "w_member_social": "Create, modify and delete posts, comments and reactions on your behalf",
    "w_member_social_feed": "Create, modify and delete comments and reactions on posts on your behalf",
    "r_member_postAnalytics": "Retrieve your posts and their reporting data",
    "w_organization_social": "Create, modify and delete posts, comments and reactions for your organisation",
    "r_organization_social": "Retrieve your organisation's posts, comments, reactions and other engagement data",
    "w_organization_social_feed": "Create, modify and delete comments and reactions for your organisation",
    "r_organization_social_feed": "Retrieve your organisation's comments and reactions",
    "rw_organization_admin": "Manage your organisation's page and retrieve reporting data",
    "r_organization_admin": "Retrieve your organisation's page and its reporting data",
}


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        return _show(world, request)

    async def take(request: Request) -> Response:
        return await consent_page.decide(
            world, request, platform=SLUG, finish=lambda decision: _finish(world, decision)
        )

    return [Route(PATH, show, methods=["GET"]), Route(PATH, take, methods=["POST"])]


def _show(world: World, request: Request) -> Response:
    """A redirect address that is not registered is never followed; a scope that the app lacks goes back as an error."""
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_id", ""))
    scopes = asked.get("scope", "").split()
    checks = (
        (app is not None, "We can't find the application: the passed in client_id is invalid."),
        (
            app is not None and asked.get("redirect_uri") in app.redirect_uris,
            "The redirect_uri does not match the registered value.",
        ),
        (asked.get("response_type") == "code", "response_type must be code."),
        (bool(scopes), "scope is missing."),
    )
    problem = next((sentence for is_right, sentence in checks if not is_right), None)
    if problem is not None or app is None:
        return sorry("Bummer, something went wrong.", problem or "", status=400)
    state = {"state": asked["state"]} if asked.get("state") else {}
    lacking = [scope for scope in scopes if scope not in oauth.allowed_scopes(world, app.client_id)]
    if lacking:
        told = {
            "error": "unauthorized_scope_error",
            "error_description": f"Scope &quot;{lacking[0]}&quot; is not authorized for your application",
        }
        return back_to(asked["redirect_uri"], told | state)
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
    }
    wishes = list(dict.fromkeys(SCOPES[scope] for scope in scopes))
    return consent_page.ask(world, request, platform=SLUG, app=app, wishes=wishes, details=details)


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    state = {"state": details["state"]} if details["state"] else {}
    if decision.account is None:
        told = {"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"}
        return back_to(details["redirect_uri"], told | state)
    consent_id = oauth.open_consent(
        world, account_id=decision.account.id, client_id=details["client_id"], scopes=tuple(details["scopes"])
    )
    code = world.consents.issue(
        platform=SLUG,
        kind="code",
        consent_id=consent_id,
        ttl=CODE_TTL,
        prefix="AQ",
        details={"redirect_uri": details["redirect_uri"]},
    )
    return back_to(details["redirect_uri"], {"code": code} | state)
