"""Reads RATE_LIMITS: `api=1200/60,uploads=50/3600`."""

import re
from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured

ENTRY = re.compile(r"(?P<name>[a-z-]+)=(?P<amount>[1-9]\d{0,8})/(?P<seconds>[1-9]\d{0,6})")


def read_rates(entries: Iterable[str]) -> dict[str, tuple[int, int]]:
    """name → (amount, seconds). Names are checked by the system checks, which know the table."""
    found: dict[str, tuple[int, int]] = {}
    for entry in entries:
        match = ENTRY.fullmatch(entry.strip())
        if match is None:
            raise ImproperlyConfigured(f"RATE_LIMITS: “{entry}” is not like api=600/60 (name=amount/seconds).")
        found[match["name"]] = (int(match["amount"]), int(match["seconds"]))
    return found
