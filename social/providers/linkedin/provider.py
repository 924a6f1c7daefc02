"""allauth's description of LinkedIn, for connecting members and pages."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from social.platforms import linkedin_api
from social.providers.handshake import ConnectOnly
from social.providers.linkedin.views import LinkedInAdapter


class LinkedInProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    """LinkedIn gives PKCE to native applications only, so there is none."""

    id = "linkedin"
    name = "LinkedIn"
    package = "social.providers.linkedin"
    oauth2_adapter_class = LinkedInAdapter

    def get_default_scope(self) -> list[str]:
        return list(linkedin_api.asked_scopes())


provider_classes = [LinkedInProvider]
