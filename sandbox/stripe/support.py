"""Stripe's part of the control API: what is kept, what was told, paying without a browser, and lost deliveries."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.calls import Problem
from sandbox.stripe import cards, checkout, clockwork, ordering, payments, subscriptions, webhooks
from sandbox.stripe.objects import Objects, shown
from sandbox.world import World

Asked = dict[str, Any]


def routes(world: World) -> list[Route]:
    def told(handler: Callable[[Objects, Asked], Asked]) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def inner(request: Request) -> JSONResponse:
            body = await request.json() if request.method == "POST" else dict(request.query_params)
            try:
                with world.store.transaction():
                    objects: Objects = world.services["stripe"].objects  # type: ignore[attr-defined]
                    clockwork.tick(objects)
                    return JSONResponse(handler(objects, body))
            except Problem as problem:
                return JSONResponse(problem.reply.body, problem.reply.status)

        return inner

    return [
        Route("/events", told(_events), methods=["GET"]),
        Route("/pay", told(_pay), methods=["POST"]),
        Route("/card", told(_card), methods=["POST"]),
        Route("/subscriptions", told(_subscriptions), methods=["GET"]),
        Route("/deliveries", told(_deliveries), methods=["GET"]),
        Route("/thin", told(_thin), methods=["GET"]),
        Route("/refund", told(lambda o, a: shown(payments.refund(o, a))), methods=["POST"]),
        Route("/dispute", told(lambda o, a: shown(payments.dispute(o, a))), methods=["POST"]),
        Route("/meter_events", told(_meter_events), methods=["GET"]),
    ]


def _events(objects: Objects, asked: Asked) -> Asked:
    """Everything that was told, oldest first, each with its body and a signature of now (`at`: of another moment)."""
    at = float(asked["at"]) if "at" in asked else None
    found = [webhooks.payload(event) for event in objects.all("event")]
    return {"events": [{"body": body, "signature": webhooks.signature(body, at=at)} for body in found]}


def _pay(objects: Objects, asked: Asked) -> Asked:
    """{session, card?, authenticated?, code?, country?, postal_code?, tax_id?}: as on the page."""
    card = cards.BY_NUMBER[asked.get("card", cards.CARDS[0].number)]
    session = objects.get("checkout.session", asked["session"])
    result = ordering.put_details(objects, session, asked)
    result = result or (checkout.code_refusal(objects, session, asked["code"]) if "code" in asked else "")
    result = result or checkout.complete(objects, session, card, authenticated=bool(asked.get("authenticated")))
    return {"result": result, "session": shown(objects.get("checkout.session", asked["session"]))}


def _card(objects: Objects, asked: Asked) -> Asked:
    """{customer, card, only?}: another card from now on; unless `only`, what is open is tried again with it."""
    method = cards.attach(objects, asked["customer"], cards.BY_NUMBER[asked["card"]])
    for each in objects.all("subscription", customer=asked["customer"]):
        if not asked.get("only") and each["status"] in ("past_due", "unpaid", "incomplete"):
            subscriptions.pay_open(objects, each)
    return {"payment_method": method["id"]}


def _subscriptions(objects: Objects, asked: Asked) -> Asked:
    return {"subscriptions": [shown(each) for each in objects.all("subscription", customer=asked.get("customer"))]}


def _deliveries(objects: Objects, _asked: Asked) -> Asked:
    rows = objects.world.store.all("select * from st_delivery order by id")
    return {"deliveries": [dict(row) for row in rows]}


def _thin(objects: Objects, _asked: Asked) -> Asked:
    """Every thin event, each with its body and a signature of now by the other secret."""
    found = [webhooks.payload(event) for event in objects.all("v2.core.event")]
    return {"events": [{"body": b, "signature": webhooks.signature(b, secret=webhooks.THIN_SECRET)} for b in found]}


def _meter_events(objects: Objects, _asked: Asked) -> Asked:
    return {"events": [shown(each) for each in objects.all("billing.meter_event")]}
