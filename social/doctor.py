"""The set-up doctor: per platform what is missing before anybody can connect an account, and whether it answers.

Connecting accounts is where most installations get stuck, so each finding says what to do next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from multivio import http
from social import platforms
from social.callbacks import addresses_of
from social.contract import Platform
from social.providers import CONNECT_ONLY, ConnectProvider

ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `level` is ok, warn or bad; `next_step` is empty when nothing is to be done."""

    level: str
    sentence: str
    next_step: str = ""


@dataclass(frozen=True)
class Report:
    """Everything about one platform."""

    platform: Platform
    providers: Sequence[ConnectProvider]
    addresses: Sequence[str]
    findings: Sequence[Finding]

    @property
    def level(self) -> str:
        levels = {finding.level for finding in self.findings}
        return next((level for level in ("bad", "warn") if level in levels), "ok")


def examine(*, ask: bool) -> list[Report]:
    """A report for each platform. `ask`: also whether its API answers, which takes up to five seconds each."""
    return [_examine(platform, ask=ask) for platform in platforms.all()]


def _examine(platform: Platform, *, ask: bool) -> Report:
    providers = [provider for provider in CONNECT_ONLY.values() if provider.platform == platform.slug]
    found = [*_keys(platform, providers), *_addresses(platform)]
    if platform.enabled():
        found += [*_versions(platform), *_media(platform)]
        found += [_answers(platform)] if ask else []
    addresses = [address for provider in providers for address in addresses_of(provider.id)]
    return Report(platform, providers, addresses, found)


def _keys(platform: Platform, providers: Sequence[ConnectProvider]) -> Iterator[Finding]:
    if platform.on_sandbox():
        yield Finding(
            "ok",
            f"{platform.name} leads to the sandbox: there are no keys of your own.",
            f"For the real {platform.name}, set {providers[0].id_setting} and {providers[0].secret_setting}.",
        )
        return
    for provider in providers:
        if provider.enabled:
            yield Finding("ok", f"{provider.label}: the keys are there.")
        elif provider.client_id:
            yield Finding("bad", f"{provider.label}: {provider.secret_setting} is missing.", "Set it and start again.")
        else:
            # A second way to connect may stay without keys.
            yield Finding(
                "warn" if platform.enabled() else "bad",
                f"{provider.label}: {provider.id_setting} is not set, so it is not offered.",
                f"Register an application ({platform.docs_url}) and set its keys in the environment.",
            )


def _addresses(platform: Platform) -> Iterator[Finding]:
    base = urlsplit(settings.BASE_URL)
    if platform.on_sandbox() or not platform.enabled():
        return
    if base.scheme != "https" and base.hostname not in {"localhost", "127.0.0.1"}:
        yield Finding(
            "bad", f"BASE_URL is {settings.BASE_URL}, and platforms send people back to https only.", "Use https."
        )
    else:
        yield Finding(
            "ok", "Register the callback addresses below exactly as they stand: a slash more is another address."
        )


def _media(platform: Platform) -> Iterator[Finding]:
    """Some platforms fetch pictures and videos themselves."""
    if platform.pulls_media and platform.enabled() and not platform.on_sandbox() and not settings.MEDIA_CAN_BE_FETCHED:
        yield Finding(
            "bad",
            f"{platform.name} fetches media itself, and there is no public address for them.",
            "Set S3_BUCKET (a bucket such as Cloudflare R2) or MEDIA_PUBLIC_URL.",
        )


def _versions(platform: Platform) -> Iterator[Finding]:
    """The version of the API that is called, where the platform has versions: they end."""
    version = getattr(settings, f"{platform.slug.upper()}_API_VERSION", "")
    if version:
        yield Finding("ok", f"Calls version {version} of the API; {platform.slug.upper()}_API_VERSION changes it.")


def _answers(platform: Platform) -> Finding:
    """One call without a token: any answer at all shows that the way there is open."""
    address = getattr(settings, f"{platform.slug.upper()}_API_URL", "")
    if not address:
        return Finding("warn", "Its address is not known, so nothing was asked.")
    try:
        answer = http.request("GET", address, timeouts=http.Timeouts(total=ANSWER_SECONDS))
    except http.HttpError as error:
        return Finding(
            "bad", f"{platform.name} does not answer from here ({error}).", "Check the network and the proxy."
        )
    return Finding("ok", f"{platform.name} answers (HTTP {answer.status} without a token).")
