"""Stripe's own pages: paying at checkout, the customer portal, an invoice to read or pay."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.calls import Problem
from sandbox.pages import page, sorry
from sandbox.stripe import cards, checkout, clockwork, invoices, ordering, subscriptions, tax
from sandbox.stripe.objects import Object, Objects
from sandbox.world import World

SAID = {
    "declined": "Your card was declined. Try another one.",
    "3ds": "Your bank wants to be sure that it is you.",
    "expired": "This page has expired. Go back and choose again.",
    "complete": "This was paid already.",
    "nowhere": "Where are you? The tax depends on it.",
}


def money(amount: int, currency: str) -> str:
    sign = {"eur": "€", "usd": "$", "gbp": "£"}.get(currency, f"{currency.upper()} ")
    return f"{'−' if amount < 0 else ''}{sign}{abs(amount) / 100:,.2f}"


Page = Callable[[Objects, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    def told(handler: Page) -> Callable[[Request], Awaitable[Response]]:
        async def inner(request: Request) -> Response:
            await request.form()  # read before the transaction, in which nothing may wait
            try:
                with world.store.transaction():
                    objects: Objects = world.services["stripe"].objects  # type: ignore[attr-defined]
                    clockwork.tick(objects)
                    return await handler(objects, request)
            except Problem as problem:
                return sorry("Nothing here", problem.reply.body["error"]["message"], status=404)

        return inner

    return [
        Route("/pay/{id}", told(_pay), methods=["GET", "POST"]),
        Route("/portal/{id}", told(_portal), methods=["GET", "POST"]),
        Route("/invoices/{id}", told(_invoice), methods=["GET", "POST"]),
        Route("/invoices/{id}/pdf", told(_invoice), methods=["GET"]),
        Route("/", told(_front), methods=["GET"]),
    ]


async def _pay(objects: Objects, request: Request) -> Response:
    session = objects.get("checkout.session", request.path_params["id"])
    if request.method != "POST":
        standing = checkout.standing(objects, session)
        return _checkout_page(objects, session, "" if standing == "open" else standing, "")
    form = await request.form()
    if form.get("decision") == "back":
        return RedirectResponse(session["cancel_url"] or "/", 303)
    card = cards.BY_NUMBER.get(str(form.get("card", "")), cards.CARDS[0])
    result = ordering.put_details(objects, session, form)
    if not result and "code" in form:
        result = checkout.code_refusal(objects, session, str(form["code"]))
    if not result and form.get("decision") != "apply":
        result = checkout.complete(objects, session, card, authenticated=form.get("bank") == "yes")
    if result != "ok":
        return _checkout_page(objects, session, result, card.number)
    return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


async def _portal(objects: Objects, request: Request) -> Response:
    session = objects.get("billing_portal.session", request.path_params["id"])
    said = _act_in_portal(objects, session, await request.form()) if request.method == "POST" else ""
    return _portal_page(objects, session, said)


async def _invoice(objects: Objects, request: Request) -> Response:
    found, said = objects.get("invoice", request.path_params["id"]), ""
    if request.method == "POST":
        said = _pay_invoice(objects, found, await request.form())
        found = objects.get("invoice", found["id"])
    return page("stripe_invoice.html", {"invoice": found, "money": money, "cards": cards.CARDS, "said": said})


async def _front(objects: Objects, _request: Request) -> Response:
    context = {"subscriptions": list(reversed(objects.all("subscription"))), "money": money}
    return page("stripe.html", {**context, "events": list(reversed(objects.all("event")))[:50]})


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _checkout_page(objects: Objects, session: Object, problem: str, number: str) -> Response:
    price = objects.get("price", session["_lines"][0]["price"])
    code = ordering.code_of(objects, session)
    address = session["customer_details"]["address"] or objects.get("customer", session["customer"]).get("address")
    context = {
        "session": session,
        "price": price,
        "code": code["code"] if code else "",
        "countries": tax.COUNTRIES,
        "address": _typed(address),
        "asks_address": session["automatic_tax"]["enabled"] or session["tax_id_collection"]["enabled"],
        "product": objects.get("product", price["product"]),
        "cards": cards.CARDS if session["mode"] == "subscription" else (*cards.CARDS, *cards.DEBITS),
        "money": money,
        "said": SAID.get(problem, problem),
        "asks_bank": problem == "3ds",
        "is_open": session["status"] == "open",
        "number": number,
        "trial_days": session["_data"].get("trial_period_days"),
    }
    status = 402 if problem == "declined" else 200
    return page("stripe_checkout.html", context, status=status, form_action=_origin(session["success_url"]))


def _typed(address: Object | None) -> Object:
    """As the fields show it."""
    return {"country": "", "postal_code": "", **(address or {})}


def _portal_page(objects: Objects, session: Object, said: str) -> Response:
    customer = session["customer"]
    context = {
        "session": session,
        "subscriptions": [
            s for s in objects.all("subscription", customer=customer) if s["status"] not in subscriptions.ENDED
        ],
        "invoices": list(reversed(objects.all("invoice", customer=customer))),
        "methods": objects.all("payment_method", customer=customer)[-1:],
        "countries": tax.COUNTRIES,
        "address": _typed(objects.get("customer", customer).get("address")),
        "tax_ids": objects.all("tax_id", customer=customer),
        "cards": [card for card in cards.CARDS if card.attaches],
        "money": money,
        "said": said,
    }
    return page("stripe_portal.html", context)


def _act_in_portal(objects: Objects, session: Object, form: Any) -> str:
    customer = session["customer"]
    if form.get("do") == "card":
        card = cards.BY_NUMBER.get(str(form.get("card", "")), cards.CARDS[0])
        cards.attach(objects, customer, card)
        for each in objects.all("subscription", customer=customer):
            if each["status"] in ("past_due", "unpaid", "incomplete", "paused"):
                subscriptions.pay_open(objects, each)
        return "Your card was saved."
    if form.get("do") == "address":
        address = {"country": str(form.get("country", "")), "postal_code": str(form.get("postal_code", ""))}
        objects.change(objects.get("customer", customer), address=address, tell="customer.updated")
        subscriptions.located(objects, customer)
        return "Your address was saved."
    found = objects.get("subscription", str(form.get("subscription", "")))
    if found["customer"] != customer:
        return "This is not yours."
    wanted = "true" if form.get("do") == "cancel" else "false"
    subscriptions.update(objects, found, {"cancel_at_period_end": wanted})
    return "Your subscription ends with the period." if wanted == "true" else "Your subscription goes on."


def _pay_invoice(objects: Objects, invoice: Object, form: Any) -> str:
    if invoice["status"] != "open":
        return "This is not open any more."
    card = cards.BY_NUMBER.get(str(form.get("card", "")), cards.CARDS[0])
    if not card.attaches:
        return SAID["declined"]
    cards.attach(objects, invoice["customer"], card)
    subscription = objects.get("subscription", invoices.subscription_of(invoice))
    result = invoices.pay(objects, invoice, outcome="ok" if card.charge == "3ds" else "")
    subscriptions.settle(objects, objects.get("subscription", subscription["id"]), result)
    return "Paid. Thank you." if result == "ok" else SAID["declined"]
