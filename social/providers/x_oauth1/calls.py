"""The two signed calls of an OAuth 1.0a handshake with X."""

from typing import Any
from urllib.parse import parse_qsl

from allauth.socialaccount.providers.base import ProviderException
from django.conf import settings
from oauthlib.oauth1 import Client

from multivio import http
from social.platforms import sentences

TIMEOUTS = http.Timeouts(connect=3, read=8, total=10)


def request_token(callback: str) -> tuple[str, str]:
    """A fresh request token and its secret. Raises ProviderException."""
    found = _call("/oauth/request_token", callback_uri=callback)
    return found["oauth_token"], found["oauth_token_secret"]


def access_token(token: str, secret: str, verifier: str) -> tuple[str, str]:
    """The access token and its secret for an approved request token. Raises ProviderException."""
    found = _call("/oauth/access_token", resource_owner_key=token, resource_owner_secret=secret, verifier=verifier)
    return found["oauth_token"], found["oauth_token_secret"]


def _call(path: str, **signing: Any) -> dict[str, str]:
    address = f"{settings.X_API_URL}{path}"
    client = Client(settings.X_CONSUMER_KEY, client_secret=settings.X_CONSUMER_SECRET, **signing)
    _, headers, _ = client.sign(address, http_method="POST")
    try:
        response = http.request("POST", address, headers={**headers, "Accept": "*/*"}, timeouts=TIMEOUTS)
    except http.HttpError:
        raise ProviderException(sentences.not_reached("X")) from None
    found = dict(parse_qsl(response.body.decode("utf-8", "replace")))
    if not response.ok or not found.get("oauth_token") or not found.get("oauth_token_secret"):
        raise ProviderException(f"X answered {response.status} to {path}")
    return found
