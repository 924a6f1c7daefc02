"""Google's consent page: which account and channel, and which permissions stay ticked
(https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.consent_page import Decision, Ticks, back_to
from sandbox.pages import sorry
from sandbox.platforms.youtube.identity import SLUG
from sandbox.platforms.youtube.oauth import CODE_TTL, SCOPES, consents_of
from sandbox.world import World

PROMPTS = frozenset({"none", "consent", "select_account"})


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        return _show(world, request)

    async def take(request: Request) -> Response:
        return await consent_page.decide(
            world, request, platform=SLUG, finish=lambda decision: _finish(world, decision)
        )

    path = "/o/oauth2/v2/auth"
    return [Route(path, show, methods=["GET"]), Route(path, take, methods=["POST"])]


def _show(world: World, request: Request) -> Response:
    """What is wrong is told here and never sent to the app."""
    asked = dict(request.query_params)
    app = world.apps.get(SLUG, asked.get("client_id", ""))
    scopes = asked.get("scope", "").split()
    unknown = [scope for scope in scopes if scope not in SCOPES]
    prompts = set(asked.get("prompt", "").split())
    checks = (
        (app is not None, "Error 401: invalid_client. The OAuth client was not found."),
        (
            app is not None and asked.get("redirect_uri") in app.redirect_uris,
            "Error 400: redirect_uri_mismatch. It must be the registered one to the last character.",
        ),
        (asked.get("response_type") == "code", "Error 400: unsupported_response_type."),
        (bool(scopes) and not unknown, f"Error 400: invalid_scope. {' '.join(unknown)}"),
        (asked.get("access_type", "online") in ("online", "offline"), "Error 400: invalid_request. access_type"),
        (prompts <= PROMPTS and ("none" not in prompts or prompts == {"none"}), "Error 400: invalid_request. prompt"),
        (asked.get("code_challenge_method", "plain") in ("plain", "S256"), "Error 400: invalid_request. PKCE"),
    )
    problem = next((sentence for is_right, sentence in checks if not is_right), None)
    if problem is not None or app is None:
        return sorry("Access blocked: authorization error", problem or "", status=400)
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked.get("state", ""),
        "scopes": scopes,
        "challenge": asked.get("code_challenge", ""),
        "method": asked.get("code_challenge_method", "plain"),
        "is_offline": asked.get("access_type") == "offline",
        "asks_again": "consent" in prompts,
        "includes_granted": asked.get("include_granted_scopes") == "true",
    }
    ticks = (Ticks("scope", "What this app may do", [(scope, SCOPES[scope]) for scope in scopes]),)
    wishes = ["Choose your account or a brand account"]
    return consent_page.ask(world, request, platform=SLUG, app=app, wishes=wishes, details=details, ticks=ticks)


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    state = {"state": details["state"]} if details["state"] else {}
    if decision.account is None:
        return back_to(details["redirect_uri"], {"error": "access_denied"} | state)
    granted = list(details["scopes"])
    if "scope" in decision.ticked:
        granted = [scope for scope in granted if scope in decision.ticked["scope"]]
    earlier = consents_of(world, decision.account.id, details["client_id"])
    if details["includes_granted"]:
        for consent_id in earlier:
            before = world.consents.get(consent_id)
            granted += [scope for scope in (before.scopes if before else ()) if scope not in granted]
    consent_id = world.consents.open(
        platform=SLUG,
        account_id=decision.account.id,
        client_id=details["client_id"],
        kind="oauth2",
        scopes=tuple(granted),
    )
    bound = {name: details[name] for name in ("redirect_uri", "challenge", "method")}
    # A lasting token only for offline access, and only the first time or when consent was asked for anew.
    bound["is_lasting"] = details["is_offline"] and (not earlier or details["asks_again"])
    code = world.consents.issue(
        platform=SLUG, kind="code", consent_id=consent_id, ttl=CODE_TTL, prefix="4/0A", details=bound
    )
    return back_to(details["redirect_uri"], state | {"code": code, "scope": " ".join(granted)})
