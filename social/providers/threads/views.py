"""The handshake with Threads: where to, and what comes back. Addresses are read from the settings at each call."""

from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest

from multivio.tenancy import outside_transaction
from social.contract import PlatformError
from social.platforms import threads_api
from social.providers.handshake import login_for


class ThreadsAdapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "threads"
    scope_delimiter = ","

    @property
    def authorize_url(self) -> str:
        return f"{settings.THREADS_WEB_URL}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        """Token endpoints are the only ones without a version."""
        return f"{settings.THREADS_API_URL}/oauth/access_token"

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **_kwargs: Any) -> Any:
        """The code gave a token of an hour; only while that lives can it be exchanged for one of 60 days."""
        try:
            token.tokens = threads_api.tokens_for(str(token.token))
        except PlatformError as error:
            raise ProviderException(error.sentence) from None
        return login_for(self.get_provider(), request, platform="threads", tokens=token.tokens)


# The code lives for an hour and once, and is exchanged here and now, with no transaction held open meanwhile.
callback = outside_transaction(OAuth2CallbackView.adapter_view(ThreadsAdapter))
