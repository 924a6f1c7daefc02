"""Looking for a post or comment whose outcome is not known, by reading only.

A page's own posts can be read (https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api#find-posts-by-authors);
a member's cannot, since that permission is given to nobody. What LinkedIn offers instead is its refusal of a repeat, which
names the post that is there: it counts once a person has asked for the repeat.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from django.conf import settings

from social.contract import AttemptRef, Job, NeedsReauth, Proof, Refused, Settled, Settlement
from social.platforms import linkedin_api, linkedin_media, linkedin_text
from social.platforms.linkedin_api import ORGANISATION
from social.platforms.linkedin_content import comment_of, has_poll, words_of

SKEW = timedelta(minutes=2)  # between our clock and LinkedIn's
PAGE = 50
MOST_PAGES = 3
NAMED_LIVES_SECONDS = 24 * 3600
ADDRESS = re.compile(
    r"/update/urn:li:(?P<kind>share|ugcPost|activity):(?P<number>\d{5,20})"
    r"|/posts/[^/]*-(?P<named>share|ugcPost|activity)-(?P<told>\d{5,20})"
)

Found = Mapping[str, Any]


def settle(job: Job, attempt: AttemptRef) -> Settlement:
    """Whether the unknown call had its effect. Raises a PlatformError when LinkedIn cannot be read."""
    if attempt.step != "commit:1":
        return _comment(job, attempt)
    is_page = job.account.remote_id.startswith(ORGANISATION)
    named = str((job.stash.get(named_name(job)) or {}).get("urn", ""))
    if named:
        return _named(job, attempt, named, is_page=is_page)
    if not is_page:
        return Settlement(Settled.NOT_SEEN, note="a member's posts cannot be read")
    return _post(job, attempt)


def permalink(urn: str) -> str:
    return f"{settings.LINKEDIN_WEB_URL}/feed/update/{urn}/"


def urn_in(link: str) -> str | None:
    """`…/feed/update/urn:li:share:1/`, or `…/posts/name_words-activity-1-abcd`."""
    found = ADDRESS.search(unquote(link).partition("?")[0])
    return f"urn:li:{found['kind'] or found['named']}:{found['number'] or found['told']}" if found else None


def comment_proof(post: str, comment: str, **evidence: Any) -> Proof:
    return Proof(comment, f"{permalink(post)}?commentUrn={linkedin_api.encoded(comment)}", evidence)


# -- the post that a refusal named -------------------------------------------------------------------


def named_name(job: Job) -> str:
    """Where commit() keeps the URN out of "Content is a duplicate of …": bound to the account and the content."""
    part = job.variant.parts[0]
    shape = [job.account.remote_id, part.text, [media.sha256 for media in part.media], dict(job.variant.options)]
    digest = hashlib.sha256(json.dumps(shape, sort_keys=True, default=str).encode()).hexdigest()
    return f"linkedin:named:{digest[:24]}"


def _named(job: Job, attempt: AttemptRef, urn: str, *, is_page: bool) -> Settlement:
    """A post of before the first try is another one. LinkedIn sometimes names posts that are not there."""
    if urn in attempt.taken:
        return Settlement(Settled.NOT_SEEN, note=f"{urn} belongs to another post of ours")
    made = made_at(urn)
    if made is None or made < attempt.started_at - SKEW:
        return Settlement(Settled.NOT_SEEN, note=f"{urn} is older than the first try")
    evidence: dict[str, Any] = {"found": "named as the duplicate"}
    if is_page:
        try:
            linkedin_api.repeatable("GET", f"/rest/posts/{linkedin_api.encoded(urn)}", job.account.access_token)
        except Refused as error:
            return Settlement(Settled.NOT_SEEN, note=f"{urn}: {error.code}")
    else:
        evidence["is_probable"] = True  # nobody but the member can look
    return Settlement(Settled.FOUND, Proof(urn, permalink(urn), evidence))


def made_at(urn: str) -> datetime | None:
    """When a post was made: its number holds the milliseconds since 1970 above 22 other bits."""
    number = urn.rpartition(":")[2]
    try:
        return datetime.fromtimestamp((int(number) >> 22) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


# -- posts of a page ---------------------------------------------------------------------------------


def _post(job: Job, attempt: AttemptRef) -> Settlement:
    since = attempt.started_at - SKEW
    found = []
    for row in _rows(job, since):
        urn = str(row.get("id", ""))
        if urn and urn not in attempt.taken and _moment(row) >= since and _is_it(job, row):
            found.append(Proof(urn, permalink(urn), {"found": "posts"}))
    if not found:
        return Settlement(Settled.NOT_SEEN, note="not among the page's posts")
    if len(found) > 1:
        alike = ", ".join(one.remote_id for one in found)
        return Settlement(Settled.SEVERAL, note=f"{len(found)} alike: {alike}")
    return Settlement(Settled.FOUND, found[0])


def _rows(job: Job, since: datetime) -> Iterator[Found]:
    """The page's posts, the latest first, as far back as may matter."""
    author = linkedin_api.encoded(job.account.remote_id)
    for page in range(MOST_PAGES):
        path = f"/rest/posts?author={author}&q=author&start={page * PAGE}&count={PAGE}&sortBy=LAST_MODIFIED"
        body = linkedin_api.repeatable("GET", path, job.account.access_token, rest_method="FINDER")
        told = body.get("elements")
        rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
        yield from rows
        if len(rows) < PAGE or min(_moment(row, "lastModifiedAt") for row in rows) < since:
            return


