"""Looking for a thread or reply on the account's own lists, by reading only.

https://developers.facebook.com/docs/threads/retrieve-and-discover-posts. Lists lag behind, so what is not on one is not proven
absent; the container of a post says more, and is asked first.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from social.contract import AttemptRef, Job, MediaKind, Part, PlatformError, Proof
from social.platforms import graph_api, threads_api
from social.platforms.graph_containers import QUICK

SKEW = timedelta(minutes=2)  # between our clock and Meta's
MOST_PAGES = 5
READING_REPLIES = "threads_read_replies"
FIELDS = "id,text,timestamp,permalink,media_type,is_reply,replied_to"

Found = Mapping[str, Any]


def profile_url(username: str) -> str:
    return f"{settings.THREADS_WEB_URL}/@{username}"


def proof_of(job: Job, post_id: str) -> Proof:
    """The address of a post has another name in it than its number, so it is asked for. Without it, the profile's."""
    try:
        path, token = f"/{post_id}", job.account.access_token
        body = graph_api.repeatable(
            threads_api.graph(), "GET", path, token, query={"fields": "id,permalink"}, timeouts=QUICK
        )
    except PlatformError:
        body = {}  # it is public all the same
    return Proof(post_id, str(body.get("permalink") or profile_url(job.account.username)))


@dataclass(frozen=True)
class Search:
    """For part `number` of a job, which answers `parent` (empty for the first)."""

    job: Job
    attempt: AttemptRef
    number: int
    parent: str

    def find(self, is_public: bool) -> list[Proof]:
        """What may be it. `is_public`: that it is there is known, so a part without words may be looked for by its kind."""
        part = self.job.variant.parts[self.number - 1]
        if not is_public and not part.text.strip():
            return []
        if self.parent and READING_REPLIES in self.job.account.traits.get("lacks", ()):
            return []  # the list may not be read
        return [
            Proof(
                str(row["id"]),
                str(row.get("permalink") or profile_url(self.job.account.username)),
                {"found": self._edge, "timestamp": str(row.get("timestamp", ""))},
            )
            for row in self._rows()
            if self._is_it(row, part)
        ]

    @property
    def _edge(self) -> str:
        return "replies" if self.parent else "threads"

    def _is_it(self, row: Found, part: Part) -> bool:
        post_id = str(row.get("id", ""))
        if not post_id or post_id in self.attempt.taken or post_id in self.attempt.parents:
            return False
        answers = row.get("replied_to")
        parent = str(answers.get("id", "")) if isinstance(answers, dict) else ""
        return (
            created_at(row) >= self.attempt.started_at - SKEW
            and parent == self.parent
            and row.get("media_type") == media_type(part)
            and canonical_text(str(row.get("text") or "")) == canonical_text(part.text)
        )

    def _rows(self) -> Iterator[Found]:
        """Newest first, until they are older than the attempt. Threads gives cursors, not always addresses of pages."""
        since = self.attempt.started_at - SKEW
        query = {"fields": FIELDS, "limit": "50", "since": str(int(since.timestamp()))}
        path = f"/{self.job.account.remote_id}/{self._edge}"
        for _ in range(MOST_PAGES):
            body = graph_api.repeatable(threads_api.graph(), "GET", path, self.job.account.access_token, query=query)
            rows = _dicts(body.get("data"))
            yield from rows
            after = _after(body)
            if not rows or not after or created_at(rows[-1]) < since:
                return
            query["after"] = after


def media_type(part: Part) -> str:
    """How Threads names the kind of a part."""
    if not part.media:
        return "TEXT_POST"
    if len(part.media) > 1:
        return "CAROUSEL_ALBUM"
    return "VIDEO" if part.media[0].kind == MediaKind.VIDEO else "IMAGE"


def canonical_text(text: str) -> str:
    """One spelling for texts that Threads shows alike: NFC, one kind of line end, nothing at the edges."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def created_at(row: Found) -> datetime:
    """When Threads says it was made; the beginning of time for one that does not say, so that it never matches."""
    said = str(row.get("timestamp", ""))
    try:
        moment = datetime.fromisoformat(f"{said[:-2]}:{said[-2:]}" if said[-5:-4] in ("+", "-") else said)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _after(body: Found) -> str:
    paging = body.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


def _dicts(value: Any) -> Sequence[Found]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
