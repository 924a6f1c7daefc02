"""How much of a day's publishing is left (https://developers.facebook.com/docs/threads/overview#rate-limits).

A quota that is used up shows only at the call that publishes; asking before keeps a thread from ending in its middle.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from social.contract import Account, NeedsReauth, PlatformError, RateLimited
from social.platforms import graph_api, threads_api
from social.platforms import sentences_threads as own
from social.platforms.threads_errors import NAME

FIELDS = "quota_usage,config,reply_quota_usage,reply_config"
# The window moves along; when there is room again Threads does not say.
LOOK_AGAIN = timedelta(hours=1)


def check(account: Account, *, posts: int, replies: int) -> None:
    """Raises RateLimited when there is no room for so many, NeedsReauth when the access is over. Where it cannot be read,
    the calls themselves will tell."""
    try:
        path, token = f"/{account.remote_id}/threads_publishing_limit", account.access_token
        body = graph_api.repeatable(threads_api.graph(), "GET", path, token, query={"fields": FIELDS})
    except NeedsReauth:
        raise
    except PlatformError:
        return
    data = body.get("data")
    said = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    _check(said, "", posts)
    _check(said, "reply_", replies)


def _check(said: Mapping[str, Any], prefix: str, needed: int) -> None:
    used, config = said.get(f"{prefix}quota_usage"), said.get(f"{prefix}config")
    total = config.get("quota_total") if isinstance(config, dict) else None
    if not needed or not isinstance(used, int) or not isinstance(total, int) or used + needed <= total:
        return
    until = datetime.now(UTC) + LOOK_AGAIN
    sentence = own.quota_until(NAME, used, total, until)
    raise RateLimited(sentence, until=until, code="quota", detail=f"{used} of {total}, {needed} more wanted")
