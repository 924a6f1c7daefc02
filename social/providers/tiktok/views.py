"""The handshake with TikTok: where to, and what comes back. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest

from multivio.tenancy import outside_transaction
from social.platforms.tiktok_api import tokens_from
from social.providers.handshake import login_for


class TikTokClient(OAuth2Client):  # type: ignore[misc]
    client_id_parameter = "client_key"


class TikTokAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "tiktok"
    client_class = TikTokClient
    scope_delimiter = ","

    @property
    def authorize_url(self) -> str:
        return f"{settings.TIKTOK_WEB_URL}/v2/auth/authorize/"

    @property
    def access_token_url(self) -> str:
        return f"{settings.TIKTOK_API_URL}/v2/oauth/token/"

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = super().parse_token(data)
        token.tokens = tokens_from(data)
        return token

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        return login_for(self.get_provider(), request, platform="tiktok", tokens=token.tokens)


# A code is good once and for a short while, so it is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(OAuth2CallbackView.adapter_view(TikTokAdapter))
