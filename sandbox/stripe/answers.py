"""Stripe's errors, in its own words. https://docs.stripe.com/api/errors"""

import secrets
from typing import Any

from sandbox.calls import Problem, Reply

VERSION = "2026-10-28.endive"


def error(
    status: int, message: str, *, kind: str = "invalid_request_error", code: str = "", param: str = "", **more: str
) -> Reply:
    told: dict[str, Any] = {"type": kind, "message": message, **more}
    if code:
        told |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    if param:
        told["param"] = param
    return with_headers(Reply(status, {"error": told}))


def refuse(status: int, message: str, **more: str) -> Problem:
    return Problem(error(status, message, **more))


def missing(kind: str, object_id: str, param: str = "id") -> Problem:
    return refuse(404, f"No such {kind.replace('_', ' ')}: '{object_id}'", code="resource_missing", param=param)


def declined(message: str = "Your card was declined.", code: str = "card_declined") -> Problem:
    return refuse(402, message, kind="card_error", code=code, decline_code="generic_decline")


def ok(body: Any, *, effect: dict[str, Any] | None = None) -> Reply:
    return with_headers(Reply(200, body, effect=effect))


def with_headers(reply: Reply) -> Reply:
    return Reply(
        reply.status,
        reply.body,
        {**reply.headers, "request-id": f"req_{secrets.token_hex(7)}", "stripe-version": VERSION},
        reply.media_type,
        reply.effect,
    )
