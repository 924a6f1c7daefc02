"""The handshake with Instagram: where to, and what comes back. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest

from multivio.tenancy import outside_transaction
from social.contract import PlatformError
from social.platforms import instagram, instagram_api
from social.providers.handshake import login_for


class InstagramAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "instagram"
    scope_delimiter = ","

    @property
    def authorize_url(self) -> str:
        return f"{settings.INSTAGRAM_WEB_URL}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{settings.INSTAGRAM_TOKEN_URL}/oauth/access_token"

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """allauth's own exchange knows only one of the two shapes in which the answer comes."""
        code = str(request.GET.get("code", ""))
        try:
            tokens = instagram_api.tokens_for(code, client.callback_url, asked=instagram.asked_scopes())
        except PlatformError as error:
            raise ProviderException(error.sentence) from None
        return {"access_token": tokens.access_token, "tokens": tokens}

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = SocialToken(token=data["access_token"])
        token.tokens = data["tokens"]
        return token

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        return login_for(self.get_provider(), request, platform="instagram", tokens=token.tokens)


# The code is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(OAuth2CallbackView.adapter_view(InstagramAdapter))
