"""Facebook's dialog: approve, deny, leave permissions or Pages out
(https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.consent_page import Decision, Ticks, back_to
from sandbox.pages import sorry
from sandbox.platforms.facebook import identity
from sandbox.platforms.facebook.identity import SLUG
from sandbox.world import World

CODE_TTL = 600
SCOPES = {
    "public_profile": "See your name and profile picture",
    "pages_show_list": "Show a list of the Pages you manage",
    "pages_manage_posts": "Create and manage content on your Page",
    "pages_read_engagement": "Read content posted on the Page",
    "pages_manage_engagement": "Create and manage comments on your Page",
    "pages_read_user_content": "Read user content on your Page",
    "pages_manage_metadata": "Manage accounts, settings, and webhooks for a Page",
    "read_insights": "Access your Page and App insights",
    "business_management": "Manage your business",
    "publish_video": "Publish videos",
    "instagram_basic": "Access profile and posts from the Instagram account connected to your Page",
    "instagram_content_publish": "Upload media and create posts for the Instagram account connected to your Page",
    "instagram_manage_comments": "Access comments for the Instagram account connected to your Page",
    "instagram_manage_insights": "Access insights for the Instagram account connected to your Page",
    "instagram_manage_contents": "Manage content of the Instagram account connected to your Page",
}
# A login configuration is made in the dashboard; here there is one.
CONFIGURATIONS = {
    "sandbox-config": (
        "pages_show_list",
        "pages_manage_posts",
        "pages_read_engagement",
        "pages_manage_engagement",
        "pages_read_user_content",
        "read_insights",
    )
}


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        return _show(world, request)

    async def take(request: Request) -> Response:
        return await consent_page.decide(
            world, request, platform=SLUG, finish=lambda decision: _finish(world, decision)
        )

    path = "/{version}/dialog/oauth"
    return [Route(path, show, methods=["GET"]), Route(path, take, methods=["POST"])]


def _wanted(asked: dict[str, str]) -> list[str]:
    if "config_id" in asked:
        return list(CONFIGURATIONS.get(asked["config_id"], ()))
    return [scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope]


def _show(world: World, request: Request) -> Response:
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_id", ""))
    scopes = _wanted(asked)
    unknown = [scope for scope in scopes if scope not in SCOPES]
    checks = (
        (app is not None, "Invalid App ID: the provided app ID does not look like a valid app ID."),
        (
            app is not None and asked.get("redirect_uri") in app.redirect_uris,
            "URL blocked: this redirect failed because the redirect URI is not white-listed in the app's client OAuth"
            " settings.",
        ),
        (asked.get("response_type", "code") == "code", "response_type must be code."),
        ("config_id" not in asked or bool(scopes), "The login configuration is not known here."),
        (not unknown, f"Invalid Scopes: {', '.join(unknown)}."),
    )
    problem = next((sentence for is_right, sentence in checks if not is_right), None)
    if problem is not None or app is None:
        return sorry("Something went wrong", problem or "", status=400)
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
        "all_or_nothing": "config_id" in asked,
    }
    ticks = (
        Ticks("page", "Pages to use with this app", _page_lines(world)),
        Ticks("scope", "What this app may do", [(scope, SCOPES[scope]) for scope in scopes]),
    )
    return consent_page.ask(
        world, request, platform=SLUG, app=app, wishes=[SCOPES["public_profile"]], details=details, ticks=ticks
    )


def _page_lines(world: World) -> list[tuple[str, str]]:
    """Every Page with the names of those who have a role there: who is signing in is chosen on the same page."""
    rows = world.store.all(
        "select r.page_id, page.name, group_concat(person.name, ', ') as people from fb_role r"
        " join account page on page.platform = 'facebook' and page.id = r.page_id"
        " join account person on person.platform = 'facebook' and person.id = r.person_id"
        " group by r.page_id order by page.name"
    )
    return [(row["page_id"], f"{row['name']} ({row['people']})") for row in rows]


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    state = {"state": details["state"]} if details["state"] else {}
    granted = list(details["scopes"])
    if "scope" in decision.ticked:
        granted = [scope for scope in granted if scope in decision.ticked["scope"]]
    if details["all_or_nothing"] and len(granted) < len(details["scopes"]):
        granted = []
    if decision.account is None:
        denied = {
            "error": "access_denied",
            "error_code": "200",
            "error_description": "Permissions error",
            "error_reason": "user_denied",
        }
        return back_to(details["redirect_uri"], denied | state)
    consent_id = world.consents.open(
        platform=SLUG,
        account_id=decision.account.id,
        client_id=details["client_id"],
        kind="oauth2",
        scopes=("public_profile", *granted),
    )
    pages = [row["id"] for row in identity.pages_of(world, decision.account.id)]
    if "page" in decision.ticked:
        pages = [page for page in pages if page in decision.ticked["page"]]
    world.store.set_meta(f"fb_pages:{consent_id}", ",".join(pages))
    refused = [scope for scope in details["scopes"] if scope not in granted]
    for scope in refused:
        identity.decline(world, consent_id, scope)
    code = world.consents.issue(
        platform=SLUG,
        kind="code",
        consent_id=consent_id,
        ttl=CODE_TTL,
        prefix="AQ",
        details={"redirect_uri": details["redirect_uri"]},
    )
    return back_to(details["redirect_uri"], {"code": code} | state)
