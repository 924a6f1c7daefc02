"""The last handshake with each platform that failed, for whoever sets it up. Told for a month; losing it loses nothing."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

KEPT_SECONDS = 30 * 86_400


@dataclass(frozen=True)
class Trouble:
    """What went wrong, in the sentence that the person saw, without whose handshake it was."""

    at: datetime
    sentence: str


def remember(provider: str, sentence: str) -> None:
    with suppress(RedisError):
        cache.set(_key(provider), Trouble(timezone.now(), sentence[:300]), KEPT_SECONDS)


def forget(provider: str) -> None:
    """It works again."""
    with suppress(RedisError):
        cache.delete(_key(provider))


def last(provider: str) -> Trouble | None:
    found: Trouble | None = None
    with suppress(RedisError):
        found = cache.get(_key(provider))
    return found


def _key(provider: str) -> str:
    return f"connecting-failed:{provider}"
