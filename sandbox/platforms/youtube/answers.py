"""How Google's APIs refuse (https://developers.google.com/youtube/v3/docs/errors). The token endpoint has a form of its own."""

from typing import Any

from sandbox.calls import Problem, Reply

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
SERVICE = {"service": "youtube.googleapis.com"}


def error(
    status: int,
    reason: str,
    message: str,
    *,
    domain: str = "youtube.video",
    location: str = "",
    location_type: str = "parameter",
    detail: str = "",
) -> Reply:
    """`detail` is the reason of an ErrorInfo, which newer errors have besides."""
    one: dict[str, Any] = {"message": message, "domain": domain, "reason": reason}
    if location:
        one |= {"location": location, "locationType": location_type}
    body: dict[str, Any] = {"code": status, "message": message, "errors": [one]}
    if status in STATUS:
        body["status"] = STATUS[status]
    if detail:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        body["details"] = [{"@type": kind, "reason": detail, "domain": "googleapis.com", "metadata": SERVICE}]
    return Reply(status, {"error": body})


def refused(status: int, reason: str, message: str, **others: Any) -> Problem:
    return Problem(error(status, reason, message, **others))


def invalid(reason: str, message: str, location: str) -> Problem:
    """400 with the place in the body."""
    return refused(400, reason, message, location=f"body.{location}", location_type="other")


def not_found(kind: str, message: str) -> Problem:
    return refused(404, f"{kind}NotFound", message, domain=f"youtube.{kind}")


def oauth(status: int, code: str, description: str) -> Problem:
    return Problem(Reply(status, {"error": code, "error_description": description}))


def unauthenticated() -> Problem:
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
        " authentication credential."
    )
    return refused(401, "authError", message, domain="global", location="Authorization", location_type="header")


def lacks_scope() -> Problem:
    message = "Request had insufficient authentication scopes."
    detail = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    return refused(403, "insufficientPermissions", message, domain="global", detail=detail)


def no_channel() -> Problem:
    message = "Unauthorized"
    return refused(401, "youtubeSignupRequired", message, domain="youtube.header", location="Authorization")


def quota_exceeded() -> Reply:
    message = "The request cannot be completed because you have exceeded your quota."
    return error(403, "quotaExceeded", message, domain="youtube.quota")


def uploads_exceeded(project: str) -> Reply:
    """The bucket of uploads names itself in the text alone."""
    message = (
        "Quota exceeded for quota metric 'Video Uploads' and limit 'Video Uploads per day' of service"
        f" 'youtube.googleapis.com' for consumer 'project_number:{project}'."
    )
    return error(429, "rateLimitExceeded", message, domain="global", detail="RATE_LIMIT_EXCEEDED")


def too_fast() -> Reply:
    return error(429, "rateLimitExceeded", "Too many requests in a short time. Try again later.", domain="global")


def trouble(status: int) -> Reply:
    return error(status, "backendError", "The service is currently unavailable.", domain="global")
