"""Media that the platform fetches by itself, as its crawler would: nothing but a file of the right kind at the very address."""

import asyncio
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from sandbox.calls import Call, Upload
from sandbox.config import is_loopback

AGENT = "facebookexternalhit/1.1"
SECONDS = 20
MOST = 1024**3
BLOCK = 1 << 20


class Unfetchable(Exception):
    """The address gave no media."""


async def bring(call: Call, address: str, *, kind: str) -> None:
    """Bring the media at the address to disk as the call's upload. The real world wants https; here loopback is enough.

    Raises Unfetchable with the reason; each platform has words of its own for that.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
        raise Unfetchable("The sandbox fetches from this machine only.")
    if not address.isascii():
        raise Unfetchable("the address is not plain ASCII")
    try:
        path, size = await asyncio.to_thread(_fetched, address, kind, call.world.config.spool)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Unfetchable(str(error)) from None
    call.upload = Upload({}, path, size)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        raise Unfetchable("the address redirects")


def _fetched(address: str, kind: str, spool: Path) -> tuple[Path, int]:
    # Proxies of the environment have no business with loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    if not _allowed(opener, address):
        raise Unfetchable("robots.txt does not admit facebookexternalhit")
    request = urllib.request.Request(address, headers={"User-Agent": AGENT})  # noqa: S310 - http and https only
    with opener.open(request, timeout=SECONDS) as answer:
        found = answer.headers.get_content_type()
        if not found.startswith(f"{kind}/") and found != "application/octet-stream":
            raise Unfetchable(f"it is {found}")
        with tempfile.NamedTemporaryFile(dir=spool, delete=False) as target:
            size = 0
            while chunk := answer.read(BLOCK):
                size += target.write(chunk)
                if size > MOST:
                    raise Unfetchable("it is too large")
    return Path(target.name), size


def _allowed(opener: urllib.request.OpenerDirector, address: str) -> bool:
    parts = urlsplit(address)
    rules = RobotFileParser()
    request = urllib.request.Request(  # noqa: S310 - http and https only
        f"{parts.scheme}://{parts.netloc}/robots.txt", headers={"User-Agent": AGENT}
    )
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            rules.parse(answer.read(65536).decode("utf-8", "replace").splitlines())
    except (urllib.error.URLError, Unfetchable):
        return True  # no rules
    return rules.can_fetch(AGENT, address)
