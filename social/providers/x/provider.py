"""allauth's description of X with OAuth 2.0."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from social import platforms
from social.providers.handshake import ConnectOnly
from social.providers.x.views import XAdapter


class XProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "x"
    name = "X"
    package = "social.providers.x"
    oauth2_adapter_class = XAdapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        return list(platforms.get("x").scopes)


provider_classes = [XProvider]
