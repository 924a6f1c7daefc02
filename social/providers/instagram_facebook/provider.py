"""allauth's description of Facebook's log-in, for connecting the Instagram accounts behind Pages."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.conf import settings

from social.platforms import instagram_pages
from social.providers.handshake import ConnectOnly
from social.providers.instagram_facebook.views import InstagramFacebookAdapter


class InstagramFacebookProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "instagram-facebook"
    name = "Instagram through Facebook"
    package = "social.providers.instagram_facebook"
    oauth2_adapter_class = InstagramFacebookAdapter

    def get_default_scope(self) -> list[str]:
        """With a login configuration its own list counts, and a scope would contradict it."""
        return [] if settings.INSTAGRAM_FACEBOOK_CONFIG_ID else list(instagram_pages.asked_scopes())

    def get_auth_params(self) -> dict[str, str]:
        """Facebook shows a permission that was declined before only when asked to."""
        if settings.INSTAGRAM_FACEBOOK_CONFIG_ID:
            return {"config_id": settings.INSTAGRAM_FACEBOOK_CONFIG_ID}
        return {"auth_type": "rerequest"}


provider_classes = [InstagramFacebookProvider]
