"""What TikTok says of a task of publishing (https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multivio import http
from social.contract import Account
from social.platforms import tiktok_api

COMPLETE, FAILED = "PUBLISH_COMPLETE", "FAILED"
WORKING = frozenset({"PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD"})
# The first is TikTok's own spelling.
ID_NAMES = ("publicaly_available_post_id", "publicly_available_post_id")
NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Standing:
    """`post_id` comes only for public posts, and only after moderation. `uploaded` is None where TikTok does not say."""

    status: str
    reason: str = ""
    post_id: str = ""
    uploaded: int | None = None

    @property
    def is_complete(self) -> bool:
        return self.status == COMPLETE

    @property
    def is_failed(self) -> bool:
        return self.status == FAILED


def look(account: Account, publish_id: str, *, timeouts: http.Timeouts | None = None) -> Standing:
    """Raises Refused (code not_found) for a task that TikTok does not know any more, and what repeatable calls raise."""
    data = tiktok_api.repeatable(
        "POST",
        "/v2/post/publish/status/fetch/",
        account.access_token,
        body={"publish_id": publish_id},
        timeouts=timeouts,
    )
    return Standing(str(data.get("status") or ""), str(data.get("fail_reason") or ""), _post_id(data), _uploaded(data))


def _uploaded(data: Mapping[str, Any]) -> int | None:
    count = data.get("uploaded_bytes")
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def _post_id(data: Mapping[str, Any]) -> str:
    """A number, a text, or a list of them; more than 53 bits, so it stays text from here on."""
    for name in ID_NAMES:
        found = data.get(name)
        first = found[0] if isinstance(found, list) and found else found
        if isinstance(first, (int, str)) and not isinstance(first, bool) and str(first).isdigit() and int(first):
            return str(first)
    return ""
