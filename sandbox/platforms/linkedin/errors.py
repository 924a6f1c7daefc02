"""LinkedIn's refusals (https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling)."""

from typing import Any

from sandbox.calls import Problem, Reply

THROTTLED = "Resource level throttle {scope}limit for calls to this resource is reached."


def error(status: int, code: str, message: str, *, service: int | None = None) -> Reply:
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    if service is not None:
        body["serviceErrorCode"] = service
    return Reply(status, body)


def problem(status: int, code: str, message: str, *, service: int | None = None) -> Problem:
    return Problem(error(status, code, message, service=service))


def unauthorized(service: int, code: str, message: str) -> Problem:
    return problem(401, code, message, service=service)


def denied(resource: str) -> Problem:
    """A scope, product or role is missing; LinkedIn does not say which."""
    return problem(403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}", service=100)


def missing(what: str) -> Problem:
    return problem(404, "NOT_FOUND", f"Could not find {what}")


def bad_input(path: str, description: str, *, code: str = "INVALID_VALUE_FOR_FIELD", status: int = 400) -> Problem:
    """The newer form, which names the field."""
    wrong = {"code": code, "description": description, "input": {"inputPath": {"fieldPath": path}}}
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": f"{path}: {description}",
        "errorDetails": {"inputErrors": [wrong]},
        "code": code,
        "status": status,
    }
    return Problem(Reply(status, body))


def unpermitted(names: list[str]) -> Problem:
    fields = ", ".join(f"/{name}" for name in names)
    message = (
        f"Unpermitted fields present in REQUEST_BODY: Data Processing Exception while processing fields [{fields}]"
    )
    return problem(422, "UNPERMITTED_FIELDS", message)


def duplicate(urn: str) -> Problem:
    """Content that the author has just posted; the message names the post that is there."""
    wrong = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of "
        + urn,
        "errorDetails": {"inputErrors": [wrong]},
        "status": 422,
    }
    return Problem(Reply(422, body))


def throttled(scope: str = "") -> Reply:
    """`scope` such as "MEMBER DAY " or "APPLICATION DAY "; without one it is a matter of moments."""
    return error(429, "TOO_MANY_REQUESTS", THROTTLED.format(scope=scope), service=101)
