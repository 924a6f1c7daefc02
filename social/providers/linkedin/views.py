"""The handshake with LinkedIn: where to, and what comes back. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from multivio.tenancy import outside_transaction
from social.platforms.linkedin_api import tokens_from
from social.providers.handshake import login_for

# Whoever turns back at the log-in, and whoever turns back at the permissions.
CANCELLED = ("user_cancelled_login", "user_cancelled_authorize")


class LinkedInAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "linkedin"
    login_cancelled_error = CANCELLED[0]

    @property
    def authorize_url(self) -> str:
        return f"{settings.LINKEDIN_OAUTH_URL}/v2/authorization"

    @property
    def access_token_url(self) -> str:
        return f"{settings.LINKEDIN_OAUTH_URL}/v2/accessToken"

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = super().parse_token(data)
        token.tokens = tokens_from(data)
        return token

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        return login_for(self.get_provider(), request, platform="linkedin", tokens=token.tokens)


_callback = OAuth2CallbackView.adapter_view(LinkedInAdapter)


def _in_one_word(request: HttpRequest) -> HttpResponseBase:
    """allauth knows one word for turning back, LinkedIn has two."""
    if request.GET.get("error") in CANCELLED:
        told = request.GET.copy()
        told["error"] = CANCELLED[0]
        request.GET = told  # type: ignore[assignment]
    answer: HttpResponseBase = _callback(request)
    return answer


# The code is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(_in_one_word)
