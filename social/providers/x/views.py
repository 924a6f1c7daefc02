"""The handshake with X: where to, and what comes back. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest

from multivio.tenancy import outside_transaction
from social.platforms.x import tokens_from
from social.providers.handshake import login_for


class XAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "x"

    @property
    def authorize_url(self) -> str:
        return f"{settings.X_WEB_URL}/i/oauth2/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{settings.X_API_URL}/2/oauth2/token"

    @property
    def basic_auth(self) -> bool:
        return bool(settings.X_CLIENT_SECRET)

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = super().parse_token(data)
        token.tokens = tokens_from(data)
        return token

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        return login_for(self.get_provider(), request, platform="x", tokens=token.tokens)


# X's code lives 30 seconds, so it is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(OAuth2CallbackView.adapter_view(XAdapter))
