"""Photos that TikTok fetches by itself, from addresses whose owner it knows; no redirects."""

import asyncio
import hashlib
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.config import is_loopback
from sandbox.platforms.tiktok import probe
from sandbox.world import World

AGENT = "TikTokFetcher"
SECONDS = 20
MOST = 25_000_000


def is_verified(world: World, address: str) -> bool:
    """The real one wants https below a prefix whose owner has proven to be it. Here this machine is known, unless the
    setting `tiktok_verified_prefixes` names what is."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
        return False
    prefixes = [one for one in str(world.settings["tiktok_verified_prefixes"]).split(",") if one]
    return not prefixes or any(address.startswith(prefix) for prefix in prefixes)


async def fetch_all(world: World, addresses: Sequence[str]) -> list[dict[str, Any]]:
    """Each photo with the path it was put at, or with the reason why there is none."""
    return [await asyncio.to_thread(_fetched, address, world.config.spool) for address in addresses]


def keep(path: str, target: Path) -> None:
    shutil.move(path, target)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def _fetched(address: str, spool: Path) -> dict[str, Any]:
    empty = {"url": address, "path": "", "media_type": "", "width": None, "height": None, "size": 0, "sha256": ""}
    # Proxies of the environment have no business with loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    request = urllib.request.Request(address, headers={"User-Agent": AGENT})  # noqa: S310 - http and https only
    digest = hashlib.sha256()
    try:
        with (
            opener.open(request, timeout=SECONDS) as answer,
            tempfile.NamedTemporaryFile(dir=spool, delete=False) as to,
        ):
            size = 0
            while (block := answer.read(1 << 20)) and size < MOST:
                digest.update(block)
                size += to.write(block)
    except (urllib.error.URLError, OSError, ValueError):
        return {**empty, "failure": "photo_pull_failed"}
    found = probe.photo(Path(to.name))
    return {
        "url": address,
        "path": to.name,
        "media_type": found.media_type,
        "width": found.width,
        "height": found.height,
        "size": size,
        "sha256": digest.hexdigest(),
        "failure": found.problem,
    }
