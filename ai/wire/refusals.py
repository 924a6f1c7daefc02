"""What a no means. xAI says {"code", "error"}, others nest them, gateways send plain text; and some of it comes after a 200."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from ai import errors
from ai.errors import AiError

CREDITS_GONE = ("credits", "spending limit", "monthly limit")
SAFETY = ("safety_check", "usage guidelines", "content moderation", "content_filter", "content_policy", "moderation")
TOO_MANY = ("rate_limit", "rate limit", "too many requests", "resource has been exhausted")


def error_of(status: int, told: Mapping[str, str], content: bytes) -> AiError:
    """What an answer that is no success means."""
    said = _said(content)
    kind = _kind(status, said.lower())
    return kind(retry_after=_seconds(told.get("retry-after", "")), detail=f"{status} {said[:300]}")


def error_within(told: Any) -> AiError:
    """What an error means that came after a 200: the work had begun, so it is asked again only if there was too much of it."""
    said = _without_key(_words(told))
    text = said.lower()
    if any(sign in text for sign in CREDITS_GONE):
        kind: type[AiError] = errors.AccountEmpty
    elif any(sign in text for sign in TOO_MANY):
        kind = errors.Busy
    else:
        kind = _kind(500, text)
    return (errors.Lost if kind is errors.Unavailable else kind)(detail=f"within the answer: {said[:300]}")


def _kind(status: int, text: str) -> type[AiError]:
    if any(sign in text for sign in SAFETY):
        return errors.Refused
    if status == 403 and any(sign in text for sign in CREDITS_GONE):
        return errors.AccountEmpty
    if status in {401, 403} or (status == 400 and "api key" in text):
        return errors.Misconfigured
    if status == 404 or "model not found" in text:
        return errors.NoSuchModel
    if status == 429:
        return errors.Busy
    if status >= 500:
        return errors.Unavailable
    return errors.BadQuestion


def _said(content: bytes) -> str:
    """The words of a refusal in any of its three forms."""
    try:
        said = _words(json.loads(content))
    except ValueError:
        said = ""
    return _without_key(said or content[:4000].decode("utf-8", "replace"))


def _words(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    inner = data.get("error")
    told = inner if isinstance(inner, dict) else {"code": data.get("code"), "message": inner or data.get("message")}
    return ": ".join(str(told[name]) for name in ("code", "message") if told.get(name))


def _without_key(said: str) -> str:
    """Some services repeat the key that they do not like; it has no business in a log."""
    return said.replace(settings.XAI_API_KEY, "…") if settings.XAI_API_KEY else said


def _seconds(value: str) -> float:
    try:
        return max(0.0, float(value))
    except ValueError:
        return 0.0
