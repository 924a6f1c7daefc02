"""allauth's description of YouTube, for connecting channels."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from social.platforms import youtube
from social.providers.handshake import ConnectOnly
from social.providers.youtube.views import YouTubeAdapter


class YouTubeProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "youtube"
    name = "YouTube"
    package = "social.providers.youtube"
    oauth2_adapter_class = YouTubeAdapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        return list(youtube.asked_scopes())

    def get_auth_params(self) -> dict[str, str]:
        """Google gives a refresh token only for offline access and a fresh consent; the chooser is where a channel is picked."""
        return {"access_type": "offline", "prompt": "consent select_account", "include_granted_scopes": "true"}


provider_classes = [YouTubeProvider]
