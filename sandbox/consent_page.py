"""The page on which a person lets an app act for one of their accounts; the same for every platform."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.consents import Token
from sandbox.pages import page, sorry
from sandbox.world import World

COOKIE = "sandbox_session"
ASK_TTL = 900


@dataclass(frozen=True)
class Ticks:
    """A list from which the person may leave something out: the form's name, a heading, and (value, label) of each line."""

    name: str
    legend: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Decision:
    """What the person chose: an account, or None for a refusal. `ticked` has what was left in, by the name of the list;
    a list that the form did not show is not in it."""

    ask: Token
    account: Account | None
    ticked: Mapping[str, Sequence[str]] = field(default_factory=dict)


def ask(
    world: World,
    request: Request,
    *,
    platform: str,
    app: App,
    wishes: Sequence[str],
    details: dict[str, Any],
    ticks: Sequence[Ticks] = (),
) -> HTMLResponse:
    """Show the page. `details` comes back with the decision; `details["redirect_uri"]` is where the browser goes."""
    value = world.consents.issue(platform=platform, kind="ask", ttl=ASK_TTL, details=details)
    accounts = world.accounts.all(platform, include_foreign=False)
    # The cookie only remembers which account was used last; it grants nothing.
    last = request.cookies.get(COOKIE, "").partition(".")[2]
    chosen = last if any(account.id == last for account in accounts) else (accounts[0].id if accounts else "")
    parts = urlsplit(details["redirect_uri"])
    context = {
        "platform": world.platforms[platform],
        "app": app,
        "accounts": accounts,
        "chosen": chosen,
        "wishes": wishes,
        "ticks": ticks,
        "ask": value,
        "action": request.url.path,
        "destination": parts.netloc or details["redirect_uri"],
    }
    # Browsers apply form-action to the redirect that answers the form as well.
    return page("consent.html", context, form_action=f"{parts.scheme}://{parts.netloc}" if parts.netloc else "")


async def decide(world: World, request: Request, *, platform: str, finish: Callable[[Decision], Response]) -> Response:
    """Take the form: the unguessable `ask` in it proves that it came from our page."""
    sent = await request.form()
    form = {name: str(value) for name, value in sent.items()}
    token = world.consents.find(platform, "ask", form.get("ask", ""))
    if token is None or not world.consents.is_alive(token):
        return sorry("This page is out of date", "Go back to the app and start connecting again.", status=400)
    account = None
    if form.get("decision") == "approve":
        account = world.accounts.get(platform, form.get("account", ""))
        if account is None or account.is_foreign:
            return sorry("Choose an account", "That account is not one you can sign in as.", status=400)
    with world.store.transaction():
        world.consents.spend(token)
        ticked = {name: [str(one) for one in sent.getlist(name)] for name in form.get("ticks", "").split()}
        response = finish(Decision(token, account, ticked))
    if account is not None:
        session = request.cookies.get(COOKIE, "").partition(".")[0] or secrets.token_urlsafe(12)
        response.set_cookie(COOKIE, f"{session}.{account.id}", httponly=True, samesite="lax")
    return response


def back_to(redirect_uri: str, parameters: dict[str, str]) -> RedirectResponse:
    """Send the browser to the app with an answer in the query."""
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode(parameters)}", 302, {"cache-control": "no-store"})
