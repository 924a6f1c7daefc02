"""The set-up doctor: per platform what is missing before anybody can connect an account, and whether it answers.

Connecting accounts is where most installations get stuck, so each finding says what to do next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from multivio import http
from social import platforms, troubles
from social.callbacks import addresses_of
from social.contract import Platform
from social.findings import Finding, worst
from social.providers import CONNECT_ONLY, ConnectProvider

ANSWER_SECONDS = 5.0
SOON = timedelta(days=90)


@dataclass(frozen=True)
class Report:
    """Everything about one platform."""

    platform: Platform
    providers: Sequence[ConnectProvider]
    addresses: Sequence[str]
    findings: Sequence[Finding]

    @property
    def level(self) -> str:
        return worst(self.findings)


def examine(*, ask: bool) -> list[Report]:
    """A report for each platform. `ask`: also whether its API answers, which takes up to five seconds each."""
    return [_examine(platform, ask=ask) for platform in platforms.all()]


def _examine(platform: Platform, *, ask: bool) -> Report:
    providers = [provider for provider in CONNECT_ONLY.values() if provider.platform == platform.slug]
    found = [*_keys(platform, providers), *_addresses(platform)]
    if platform.enabled():
        found += [*_versions(platform), *_scopes(platform), *_media(platform), *_last_trouble(providers)]
        found += platform.advice()
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
    setting = f"{platform.slug.upper()}_API_VERSION"
    version = getattr(settings, setting, "")
    if not version:
        return
    ends = platform.version_ends.get(version)
    today = timezone.now().date()
    if ends is None or ends - today > SOON:
        yield Finding("ok", f"Calls version {version} of the API; {setting} changes it.")
    elif ends > today:
        yield Finding(
            "warn", f"Version {version} of the API ends on {ends:%-d %B %Y}.", f"Set {setting} to a newer one."
        )
    else:
        yield Finding(
            "bad", f"Version {version} of the API ended on {ends:%-d %B %Y}.", f"Set {setting} to a newer one."
        )


def _scopes(platform: Platform) -> Iterator[Finding]:
    if platform.scopes:
        yield Finding("ok", f"Asks for {', '.join(platform.scopes)}.", "The application needs all of them.")


def _last_trouble(providers: Sequence[ConnectProvider]) -> Iterator[Finding]:
    for provider in providers:
        trouble = troubles.last(provider.id)
        if trouble is not None:
            when = f"{timezone.localtime(trouble.at):%-d %B, %H:%M}"
            yield Finding("warn", f"{provider.label}: connecting failed last on {when}: {trouble.sentence}")


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
