"""Meta's signed requests: `base64url(signature).base64url(JSON)` without padding
(https://developers.facebook.com/docs/facebook-login/guides/advanced/oidc-token, "signed_request")."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ALGORITHM = "HMAC-SHA256"
LONGEST = 8192


class Forged(Exception):
    """It is not signed with this secret, or not written as Meta writes it. Nothing in it may be believed."""


@dataclass(frozen=True)
class SignedRequest:
    """Who it is about, by the id that this app knows the person by, and when Meta said it."""

    user_id: str
    issued_at: datetime


def read(value: str, secret: str) -> SignedRequest:
    """The content of a request that is signed with `secret`. Raises Forged."""
    signature, _, payload = value.partition(".")
    if not secret or not signature or not payload or len(value) > LONGEST:
        raise Forged("not a signed request")
    # The signature is of the second part as it was sent, still encoded.
    expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(_decoded(signature), expected):
        raise Forged("wrong signature")
    try:
        said = json.loads(_decoded(payload))
    except ValueError as error:
        raise Forged("no JSON") from error
    return _content(said)


def _content(said: Any) -> SignedRequest:
    if not isinstance(said, dict) or str(said.get("algorithm", "")).upper() != ALGORITHM:
        raise Forged("another algorithm")
    user_id, issued_at = said.get("user_id"), said.get("issued_at")
    if not isinstance(user_id, (str, int)) or isinstance(user_id, bool) or not str(user_id):
        raise Forged("without user_id")
    if not isinstance(issued_at, (int, float)) or isinstance(issued_at, bool):
        raise Forged("without issued_at")
    try:
        moment = datetime.fromtimestamp(issued_at, UTC)
    except (OverflowError, OSError, ValueError) as error:  # a number that is no time
        raise Forged("no time") from error
    return SignedRequest(str(user_id), moment)


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Forged("not base64url") from error
