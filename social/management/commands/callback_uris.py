"""`manage.py callback_uris`: the addresses to register with the platforms' developer consoles."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from social.providers import CONNECT_ONLY

LOCAL_NAMES = ("localhost", "127.0.0.1")


def callback_uris() -> list[str]:
    """Absolute addresses under BASE_URL; with DEBUG for both names of this machine, since X takes only 127.0.0.1."""
    bases = [settings.BASE_URL]
    parts = urlsplit(settings.BASE_URL)
    if settings.DEBUG and parts.hostname in LOCAL_NAMES:
        port = f":{parts.port}" if parts.port else ""
        bases = [f"{parts.scheme}://{name}{port}" for name in LOCAL_NAMES]
    return [f"{base}{reverse(f'{provider}_callback')}" for provider in CONNECT_ONLY for base in bases]


class Command(BaseCommand):
    help = "Print the callback addresses to register with the platforms, one a line."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for uri in callback_uris():
            self.stdout.write(uri)
