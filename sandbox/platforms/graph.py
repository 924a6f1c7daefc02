"""What the sandbox's platforms of Meta share: how requests are written, who calls, errors, usage headers, signed requests.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import base64
import hashlib
import hmac
import json
import math
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from sandbox.apps import App
from sandbox.calls import Call, Problem, Reply
from sandbox.consents import Token
from sandbox.faults import Fault
from sandbox.world import World

SHORT_TTL = 3600
LONG_TTL = 60 * 86400
EXPIRED = "Error validating access token: Session has expired."
# Subcode of a dead token -> Meta's words.
DEAD = {
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: You cannot access the app till you log in to www.facebook.com.",
    460: "Error validating access token: The session has been invalidated because the user changed their password.",
    463: EXPIRED,
    464: "Error validating access token: Sessions for the user are not allowed because the user is not a confirmed user.",
    467: "Error validating access token: The session is invalid because the user logged out.",
    492: "Error validating access token: The user no longer has a role on the Page.",
}
LIMITS = {
    4: "(#4) Application request limit reached",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
    80002: "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
}


# -- errors ------------------------------------------------------------------------------------------


def error(
    code: int,
    message: str,
    *,
    status: int = 400,
    subcode: int = 0,
    type: str = "OAuthException",
    user: str = "",
    is_transient: bool = False,
) -> Reply:
    """One of Meta's errors. `user` is the text that is meant for people."""
    body: dict[str, Any] = {"message": message, "type": type, "code": code}
    if subcode:
        body["error_subcode"] = subcode
    if is_transient:
        body["is_transient"] = True
    if user:
        body |= {"error_user_title": "That did not work", "error_user_msg": user}
    body["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
    return Reply(status, {"error": body})


def invalid(message: str, *, subcode: int = 0, user: str = "") -> Problem:
    """Code 100: a parameter is wrong or missing."""
    return Problem(error(100, f"(#100) {message}", subcode=subcode, user=user))


def missing(object_id: str) -> Problem:
    """100/33: it is not there, or the caller may not see it; Meta does not say which."""
    message = (
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing"
        " permissions, or does not support this operation"
    )
    return Problem(error(100, message, subcode=33, type="GraphMethodException"))


def dead_token(subcode: int = 0) -> Problem:
    return Problem(error(190, DEAD.get(subcode, "Invalid OAuth access token."), status=401, subcode=subcode))


def no_permission(scope: str) -> Problem:
    message = f"(#200) Requires {scope} permission to manage the object"
    return Problem(error(200, message, status=403))


def limit(code: int, *, owner: str, minutes: int, kind: str = "pages") -> Reply:
    """A used-up limit, with the header that says in how many minutes there is room again."""
    usage = {"call_count": 100, "total_cputime": 12, "total_time": 34, "estimated_time_to_regain_access": minutes}
    headers = {"x-business-use-case-usage": json.dumps({owner: [{"type": kind, **usage}]})}
    if code == 4:
        headers = {"x-app-usage": json.dumps({"call_count": 100, "total_time": 34, "total_cputime": 12})}
    reply = error(code, LIMITS.get(code, f"(#{code}) Limit reached"), status=400, subcode=0)
    return replace(reply, headers=headers)


def server_error(status: int) -> Reply:
    message = "An unexpected error has occurred. Please retry your request later."
    return error(2 if status == 503 else 1, message, status=status, is_transient=True)


def fault_reply(world: World, call: Call, fault: Fault, *, limit_code: int = 32, kind: str = "pages") -> Reply:
    """The answer to a fault of a refusing kind. Its `params` may name code, subcode, status, message, minutes."""
    told = fault.params
    owner = call.actor.account.id if call.actor else "0"
    match fault.kind:
        case "rate_limit":
            minutes = int(told.get("minutes", math.ceil(fault.seconds("seconds", 900) / 60)))
            return limit(int(told.get("code", limit_code)), owner=owner, minutes=minutes, kind=kind)
        case "credits_depleted":
            return limit(4, owner=owner, minutes=0)
        case "unauthorized":
            return dead_token(int(told.get("subcode", 0))).reply
        case "token_revoked":
            effect = None
            if call.actor is not None:
                world.consents.revoke(call.actor.consent_id)
                effect = {"revoked_consent_id": call.actor.consent_id}
            return replace(dead_token(int(told.get("subcode", 460))).reply, effect=effect)
        case "suspended":
            words = "You’re Temporarily Blocked: It looks like you were misusing this feature by going too fast."
            return error(368, "The action attempted has been deemed abusive or is otherwise disallowed", user=words)
        case "refuse":
            return error(
                int(told.get("code", 100)),
                str(told.get("message", "(#100) Invalid parameter")),
                status=int(told.get("status", 400)),
                subcode=int(told.get("subcode", 0)),
                user=str(told.get("user", "")),
                is_transient=bool(told.get("is_transient", False)),
            )
        case "missing_id":
            return Reply(200, {})
    return server_error(503)


# -- requests ----------------------------------------------------------------------------------------


def params(call: Call) -> dict[str, Any]:
    """Everything that was said, in the query, as a form or as JSON; nested values of forms may be JSON themselves."""
    said: dict[str, Any] = dict(call.query)
    kind = call.headers.get("content-type", "")
    if call.upload is not None:
        said |= call.upload.fields  # none for a file that was fetched from an address
    if kind.startswith("application/json") and call.body:
        try:
            body = json.loads(call.body)
        except ValueError:
            raise invalid("The request body is not valid JSON.") from None
        said |= body if isinstance(body, dict) else {}
    elif kind.startswith("application/x-www-form-urlencoded"):
        said |= dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    return said


def truth(value: Any, *, default: bool) -> bool:
    """Booleans come as JSON or as words."""
    if value is None:
        return default
    return value if isinstance(value, bool) else str(value).lower() in {"true", "1"}


def decoded(value: Any) -> Any:
    """A value of a form that is JSON; as it is when it is not."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def fields(call: Call) -> list[str]:
    """The names in `fields`, without sub-fields and modifiers: `a,b{c,d},e.limit(3)` gives a, b, e."""
    names, depth, name = [], 0, ""
    for letter in f"{params(call).get('fields', '')},":
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            names.append(name.partition("{")[0].partition(".")[0].strip())
            name = ""
        else:
            name += letter
    return [one for one in names if one]


def chosen(every: dict[str, Any], names: Iterable[str], *, always: Iterable[str] = ("id",)) -> dict[str, Any]:
    """The fields that were asked for, as far as there is something to show."""
    return {name: every[name] for name in dict.fromkeys((*names, *always)) if every.get(name) is not None}


# -- who calls ---------------------------------------------------------------------------------------


def token_value(call: Call) -> str:
    """The token of a call: a header (Bearer, or OAuth at the upload host) or a parameter."""
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "oauth"} and value.strip():
        return value.strip()
    return str(params(call).get("access_token", ""))


def proof_of(token: str, secret: str) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def check_proof(call: Call, token: str, app: App | None, *, is_required: bool) -> None:
    """`appsecret_proof` must belong to exactly this token; without one only where the app does not insist on it."""
    given = str(params(call).get("appsecret_proof", ""))
    if not given and not is_required:
        return
    secret = app.client_secret if app else ""
    if not given:
        message = "API calls from the server require an appsecret_proof argument"
        raise Problem(error(100, message, type="GraphMethodException"))
    if not hmac.compare_digest(given, proof_of(token, secret)):
        message = "Invalid appsecret_proof provided in the API argument"
        raise Problem(error(100, message, type="GraphMethodException"))


def check_alive(world: World, token: Token | None) -> Token:
    """A token that is known and neither expired nor revoked; raises 190 with the subcode that says why."""
    if token is None or token.consent is None:
        raise dead_token()
    if world.consents.is_alive(token):
        return token
    raise dead_token(460 if token.consent.is_revoked else 463)


def signed_request(payload: dict[str, Any], secret: str) -> str:
    """What Meta posts to the deauthorize and data-deletion addresses: signature and payload, base64url without padding."""
    encoded = _base64url(json.dumps(payload, separators=(",", ":")).encode())
    signature = hmac.new(secret.encode(), encoded.encode(), hashlib.sha256).digest()
    return f"{_base64url(signature)}.{encoded}"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
