"""`manage.py up`, listed among the other commands. manage.py starts it without loading Django."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from multivio.supervisor.up import main


class Command(BaseCommand):
    help = "Run the whole product: embedded servers, web, workers, beat, dispatcher and sandbox. PORT chooses the port."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main())
