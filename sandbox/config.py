"""What the command line and the environment say."""

import argparse
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Config:
    host: str
    port: int
    data: Path
    redirect_uris: tuple[str, ...]
    stripe_webhooks: tuple[str, ...] = ()

    @property
    def spool(self) -> Path:
        """Where bodies wait while they are read."""
        return self.data / "spool"

    def media(self, platform: str) -> Path:
        return self.data / "media" / platform


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse(arguments: Sequence[str] | None = None) -> Config:
    """Read the options; exits with status 2 on an address that other machines could reach."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The outside world in a box.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8001")))
    parser.add_argument("--data", type=Path, default=os.environ.get("SANDBOX_DATA"), help="folder for all state")
    parser.add_argument(
        "--redirect-uri", action="append", default=[], help="an exact OAuth redirect URI; may be repeated"
    )
    parser.add_argument("--stripe-webhook", action="append", default=[], help="where Stripe tells what happened")
    options = parser.parse_args(arguments)
    if options.data is None:
        parser.error("--data (or SANDBOX_DATA) is required")
    if not is_loopback(options.host):
        parser.error(f"the sandbox hands out tokens to anyone; it serves loopback addresses only, not {options.host}")
    from_environment = os.environ.get("SANDBOX_REDIRECT_URIS", "").split(",")
    uris = tuple(uri.strip() for uri in (*options.redirect_uri, *from_environment) if uri.strip())
    return Config(options.host, options.port, options.data, uris, _own_addresses(parser, options.stripe_webhook))


def _own_addresses(parser: argparse.ArgumentParser, urls: Sequence[str]) -> tuple[str, ...]:
    """Webhooks go to this machine alone: nothing of the sandbox leaves it."""
    for url in urls:
        if not is_loopback(urlsplit(url).hostname or ""):
            parser.error(f"webhooks are delivered to this machine only, not to {url}")
    return tuple(urls)
