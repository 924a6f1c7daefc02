"""`manage.py callback_uris`: the addresses to register with the platforms' developer consoles."""

from typing import Any

from django.core.management.base import BaseCommand

from social.callbacks import callback_uris


class Command(BaseCommand):
    help = "Print the callback addresses to register with the platforms, one a line."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for uri in callback_uris():
            self.stdout.write(uri)