def _is_it(job: Job, row: Found) -> bool:
    """By the very uploads that we had brought there; without any by the words, the link and the poll."""
    content = row.get("content")
    shown: Found = content if isinstance(content, dict) else {}
    if job.variant.parts[0].media:
        return linkedin_media.staged(job) == _assets(shown)
    if linkedin_text.plain(str(row.get("commentary") or "")) != _words(job):
        return False
    if _assets(shown) or _link(shown) != words_of(job.variant, "link") or _question(shown) != _asked(job):
        return False
    return bool(_words(job) or shown)


def _words(job: Job) -> str:
    return linkedin_text.plain(linkedin_text.escaped(job.variant.parts[0].text))


def _asked(job: Job) -> str:
    return words_of(job.variant, "poll_question") if has_poll(job.variant) else ""


def _assets(content: Found) -> list[str]:
    if isinstance(content.get("media"), dict):
        return [str(content["media"].get("id", ""))]
    if isinstance(content.get("multiImage"), dict):
        images = content["multiImage"].get("images")
        return [str(one.get("id", "")) for one in images or () if isinstance(one, dict)]
    thumbnail = content["article"].get("thumbnail") if isinstance(content.get("article"), dict) else None
    return [str(thumbnail)] if thumbnail else []


def _link(content: Found) -> str:
    article = content.get("article")
    return str(article.get("source", "")) if isinstance(article, dict) else ""


def _question(content: Found) -> str:
    poll = content.get("poll")
    return str(poll.get("question", "")) if isinstance(poll, dict) else ""


def _moment(row: Found, name: str = "createdAt") -> datetime:
    """The beginning of time for a post that does not say, so that it never matches."""
    said = row.get(name)
    try:
        return datetime.fromtimestamp(float(said) / 1000, UTC)  # type: ignore[arg-type]
    except (OverflowError, OSError, TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)


# -- comments ----------------------------------------------------------------------------------------


def _comment(job: Job, attempt: AttemptRef) -> Settlement:
    post = job.committed[0].remote_id if job.committed else (attempt.parents[0] if attempt.parents else "")
    if not post:
        return Settlement(Settled.NOT_SEEN, note="no post to look under")
    path = f"/rest/socialActions/{linkedin_api.encoded(post)}/comments"
    try:
        body = linkedin_api.repeatable("GET", path, job.account.access_token)
    except NeedsReauth as error:
        if error.code != "access_denied":
            raise
        return Settlement(Settled.NOT_SEEN, note="comments cannot be read for this account")
    told, wanted = body.get("elements"), comment_of(job.variant)
    since = attempt.started_at - SKEW
    found = [
        comment_proof(post, _comment_id(row), found="comments")
        for row in (told if isinstance(told, list) else [])
        if isinstance(row, dict)
        and row.get("actor") == job.account.remote_id
        and str((row.get("message") or {}).get("text", "")).strip() == wanted
        and _moment(row.get("created") or {}, "time") >= since
        and _comment_id(row) not in attempt.taken
    ]
    if len(found) != 1:
        return Settlement(Settled.SEVERAL if found else Settled.NOT_SEEN, note=f"{len(found)} comments like it")
    return Settlement(Settled.FOUND, found[0])


def _comment_id(row: Found) -> str:
    return str(row.get("commentUrn") or row.get("id") or "")
