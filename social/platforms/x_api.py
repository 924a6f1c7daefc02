"""Calls to X's API for an account: the address, the signature, and what a failed repeatable call means."""

import base64
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from oauthlib.oauth1 import Client as OAuth1Client

from multivio import http
from social.contract import Account, NotSent
from social.platforms import sentences, x_errors

NAME = "X"


def url(path: str) -> str:
    return f"{settings.X_API_URL}{path}"


def authorization(account: Account, method: str, address: str) -> str:
    """The Authorization header. A token secret means OAuth 1.0a, where the query is signed and the body is not
    (https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature)."""
    if not account.token_secret:
        return f"Bearer {account.access_token}"
    client = OAuth1Client(
        settings.X_CONSUMER_KEY,
        client_secret=settings.X_CONSUMER_SECRET,
        resource_owner_key=str(account.access_token),
        resource_owner_secret=str(account.token_secret),
    )
    _, headers, _ = client.sign(address, http_method=method)
    return str(headers["Authorization"])


def client_authorization() -> dict[str, str]:
    """HTTP Basic for a confidential client; a public one names itself in the body instead."""
    if not settings.X_CLIENT_SECRET:
        return {}
    pair = f"{settings.X_CLIENT_ID}:{settings.X_CLIENT_SECRET}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def call(
    method: str,
    path: str,
    account: Account,
    *,
    query: Mapping[str, str] | None = None,
    json_body: Any = None,
    multipart: http.Multipart | None = None,
    timeouts: http.Timeouts | None = None,
) -> http.Response:
    """One signed request, answered whatever the status. Raises http.NotSentError, http.AmbiguousError."""
    address = http.with_query(url(path), query)
    return http.request(
        method,
        address,
        headers={"Authorization": authorization(account, method, address)},
        json_body=json_body,
        multipart=multipart,
        timeouts=timeouts or http.Timeouts(total=settings.PUBLISH_CALL_TIMEOUT_SECONDS),
    )


def repeatable(method: str, path: str, account: Account, **details: Any) -> dict[str, Any]:
    """A call that may be made again at will (reads, uploads): its JSON object, or a PlatformError.

    Everything that is not X's own clear no is NotSent here, since nothing public hangs on it.
    """
    try:
        response = call(method, path, account, **details)
    except http.HttpError as error:
        raise NotSent(
            sentences.not_reached(NAME),
            detail=str(error),
            next_step=sentences.NOTHING_TO_DO,
            may_have_arrived=isinstance(error, http.AmbiguousError),
        ) from None
    if response.ok:
        return response.object()
    raise x_errors.of_repeatable(response)
