"""Looking for a post, reel, story or comment whose outcome is not known, by reading only.

https://developers.facebook.com/docs/graph-api/reference/page/feed. Lists lag behind, so what is not on one is not proven
absent. A video that has a number is asked for itself: its session can be over for good.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from social.contract import AttemptRef, Job, Proof, Refused, Settled, Settlement
from social.platforms import facebook_api, facebook_media, graph_api
from social.platforms.facebook_content import POST, REEL, STORY, chosen, comment_of, kind_of, video_of

SKEW = timedelta(minutes=2)  # between our clock and Facebook's
MOST_PAGES = 5
POST_FIELDS = "id,message,created_time,permalink_url,attachments{media_type,target,unshimmed_url,subattachments}"

Found = Mapping[str, Any]


def settle(job: Job, attempt: AttemptRef) -> Settlement:
    """Whether the unknown call had its effect. Raises a PlatformError when Facebook cannot be read."""
    if attempt.step != "commit:1":
        return _comment(job, attempt)
    part, kind = job.variant.parts[0], kind_of(job.variant)
    if not video_of(part):
        return _story(job, attempt) if kind == STORY else _post(job, attempt)
    video_id = sent_video(job)
    if video_id:
        return _video(job, video_id)
    return Settlement(Settled.NOT_SEEN, note="not numbered") if kind == STORY else _videos(job, attempt, kind)


def sent_video(job: Job) -> str:
    """The number of the video: reels and stories have it before they are published, others once it was answered."""
    (media,) = job.variant.parts[0].media[:1]
    edge = EDGES[kind_of(job.variant)]
    state = job.stash.get(facebook_media.stash_name(job.account, media, edge)) or {}
    return str(state.get("video_id", ""))


EDGES = {POST: "videos", REEL: "video_reels", STORY: "video_stories"}


def video_proof(job: Job, body: Found, **evidence: Any) -> Proof:
    """A video by its post where Facebook names it, since comments and numbers want that one."""
    kind, video_id = kind_of(job.variant), str(body["id"])
    post = str(body.get("post_id") or "")
    if post and "_" not in post and kind != STORY:
        post = f"{job.account.remote_id}_{post}"
    if kind == STORY:
        address = f"{settings.FACEBOOK_WEB_URL}/stories/{post.rpartition('_')[2] or video_id}"
    else:
        folder = "reel" if kind == REEL else f"{job.account.remote_id}/videos"
        address = absolute(str(body.get("permalink_url") or f"/{folder}/{video_id}"))
    return Proof(post or video_id, address, {"video_id": video_id, **evidence})


def absolute(address: str) -> str:
    """Facebook gives addresses of videos without a host."""
    return f"{settings.FACEBOOK_WEB_URL}{address}" if address.startswith("/") else address


def canonical_text(text: str) -> str:
    """One spelling for texts that Facebook shows alike: NFC, one kind of line end, nothing at the edges."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


# -- one kind after the other ------------------------------------------------------------------------


def _video(job: Job, video_id: str) -> Settlement:
    try:
        body = facebook_media.video(job.account, video_id)
    except Refused as error:
        return Settlement(Settled.NOT_SEEN, note=f"video {video_id}: {error.code}")
    status = facebook_media.status_of(body)
    if facebook_media.is_public(body):
        return Settlement(Settled.FOUND, video_proof(job, {"id": video_id, **body}, found="video"))
    if facebook_media.is_over(status):
        return Settlement(Settled.ABSENT, note=f"video {video_id} is {status.get('video_status')}")
    return Settlement(Settled.NOT_SEEN, note=f"video {video_id} is {status.get('video_status', 'not described')}")


def _videos(job: Job, attempt: AttemptRef, kind: str) -> Settlement:
    """A video whose number never reached us: by its words, on the Page's list."""
    wanted = canonical_text(job.variant.parts[0].text)
    rows = _rows(job, f"/{job.account.remote_id}/{EDGES[kind]}", fields=facebook_media.VIDEO_FIELDS)

    def is_it(row: Found) -> bool:
        # Without words every video without words would be it.
        same = bool(wanted) and canonical_text(str(row.get("description") or "")) == wanted
        return same and facebook_media.is_public(row)

    return _settled(
        rows, attempt, is_it, lambda row: video_proof(job, row, found="videos"), also=lambda row: row.get("post_id")
    )


def _post(job: Job, attempt: AttemptRef) -> Settlement:
    part = job.variant.parts[0]
    wanted, link = canonical_text(part.text), str(chosen(job.variant, "link") or "")
    staged = _staged(job, "post")

    def is_it(row: Found) -> bool:
        if staged is not None:
            # The very photos that we had brought there: nothing else can be this post.
            return _photos(row) == staged
        if part.media or canonical_text(str(row.get("message") or "")) != wanted:
            return False
        return bool(wanted) or (bool(link) and link in _links(row))

    rows = _rows(job, f"/{job.account.remote_id}/published_posts", fields=POST_FIELDS)
    return _settled(rows, attempt, is_it, lambda row: post_proof(row, found="published_posts"))


