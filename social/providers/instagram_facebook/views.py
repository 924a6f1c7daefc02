"""The handshake with Facebook for the accounts behind Pages. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest

from multivio.tenancy import outside_transaction
from social.contract import PlatformError
from social.platforms import instagram_api, instagram_pages
from social.providers.handshake import login_for


class InstagramFacebookAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "instagram-facebook"
    scope_delimiter = ","

    @property
    def authorize_url(self) -> str:
        return f"{settings.INSTAGRAM_FACEBOOK_WEB_URL}/{settings.INSTAGRAM_API_VERSION}/dialog/oauth"

    @property
    def access_token_url(self) -> str:
        return f"{instagram_api.on_facebook().root}/oauth/access_token"

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        """The code gave a token of an hour; Pages' tokens live on only when they are got with a long-lived one."""
        try:
            token.tokens = instagram_pages.tokens_for(str(token.token))
        except PlatformError as error:
            raise ProviderException(error.sentence) from None
        return login_for(self.get_provider(), request, platform="instagram", tokens=token.tokens)


# The code lives for minutes and is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(OAuth2CallbackView.adapter_view(InstagramFacebookAdapter))
