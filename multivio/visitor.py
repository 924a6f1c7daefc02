"""Where a request really comes from.

`X-Forwarded-For` is what anybody may write, plus one address from each proxy on the way. With TRUSTED_PROXIES=2 the second
address from the right was written by the first of our proxies, and everything to its left is hearsay. The server itself must
not have replaced the peer's address before us: uvicorn runs with --no-proxy-headers.
"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - a peer without an address, such as a Unix socket; nothing is bound to it


def address_of(request: HttpRequest) -> str:
    """The visitor's IP address, as our own proxies saw it."""
    peer = _parsed(request.META.get("REMOTE_ADDR", "")) or UNKNOWN
    proxies = settings.TRUSTED_PROXIES
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if not proxies or len(hops) < proxies:
        return peer  # came past the proxies, or there are none: only who knocks is certain
    return _parsed(hops[-proxies]) or peer


def network_of(request: HttpRequest) -> str:
    """What rates count as one visitor: an IPv4 address, or the /64 that one line gets of IPv6."""
    found = ipaddress.ip_address(address_of(request))
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _parsed(text: str) -> str:
    """The address without a port, brackets or zone; empty if it is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
