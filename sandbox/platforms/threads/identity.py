"""Who calls Threads: tokens of profiles, and of the app itself."""

import hmac
from collections.abc import Callable

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem
from sandbox.platforms import graph
from sandbox.world import World

SLUG = "threads"
PREFIX = "THAA"


def anybody(*scopes: str) -> Callable[[Call], Actor]:
    """A check that the call has a living token with these scopes."""

    def identify(call: Call) -> Actor:
        return _actor(call, scopes)

    return identify


def owner(*scopes: str) -> Callable[[Call], Actor]:
    """The same, and the path names the caller: `me`, or the number of the profile."""

    def identify(call: Call) -> Actor:
        actor = _actor(call, scopes)
        if call.path_params.get("id", "me") not in ("me", actor.account.id):
            raise graph.missing(call.path_params["id"])
        return actor

    return identify


def account(world: World, account_id: str) -> Account:
    found = world.accounts.get(SLUG, account_id)
    if found is None:
        raise graph.missing(account_id)
    return found


def app_token(app: App) -> str:
    """`TH|app|…`, always the same for one app."""
    return f"TH|{app.client_id}|{graph.proof_of(app.client_id, app.client_secret)[:32]}"


def app_of_token(world: World, value: str) -> App | None:
    start, _, rest = value.partition("|")
    app = world.apps.get(SLUG, rest.partition("|")[0]) if start == "TH" else None
    return app if app is not None and hmac.compare_digest(app_token(app), value) else None


def _actor(call: Call, scopes: tuple[str, ...]) -> Actor:
    value = graph.token_value(call)
    if not value:
        raise Problem(graph.error(104, "An access token is required to request this resource.", status=400))
    if not value.startswith(PREFIX):
        raise Problem(graph.error(190, "Invalid OAuth access token - Cannot parse access token", status=401))
    alive = graph.check_alive(call.world, call.world.consents.find(SLUG, "access", value))
    consent = alive.consent
    assert consent is not None  # noqa: S101 - checked by check_alive()
    for scope in scopes:
        if scope not in consent.scopes:
            message = f"(#10) Application does not have permission for this action: {scope}"
            raise Problem(graph.error(10, message, status=403))
    call.notes["token"] = value
    return Actor(account(call.world, consent.account_id), consent.client_id, consent.id, consent.scopes)
