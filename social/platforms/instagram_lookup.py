"""Looking for a post or comment whose outcome is not known, on the account's own lists.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media. Lists lag behind: whether
a post is public at all its container says; the list only tells which one it is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from social.contract import AttemptRef, Job, Proof, Settled, Settlement
from social.platforms import graph_api, instagram_api
from social.platforms.facebook_lookup import canonical_text
from social.platforms.graph_containers import one_of
from social.platforms.instagram_content import CAROUSEL, IMAGE, REEL, STORY, comment_of, form_of, is_video

SKEW = timedelta(minutes=2)  # between our clock and Instagram's
MOST_PAGES = 2
POST_FIELDS = "id,caption,media_type,media_product_type,permalink,timestamp"

Found = Mapping[str, Any]


def posts(job: Job, attempt: AttemptRef, *, is_public: bool) -> list[Proof]:
    """The posts that can be it: new enough, of its kind and words, and nobody else's.

    Without words every post without words would be it, so those count only when the container says that it `is_public`.
    """
    form = form_of(job.variant)
    wanted = "" if form == STORY else canonical_text(job.variant.parts[0].text)
    if not wanted and not is_public:
        return []
    edge = "stories" if form == STORY else "media"
    rows = _rows(job, f"/{job.account.remote_id}/{edge}", POST_FIELDS)
    kinds = _kinds(job, form)
    return [
        _proof(job, row)
        for row in rows
        if _is_new(row, attempt)
        and str(row.get("media_type")) in kinds
        and (form == STORY or canonical_text(str(row.get("caption") or "")) == wanted)
    ]


def comment(job: Job, attempt: AttemptRef) -> Settlement:
    parent = job.committed[0] if job.committed else None
    parent_id = parent.remote_id if parent else (attempt.parents[0] if attempt.parents else "")
    if not parent_id:
        return Settlement(Settled.NOT_SEEN, note="no post to look under")
    wanted = canonical_text(comment_of(job.variant))
    address = parent.remote_url if parent else f"{settings.INSTAGRAM_WEB_URL}/{job.account.username}"
    rows = _rows(job, f"/{parent_id}/comments", "id,text,from,username,timestamp")
    found = [
        Proof(str(row["id"]), address, {"found": "comments"})
        for row in rows
        if _is_new(row, attempt) and canonical_text(str(row.get("text") or "")) == wanted and _is_ours(job, row)
    ]
    return one_of(found, note="not among the comments")


def quota(body: Found) -> tuple[int, int]:
    """How many posts were published in the last day, and how many may be; 0 where it is not said."""
    rows = body.get("data")
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    config = row.get("config")
    total = config.get("quota_total") if isinstance(config, dict) else None
    used = row.get("quota_usage")
    return (used if isinstance(used, int) else 0, total if isinstance(total, int) else 0)


def _kinds(job: Job, form: str) -> set[str]:
    if form == STORY:
        return {"VIDEO" if is_video(job.variant.parts[0].media[0]) else "IMAGE"}
    return {{IMAGE: "IMAGE", REEL: "VIDEO", CAROUSEL: "CAROUSEL_ALBUM"}[form]}


def _proof(job: Job, row: Found) -> Proof:
    address = row.get("permalink") or f"{settings.INSTAGRAM_WEB_URL}/{job.account.username}"
    return Proof(str(row["id"]), str(address), {"found": "media"})


def _rows(job: Job, path: str, fields: str) -> list[Found]:
    query = {"fields": fields, "limit": "25"}
    graph, token = instagram_api.graph_of(job.account), job.account.access_token
    return list(graph_api.pages(graph, path, token, query, most=MOST_PAGES))


def _is_new(row: Found, attempt: AttemptRef) -> bool:
    named = str(row.get("id") or "")
    return bool(named) and named not in attempt.taken and _made_at(row) >= attempt.started_at - SKEW


def _is_ours(job: Job, row: Found) -> bool:
    """Who wrote it is not always shown; then it counts as ours."""
    author = row.get("from")
    known = author.get("id") if isinstance(author, dict) else None
    name = row.get("username")
    if known is not None and str(known) == job.account.remote_id:
        return True
    return name in (None, "", job.account.username)


def _made_at(row: Found) -> datetime:
    """When Instagram says it was made; the beginning of time for one that does not say, so that it never matches."""
    said = str(row.get("timestamp", ""))
    try:
        moment = datetime.fromisoformat(f"{said[:-2]}:{said[-2:]}" if said[-5:-4] in ("+", "-") else said)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