def post_proof(row: Found, **evidence: Any) -> Proof:
    address = str(row.get("permalink_url") or f"{settings.FACEBOOK_WEB_URL}/{row['id']}")
    return Proof(str(row["id"]), absolute(address), evidence)


def _story(job: Job, attempt: AttemptRef) -> Settlement:
    staged = _staged(job, "story")
    rows = _rows(job, f"/{job.account.remote_id}/stories", since=int((attempt.started_at - SKEW).timestamp()))

    def proof(row: Found) -> Proof:
        address = str(row.get("url") or f"{settings.FACEBOOK_WEB_URL}/stories/{row['post_id']}")
        return Proof(str(row["post_id"]), absolute(address), {"found": "stories"})

    found = [row for row in rows if staged and {str(row.get("media_id"))} == staged and row.get("post_id")]
    return _one_of([proof(row) for row in found if str(row["post_id"]) not in attempt.taken])


def _comment(job: Job, attempt: AttemptRef) -> Settlement:
    parent = job.committed[0] if job.committed else None
    parent_id = parent.remote_id if parent else (attempt.parents[0] if attempt.parents else "")
    if not parent_id:
        return Settlement(Settled.NOT_SEEN, note="no post to look under")
    wanted = canonical_text(comment_of(job.variant))
    rows = _rows(job, f"/{parent_id}/comments", fields="id,message,from,created_time", order="reverse_chronological")

    def is_it(row: Found) -> bool:
        # Who wrote it is not always shown; then it counts as ours.
        author = (row.get("from") or {}).get("id")
        return canonical_text(str(row.get("message") or "")) == wanted and author in (None, job.account.remote_id)

    address = parent.remote_url if parent else f"{settings.FACEBOOK_WEB_URL}/{parent_id}"
    return _settled(rows, attempt, is_it, lambda row: comment_proof(address, str(row["id"]), found="comments"))


def comment_proof(address: str, comment_id: str, **evidence: Any) -> Proof:
    return Proof(comment_id, f"{address}{'&' if '?' in address else '?'}comment_id={comment_id}", evidence)


# -- reading -----------------------------------------------------------------------------------------


def _rows(job: Job, path: str, **query: Any) -> list[Found]:
    asked = {"limit": "50", **{name: str(value) for name, value in query.items()}}
    return list(
        graph_api.pages(facebook_api.graph(), path, job.account.access_token, asked, most=MOST_PAGES),
    )


def _settled(
    rows: Iterable[Found],
    attempt: AttemptRef,
    is_it: Callable[[Found], bool],
    proof: Callable[[Found], Proof],
    also: Callable[[Found], Any] = lambda _row: None,
) -> Settlement:
    """Those that are new enough, belong to nobody else and are it. `also` is another name by which one may be known."""
    since = attempt.started_at - SKEW
    found = []
    for row in rows:
        names = {str(row.get("id", "")), str(also(row) or "")} - {""}
        if not names or names & attempt.taken or _created_at(row) < since or not is_it(row):
            continue
        one = proof(row)
        if one.remote_id not in attempt.taken:
            found.append(one)
    return _one_of(found)


def _one_of(found: list[Proof]) -> Settlement:
    if not found:
        return Settlement(Settled.NOT_SEEN, note="not on the Page's list")
    if len(found) > 1:
        alike = ", ".join(one.remote_id for one in found)
        return Settlement(Settled.SEVERAL, note=f"{len(found)} alike: {alike}")
    return Settlement(Settled.FOUND, found[0])


def _staged(job: Job, use: str) -> set[str] | None:
    """The photos that we had brought there; None when that is not known any more, or there are none."""
    media = job.variant.parts[0].media
    names = [facebook_media.stash_name(job.account, one, use) for one in media]
    ids = {str((job.stash.get(name) or {}).get("photo_id", "")) for name in names}
    return ids if ids and "" not in ids else None


def _photos(row: Found) -> set[str]:
    found = set()
    for attachment in _data(row.get("attachments")):
        for one in (*_data(attachment.get("subattachments")), attachment):
            if one.get("media_type") == "photo":
                found.add(str((one.get("target") or {}).get("id", "")))
    return found


def _links(row: Found) -> set[str]:
    several = _data(row.get("attachments"))
    return {str(one.get("unshimmed_url") or (one.get("target") or {}).get("url") or "") for one in several}


def _data(value: Any) -> list[dict[str, Any]]:
    rows = value.get("data") if isinstance(value, dict) else None
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _created_at(row: Found) -> datetime:
    """When Facebook says it was made; the beginning of time for one that does not say, so that it never matches."""
    said = str(row.get("created_time", ""))
    try:
        moment = datetime.fromisoformat(f"{said[:-2]}:{said[-2:]}" if said[-5:-4] in ("+", "-") else said)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
