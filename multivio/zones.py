"""Which names are time zones. Reading the index takes 12 ms, so it is read once for each process."""

import zoneinfo
from functools import cache


@cache
def all_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


REGIONS = (
    "Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"
)  # fmt: skip


def places(*more: str) -> list[str]:
    """Names to choose a time zone from: one for each place, without the aliases of old, and `more`."""
    return sorted({name for name in all_zones() if name.startswith(REGIONS)} | {"UTC", *more} - {""})


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone such as `Europe/Copenhagen`."""
    return name in all_zones()
