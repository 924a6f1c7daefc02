"""X's refusals, word for word (https://docs.x.com/x-api/fundamentals/response-codes-and-errors)."""

from typing import Any

from sandbox.calls import Problem, Reply

PROBLEMS = "https://api.x.com/2/problems"
OLD_PROBLEMS = "https://api.twitter.com/2/problems"


def plain(status: int, title: str, detail: str | None = None) -> Reply:
    return Reply(status, {"title": title, "type": "about:blank", "status": status, "detail": detail or title})


def invalid(message: str, parameters: dict[str, Any] | None = None) -> Problem:
    """400 for a body or query that breaks the documented form."""
    body = {
        "errors": [{"parameters": parameters or {}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
    }
    return Problem(Reply(400, body))


def forbidden(detail: str = "Forbidden") -> Problem:
    return Problem(plain(403, "Forbidden", detail))


def not_permitted() -> Problem:
    return forbidden("You are not permitted to perform this action.")


def unauthorized() -> Problem:
    return Problem(plain(401, "Unauthorized"))


def oauth1_permissions() -> Problem:
    body = {
        "title": "Forbidden",
        "detail": "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
        "type": f"{OLD_PROBLEMS}/oauth1-permissions",
        "status": 403,
    }
    return Problem(Reply(403, body))


def credits_depleted(client_id: str) -> Reply:
    detail = f"Your enrolled account [{client_id}] does not have any credits to fulfill this request."
    return Reply(402, {"title": "CreditsDepleted", "type": f"{OLD_PROBLEMS}/credits", "detail": detail})


def usage_capped(period: str) -> Reply:
    body = {
        "title": "UsageCapExceeded",
        "detail": f"Usage cap exceeded: {period} product cap",
        "type": f"{OLD_PROBLEMS}/usage-capped",
        "period": period,
        "scope": "Product",
    }
    return Reply(429, body)


def suspended() -> Reply:
    return plain(403, "Forbidden", "Your account is suspended and is not permitted to access this feature.")


def not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """One entry of `errors` in a lookup that found nothing; lookups answer 200 all the same."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def missing(kind: str, parameter: str, value: str) -> Problem:
    """404 for an action on something that is not there."""
    return Problem(Reply(404, {**not_found(kind, parameter, value), "status": 404}))


def oauth_error(status: int, error: str, description: str) -> Problem:
    """The token endpoint's own form (RFC 6749, section 5.2)."""
    return Problem(Reply(status, {"error": error, "error_description": description}))


def dead_token() -> Problem:
    return oauth_error(400, "invalid_request", "Value passed for the token was invalid.")


def duplicate() -> Reply:
    return plain(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
