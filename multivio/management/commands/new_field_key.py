"""`manage.py new_field_key`: print a new key for FIELD_KEYS."""

import base64
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from multivio.crypto import KEY_BYTES


class Command(BaseCommand):
    help = "Print a new key for FIELD_KEYS. Put it first, keep the others behind it, then run rotate_keys."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--id", default="", help="The key's name (default: the moment, such as k20261201093000).")

    def handle(self, *args: Any, **options: Any) -> None:
        key_id = options["id"] or f"k{timezone.now():%Y%m%d%H%M%S}"
        if not key_id.isalnum():
            raise CommandError("The id may hold letters and digits only.")
        key = base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()
        self.stdout.write(f"{key_id}:{key}")
