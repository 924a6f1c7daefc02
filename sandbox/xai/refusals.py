"""How xAI says no. Bodies are `{"code", "error"}`, sometimes nested, sometimes plain text."""

from itertools import count

from sandbox.calls import Call, Problem, Reply
from sandbox.faults import Fault

KEY = "sandbox-xai-key"
ARGUMENT = "Client specified an invalid argument"


_numbers = count(1)


def refusal(status: int, code: str, message: str, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"code": code, "error": message}, {**_named(), **told})


def _named() -> dict[str, str]:
    """Refusals have an id for support as well."""
    return {"x-request-id": f"box-no-{next(_numbers)}"}


def identify(call: Call) -> None:
    """Let the one key in. A wrong one is a 400 there, a missing one a 401."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Problem(
            refusal(401, "The caller does not have permission", "No API key was provided in the Authorization header.")
        )
    if key != KEY:
        shown = f"{key[:2]}***{key[-2:]}"
        message = f"Incorrect API key provided: {shown}. You can obtain an API key from https://console.x.ai."
        raise Problem(refusal(400, ARGUMENT, message))


def as_text(status: int, message: str) -> Reply:
    return Reply(status, message.encode(), _named(), media_type="text/plain")


def bad_argument(message: str) -> Problem:
    return Problem(refusal(400, ARGUMENT, message))


def no_such_model(model: str) -> Problem:
    message = f"The model {model} does not exist or your team does not have access to it."
    return Problem(refusal(404, "Some requested entity was not found", message))


def by_fault(call: Call, fault: Fault) -> Reply:
    """The answer to a refusing fault."""
    match fault.kind:
        case "rate_limit":
            seconds = fault.params.get("seconds", 2)
            told = {} if fault.params.get("silent") else {"retry_after": str(seconds)}
            return refusal(
                429, "Some resource has been exhausted", "Too many requests for this team and model.", **told
            )
        case "credits_depleted":
            message = "Your team has either used all available credits or reached its monthly spending limit."
            return refusal(403, "The caller does not have permission", message)
        case "unauthorized" | "token_revoked":
            return refusal(401, "The caller does not have permission", "The API key is disabled.")
        case "refuse":
            return _told(fault)
    return refusal(503, "The service is currently unavailable", "The model is at capacity. Try again later.")


def _told(fault: Fault) -> Reply:
    """A refusal in the words and the form that were asked for: `form` flat, nested or text."""
    status, code = int(fault.params.get("status", 403)), str(fault.params.get("code", ARGUMENT))
    safety = "Content violates usage guidelines. Team: box, API key ID: box, Model: grok, Failed check: SAFETY_CHECK_TYPE_CSAM"
    message = str(fault.params.get("message", safety))
    match fault.params.get("form", "flat"):
        case "nested":
            nested = {"error": {"message": message, "type": "invalid_request_error", "code": code}}
            return Reply(status, nested, _named())
        case "text":
            return as_text(status, message)
    return refusal(status, code, message)
