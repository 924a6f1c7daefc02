"""TikTok's envelope: every answer of the API has `data` and `error`, and only the code "ok" is success.

https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
"""

import json
import secrets
from typing import Any

from sandbox.calls import Call, Problem, Reply

# Code -> the status that goes with it, and TikTok's words.
REFUSALS = {
    "access_token_invalid": (401, "The access token is invalid or not found in the request."),
    "scope_not_authorized": (401, "The user did not authorize the scope required for completing this request."),
    "scope_permission_missed": (403, "The application is not approved for the scope required by this request."),
    "invalid_param": (400, "The request parameters are invalid."),
    "invalid_params": (400, "The request body or query parameters are incorrect."),
    "invalid_publish_id": (400, "The publish_id does not exist."),
    "token_not_authorized_for_specified_publish_id": (400, "The token may not see this publish_id."),
    "publish_not_cancellable": (400, "The publication can no longer be cancelled."),
    "spam_risk_too_many_posts": (403, "The daily post cap from the API is reached for the current user."),
    "spam_risk_user_banned_from_posting": (403, "The user is banned from making new posts."),
    "reached_active_user_cap": (403, "The daily quota for active publishing users from your client is reached."),
    "unaudited_client_can_only_post_to_private_accounts": (
        403,
        "Please review our integration guidelines: unaudited clients can only post to private accounts.",
    ),
    "url_ownership_unverified": (403, "Please verify the ownership of the URL prefix or domain first."),
    "privacy_level_option_mismatch": (403, "Please check your privacy_level against the options of the creator."),
    "rate_limit_exceeded": (429, "The API rate limit was exceeded. Please try again later."),
    "internal_error": (500, "Something is wrong. Please try again later."),
}


def ok(data: dict[str, Any], *, effect: dict[str, Any] | None = None) -> Reply:
    return Reply(200, {"data": data, "error": _error("ok", "")}, effect=effect)


def refusal(code: str, message: str = "", *, status: int = 0, data: dict[str, Any] | None = None) -> Reply:
    """An answer with an error; the status and the words are those of the code unless told otherwise."""
    usual, words = REFUSALS.get(code, (400, "The request was refused."))
    return Reply(status or usual, {"data": data or {}, "error": _error(code, message or words)})


def refused(code: str, message: str = "", *, status: int = 0) -> Problem:
    return Problem(refusal(code, message, status=status))


def flat(status: int, code: str, description: str) -> Reply:
    """The token endpoint has a form of its own, without an envelope."""
    return Reply(status, {"error": code, "error_description": description, "log_id": log_id()})


def body_of(call: Call) -> dict[str, Any]:
    """The JSON object of a POST; TikTok insists on the header with the charset. An empty body is an empty object."""
    kind = call.headers.get("content-type", "").lower().replace(" ", "")
    if kind != "application/json;charset=utf-8":
        raise refused("invalid_params", "Content-Type must be application/json; charset=UTF-8.")
    if not call.body:
        return {}
    try:
        said = json.loads(call.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise refused("invalid_params", "The body is not a JSON object.")
    return said


def strict(said: dict[str, Any], allowed: dict[str, type], where: str) -> None:
    """Nothing unknown, and everything of the right kind; a switch is not a number."""
    for name, value in said.items():
        wanted = allowed.get(name)
        if wanted is None:
            raise refused("invalid_params", f"Unknown field {where}{name}.")
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise refused("invalid_params", f"{where}{name} must be of type {wanted.__name__}.")


def log_id() -> str:
    return "2026" + secrets.token_hex(12).upper()


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message, "log_id": log_id()}
