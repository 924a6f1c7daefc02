"""allauth's description of Instagram's own log-in for professional accounts."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from social.platforms import instagram
from social.providers.handshake import ConnectOnly
from social.providers.instagram.views import InstagramAdapter


class InstagramProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "instagram"
    name = "Instagram"
    package = "social.providers.instagram"
    oauth2_adapter_class = InstagramAdapter

    def get_default_scope(self) -> list[str]:
        return list(instagram.asked_scopes())

    def get_auth_params(self) -> dict[str, str]:
        """Whoever connects a second account would otherwise get the first one again, without being asked."""
        return {"force_reauth": "true", "enable_fb_login": "0"}


provider_classes = [InstagramProvider]
