"""Which names are time zones. Reading the index takes 12 ms, so it is read once for each process."""

import zoneinfo
from functools import cache


@cache
def all_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone such as `Europe/Copenhagen`."""
    return name in all_zones()
