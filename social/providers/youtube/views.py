"""The handshake with Google for YouTube: where to, and what comes back. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest

from multivio.tenancy import outside_transaction
from social.platforms import sentences_youtube as sentences
from social.platforms import youtube_api
from social.providers.handshake import NothingToConnect, login_for


class YouTubeAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "youtube"

    @property
    def authorize_url(self) -> str:
        return f"{settings.YOUTUBE_AUTH_URL}/o/oauth2/v2/auth"

    @property
    def access_token_url(self) -> str:
        return f"{settings.YOUTUBE_TOKEN_URL}/token"

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = super().parse_token(data)
        token.tokens = youtube_api.tokens_from(data)
        return token

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        """Without a refresh token nothing is stored: it would take the place of one that still works."""
        if not token.tokens.refresh_token:
            raise NothingToConnect(sentences.NO_LASTING_ACCESS)
        return login_for(self.get_provider(), request, platform="youtube", tokens=token.tokens)


# The code lives for minutes and is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(OAuth2CallbackView.adapter_view(YouTubeAdapter))
