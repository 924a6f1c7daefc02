"""allauth's description of X with OAuth 1.0a.

allauth keeps request and access tokens of OAuth 1.0a in the session, in clear, under one name for all tabs. So the two
calls are made here: the state of a handshake is found by its request token, holds that token's secret sealed, and is
used once.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth.provider import OAuthProvider
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from multivio import crypto
from social.providers.handshake import ConnectOnly
from social.providers.x_oauth1 import calls


class XOAuth1Provider(ConnectOnly, OAuthProvider):  # type: ignore[misc]
    id = "x-oauth1"
    name = "X"
    package = "social.providers.x_oauth1"

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **_kwargs: Any
    ) -> HttpResponse:
        callback = build_absolute_uri(request, reverse(f"{self.id}_callback"))
        try:
            token, secret = calls.request_token(callback)
        except ProviderException as error:
            answer: HttpResponse = render_authentication_error(
                request, self, exception=error, extra_context={"state": {"data": data}}
            )
            return answer
        sealed = crypto.seal(secret, bound_to(token))
        self.stash_redirect_state(request, process, next_url, data, state_id=token, secret=sealed)
        return HttpResponseRedirect(f"{settings.X_API_URL}/oauth/authorize?{urlencode({'oauth_token': token})}")


def bound_to(token: str) -> str:
    """What the secret of a request token is sealed for."""
    return f"x-oauth1.request-token:{token}"


provider_classes = [XOAuth1Provider]
