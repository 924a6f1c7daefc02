"""The addresses to register with the platforms' developer consoles."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from social.providers import CONNECT_ONLY

LOCAL_NAMES = ("localhost", "127.0.0.1")


def addresses_of(provider_id: str) -> list[str]:
    """Absolute addresses under BASE_URL; with DEBUG for both names of this machine, since X takes only 127.0.0.1."""
    bases = [settings.BASE_URL]
    parts = urlsplit(settings.BASE_URL)
    if settings.DEBUG and parts.hostname in LOCAL_NAMES:
        port = f":{parts.port}" if parts.port else ""
        bases = [f"{parts.scheme}://{name}{port}" for name in LOCAL_NAMES]
    return [f"{base}{reverse(f'{provider_id}_callback')}" for base in bases]


def callback_uris() -> list[str]:
    return [address for provider in CONNECT_ONLY for address in addresses_of(provider)]
