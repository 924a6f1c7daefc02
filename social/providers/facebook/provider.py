"""allauth's description of Facebook, for connecting Pages."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.conf import settings

from social.platforms import facebook
from social.providers.facebook.views import FacebookAdapter
from social.providers.handshake import ConnectOnly


class FacebookProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "facebook"
    name = "Facebook"
    package = "social.providers.facebook"
    oauth2_adapter_class = FacebookAdapter

    def get_default_scope(self) -> list[str]:
        """With a login configuration its own list counts, and a scope would contradict it."""
        return [] if settings.FACEBOOK_CONFIG_ID else list(facebook.asked_scopes())

    def get_auth_params(self) -> dict[str, str]:
        """Facebook shows a permission that was declined before only when asked to."""
        if settings.FACEBOOK_CONFIG_ID:
            return {"config_id": settings.FACEBOOK_CONFIG_ID}
        return {"auth_type": "rerequest"}


provider_classes = [FacebookProvider]
