"""X's consent pages: OAuth 2.0 with PKCE, and OAuth 1.0a."""

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import consent_page
from sandbox.consent_page import Decision, back_to
from sandbox.pages import page, sorry
from sandbox.platforms.x.oauth2 import CODE_TTL, SCOPES
from sandbox.world import World

MAX_STATE = 500
OAUTH1_WISHES = (
    "See posts from your timeline, and posts in your lists and collections",
    "Post, reply and delete posts for you",
    "Upload media for you",
)


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        return _show(world, request)

    async def take(request: Request) -> Response:
        return await consent_page.decide(world, request, platform="x", finish=lambda decision: _finish(world, decision))

    async def show_oauth1(request: Request) -> Response:
        return _show_oauth1(world, request)

    async def take_oauth1(request: Request) -> Response:
        return await consent_page.decide(
            world, request, platform="x", finish=lambda decision: _finish_oauth1(world, decision)
        )

    return [
        *(Route(path, show, methods=["GET"]) for path in ("/i/oauth2/authorize", "/api/2/oauth2/authorize")),
        *(Route(path, take, methods=["POST"]) for path in ("/i/oauth2/authorize", "/api/2/oauth2/authorize")),
        *(Route(path, show_oauth1, methods=["GET"]) for path in ("/api/oauth/authorize", "/api/oauth/authenticate")),
        *(Route(path, take_oauth1, methods=["POST"]) for path in ("/api/oauth/authorize", "/api/oauth/authenticate")),
    ]


def _show(world: World, request: Request) -> Response:
    """X shows an error page, and never redirects, while it cannot trust what it was sent."""
    asked = dict(request.query_params)
    problem = _problem(world, asked)
    app = world.apps.get("x", asked.get("client_id", ""))
    if problem is not None or app is None:
        return sorry("Something went wrong", f"You weren't able to give access to the app. {problem}", status=400)
    scopes = asked["scope"].split()
    details = {
        "client_id": app.client_id,
        "redirect_uri": asked["redirect_uri"],
        "state": asked["state"],
        "scopes": scopes,
        "challenge": asked["code_challenge"],
        "method": asked.get("code_challenge_method", "plain"),
    }
    wishes = [SCOPES[scope] for scope in scopes]
    return consent_page.ask(world, request, platform="x", app=app, wishes=wishes, details=details)


def _problem(world: World, asked: dict[str, str]) -> str | None:
    app = world.apps.get("x", asked.get("client_id", ""))
    unknown = [scope for scope in asked.get("scope", "").split() if scope not in SCOPES]
    checks = (
        (app is not None, "The client_id is not known here."),
        (app is not None and asked.get("redirect_uri") in app.redirect_uris, "The redirect_uri is not registered."),
        (asked.get("response_type") == "code", "response_type must be code."),
        (0 < len(asked.get("state", "")) <= MAX_STATE, "state must have 1 to 500 characters."),
        (asked.get("scope", "").split() != [], "scope is missing."),
        (not unknown, f"Unknown scope: {' '.join(unknown)}."),
        (asked.get("code_challenge", "") != "", "code_challenge is missing."),
        (asked.get("code_challenge_method", "plain") in ("S256", "plain"), "code_challenge_method is not supported."),
    )
    return next((sentence for is_right, sentence in checks if not is_right), None)


def _finish(world: World, decision: Decision) -> Response:
    details = decision.ask.details
    if decision.account is None:
        return back_to(details["redirect_uri"], {"error": "access_denied", "state": details["state"]})
    consent_id = world.consents.open(
        platform="x",
        account_id=decision.account.id,
        client_id=details["client_id"],
        kind="oauth2",
        scopes=tuple(details["scopes"]),
    )
    bound = {name: details[name] for name in ("redirect_uri", "challenge", "method")}
    code = world.consents.issue(platform="x", kind="code", consent_id=consent_id, ttl=CODE_TTL, details=bound)
    return back_to(details["redirect_uri"], {"state": details["state"], "code": code})


def _show_oauth1(world: World, request: Request) -> Response:
    token = world.consents.find("x", "request", request.query_params.get("oauth_token", ""))
    app = None if token is None else world.apps.get("x", token.details["client_id"])
    if token is None or app is None or not world.consents.is_alive(token) or "verifier" in token.details:
        sentence = "The request token for this page is invalid. It may have already been used, or expired."
        return sorry("Whoa there!", sentence, status=403)
    details = {"request_token": token.value, "redirect_uri": token.details["callback"]}
    return consent_page.ask(world, request, platform="x", app=app, wishes=OAUTH1_WISHES, details=details)


def _finish_oauth1(world: World, decision: Decision) -> Response:
    token = world.consents.find("x", "request", decision.ask.details["request_token"])
    if token is None or not world.consents.is_alive(token):
        return sorry("Whoa there!", "The request token has expired.", status=403)
    callback = token.details["callback"]
    if decision.account is None:
        world.consents.spend(token)
        if callback == "oob":
            return sorry("Cancelled", "The app was not given access.", status=200)
        return back_to(callback, {"denied": token.value})
    consent_id = world.consents.open(
        platform="x",
        account_id=decision.account.id,
        client_id=token.details["client_id"],
        kind="oauth1",
        scopes=(),
    )
    verifier = f"{secrets.randbelow(10**7):07}" if callback == "oob" else secrets.token_urlsafe(24)
    chosen = {"verifier": verifier, "consent_id": consent_id, "account_id": decision.account.id}
    world.consents.note(token, chosen)
    if callback == "oob":
        return page("pin.html", {"pin": verifier})
    return back_to(callback, {"oauth_token": token.value, "oauth_verifier": verifier})
