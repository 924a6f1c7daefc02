"""allauth's description of Threads, which it has none of its own for."""

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from social.platforms import threads
from social.providers.handshake import ConnectOnly
from social.providers.threads.views import ThreadsAdapter


class ThreadsProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "threads"
    name = "Threads"
    package = "social.providers.threads"
    oauth2_adapter_class = ThreadsAdapter

    def get_default_scope(self) -> list[str]:
        return list(threads.asked_scopes())


provider_classes = [ThreadsProvider]
