"""Whether words can be had right now, asked of the service at most once a minute."""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from ai import client, tries
from ai.errors import AiError

KNOWN_SECONDS = 60
KEY = "ai:models"


@dataclass(frozen=True)
class Health:
    enabled: bool
    reachable: bool
    on_sandbox: bool
    model: str
    detail: str


def models() -> list[str]:
    """The models that the service offers. Raises AiError."""
    key = f"{KEY}:{settings.XAI_BASE_URL}"
    known: list[str] | None = cache.get(key)
    if known is None:
        known = client.listed_models()
        cache.set(key, known, KNOWN_SECONDS)
    return known


def look() -> Health:
    """Never raises: what is wrong is in `detail`, as a sentence."""
    detail = ""
    try:
        offered = models()
        if not set(tries.models()) & set(offered):
            detail = f"{settings.XAI_MODEL_TEXT} is not among the models there, nor are its stand-ins."
    except AiError as error:
        detail = error.message
    enabled = settings.AI_ENABLED
    return Health(
        enabled, enabled and not detail, settings.XAI_ON_SANDBOX, settings.XAI_MODEL_TEXT if enabled else "", detail
    )
