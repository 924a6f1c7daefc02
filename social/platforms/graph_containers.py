"""Publishing in two phases, as Instagram and Threads do it: a container is made, Meta fills it, and one call publishes it.

https://developers.facebook.com/docs/instagram-platform/content-publishing and
https://developers.facebook.com/docs/threads/posts. Making a container is invisible and may be repeated; only `publish()`
commits. A container is published at most once, so whether it went through is read from its status, never guessed, and a
call whose outcome was unknown is repeated with the very same container alone.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings

from multivio import http
from social.contract import (
    Account,
    AttemptRef,
    Job,
    NotSent,
    PlatformError,
    Proof,
    Refused,
    Settled,
    Settlement,
    Unknown,
)
from social.platforms import graph_api, sentences
from social.platforms.graph_api import Graph

LIVES_SECONDS = 23 * 3600  # Meta keeps a container for a day
# A container that can still be published after this long was not reached by the earlier call.
HORIZON = timedelta(seconds=90)
# So long a published post may be missing on the account's own list before it is taken for public without its address.
UNLINKED_AFTER = timedelta(minutes=5)
UNFETCHABLE = "unfetchable"  # code of an error: Meta could not get the file; often it can a moment later
NOT_FOUND = "not_found"
CONTAINER_GONE = "container_gone"  # code of an error: the container that a call names is not there
MOST_FAILURES = 2  # of Meta's own, each with a new container
QUICK = http.Timeouts(connect=2, read=4, total=4)
# Between looks; the last one is repeated.
PACE_SECONDS = (1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 15.0)


class State(StrEnum):
    """What Meta says of a container (https://developers.facebook.com/docs/instagram-platform/reference/ig-container)."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"
    PUBLISHED = "PUBLISHED"
    UNSAID = ""  # a status that we do not know proves nothing


@dataclass(frozen=True)
class Status:
    """Where a container stands, and in what words it failed."""

    state: State
    words: str = ""


def _as_it_is(error: Refused) -> PlatformError:
    return error


@dataclass(frozen=True)
class Containers:
    """The protocol of one platform. `create_edge` and `publish_edge` lie below the account; `state_field` holds the status,
    `words_field` says why it failed; `failed` turns those words into Refused (final) or NotSent (another container may do).
    `sleep` waits between looks. `not_made` may give the refusal of a new container another meaning."""

    slug: str
    graph: Graph
    create_edge: str
    publish_edge: str
    state_field: str
    words_field: str
    failed: Callable[[str], PlatformError]
    sleep: Callable[[float], None] = time.sleep
    not_made: Callable[[Refused], PlatformError] = _as_it_is

    @property
    def name(self) -> str:
        return self.graph.name

    # -- making ------------------------------------------------------------------------------------

    def stash_name(self, account: Account, use: str, *content: str) -> str:
        """Bound to the account and to everything that the container is made of, so that an edit never sends what was there
        before. Signed addresses are no content: they change."""
        digest = hashlib.sha256("\x00".join(content).encode()).hexdigest()[:24]
        return f"{self.slug}:{use}:{account.remote_id}:{digest}"

    def kept(self, job: Job, name: str) -> str:
        """The container that is in the stash under this name; empty when there is none."""
        return str((job.stash.get(name) or {}).get("container", ""))

    def living(self, job: Job, name: str) -> str:
        """The kept container, unless Meta says that it can no longer become a post; then it is forgotten.

        Raises what made it fail when that is final.
        """
        container = self.kept(job, name)
        if not container:
            return ""
        try:
            status = self.status(job.account, container)
        except Refused:  # it is not there any more
            status = Status(State.EXPIRED)
        if status.state == State.ERROR:
            raise self._failure(job, name, status.words)
        if status.state == State.EXPIRED:
            self.forget(job, name)
            return ""
        return container

    def make(self, job: Job, name: str, body: Mapping[str, Any], **notes: Any) -> str:
        """A new container, kept in the stash with what else is to be known of it. Nobody sees it."""
        path = f"/{job.account.remote_id}/{self.create_edge}"
        try:
            answer = graph_api.repeatable(self.graph, "POST", path, job.account.access_token, form=as_form(body))
        except NotSent as error:
            raise self.counted(job, name, error) if error.code == UNFETCHABLE else error from None
        except Refused as error:
            raise self.not_made(error) from None
        container = str(answer.get("id") or "")
        if not container:
            raise NotSent(sentences.trouble(self.name), code="platform_trouble", detail="answer without id")
        kept = {**(job.stash.get(name) or {}), "container": container, **notes}
        job.stash.put(name, kept, lives_seconds=LIVES_SECONDS)
        return container

    def ensure(self, job: Job, name: str, body: Callable[[], Mapping[str, Any]], **notes: Any) -> str:
        """The container of this content: the kept one while it is good, else a new one of `body()`."""
        return self.living(job, name) or self.make(job, name, body(), **notes)

    def forget(self, job: Job, name: str) -> None:
        """The next try makes a new one. How often Meta failed stays known."""
        kept = {key: value for key, value in (job.stash.get(name) or {}).items() if key == "failures"}
        job.stash.put(name, kept, lives_seconds=LIVES_SECONDS if kept else 0)

    # -- waiting -----------------------------------------------------------------------------------

    def status(self, account: Account, container: str, *, timeouts: http.Timeouts | None = None) -> Status:
        """Raises Refused for a container that is not there (any more), NotSent when it cannot be read."""
        query = {"fields": f"{self.state_field},{self.words_field}"}
        path, token = f"/{container}", account.access_token
        body = graph_api.repeatable(self.graph, "GET", path, token, query=query, timeouts=timeouts)
        said = str(body.get(self.state_field, ""))
        state = State(said) if said in set(State) else State.UNSAID
        return Status(state, str(body.get(self.words_field) or ""))

    def wait(self, job: Job, names: Iterable[str], *, at_most: float) -> None:
        """Until Meta has filled the kept containers. One that is published already counts as filled.

        Raises NotSent when it takes longer: the next try goes on waiting for the same container. Raises what failed.
        """
        left, paces, pace = at_most, iter(PACE_SECONDS), 0.0
        for name in names:
            while not self._is_filled(job, name):
                pace = next(paces, pace)
                if pace > left:
                    raise NotSent(
                        sentences.still_processing(self.name),
                        code="still_processing",
                        next_step=sentences.NOTHING_TO_DO,
                    )
                self.sleep(pace)
                left -= pace

    def _is_filled(self, job: Job, name: str) -> bool:
        container = self.ready(job, name)
        status = self.status(job.account, container)
        if status.state == State.ERROR:
            raise self._failure(job, name, status.words)
        if status.state == State.EXPIRED:
            self.forget(job, name)
            raise self._gone(status)
        return status.state in (State.FINISHED, State.PUBLISHED)

    def _failure(self, job: Job, name: str, words: str) -> PlatformError:
        """Meta could not use what it fetched: Refused, or NotSent while another container may do. This one is forgotten."""
        error = self.failed(words)
        if isinstance(error, NotSent):
            return self.counted(job, name, error)
        job.stash.put(name, {}, lives_seconds=0)
        return error

    def counted(self, job: Job, name: str, error: NotSent) -> PlatformError:
        """The error while another container may do, and a refusal after that."""
        before = int((job.stash.get(name) or {}).get("failures", 0))
        if before < MOST_FAILURES:
            job.stash.put(name, {"failures": before + 1}, lives_seconds=LIVES_SECONDS)
            return error
        job.stash.put(name, {}, lives_seconds=0)
        return Refused(
            error.sentence if error.code == UNFETCHABLE else sentences.media_refused(self.name, ""),
            code="media_refused",
            detail=error.detail,
            next_step=sentences.EDIT,
        )

    # -- publishing --------------------------------------------------------------------------------

    def ready(self, job: Job, name: str) -> str:
        """What prepare() left. Raises NotSent when it has expired meanwhile."""
        container = self.kept(job, name)
        if not container:
            raise NotSent(sentences.upload_expired(self.name), code="upload_expired", next_step=sentences.NOTHING_TO_DO)
        return container

    def publish(self, job: Job, name: str, *, seconds: float | None = None) -> str:
        """The one call that makes it public: the id of the post, which is another than the container's.

        What the answer says counts less than what the container says afterwards: a refusal of one that is published all the
        same is Unknown, and its outcome is then looked up.
        """
        container = self.ready(job, name)
        # Two looks at the container have to fit into the time of one call as well.
        left = settings.PUBLISH_CALL_TIMEOUT_SECONDS - 2 * QUICK.total if seconds is None else seconds
        total = max(QUICK.total, left)
        path = f"/{job.account.remote_id}/{self.publish_edge}"
        try:
            answer = graph_api.committing(
                self.graph,
                path,
                job.account.access_token,
                form={"creation_id": container},
                timeouts=http.Timeouts(read=total, total=total),
            )
        except Unknown:
            raise
        except PlatformError as error:
            raise self._reconsidered(job, name, container, error) from None
        return str(answer["id"])

    def _reconsidered(self, job: Job, name: str, container: str, error: PlatformError) -> PlatformError:
        """The refusal in the light of the container's status."""
        if isinstance(error, NotSent) and error.code == "not_reached":
            return error
        try:
            status = self.status(job.account, container, timeouts=QUICK)
        except PlatformError as unread:
            # Only what Meta documents got here, so the refusal stands; a container that is not there is made anew.
            is_gone = isinstance(unread, Refused) and (
                isinstance(error, NotSent) or error.code in (NOT_FOUND, CONTAINER_GONE)
            )
            if is_gone:
                self.forget(job, name)
                return self._gone(Status(State.EXPIRED))
            if isinstance(error, Refused):
                self.forget(job, name)
            return error
        if status.state == State.PUBLISHED:
            return self.graph.errors.unknown(f"container {container} is published; {error.detail}")
        if status.state == State.ERROR:
            return self._failure(job, name, status.words)
        if status.state == State.EXPIRED:
            self.forget(job, name)
            return self._gone(status)
        if isinstance(error, Refused):
            self.forget(job, name)
        return error

    def _gone(self, status: Status) -> NotSent:
        return NotSent(
            sentences.upload_expired(self.name),
            code="upload_expired",
            detail=f"{status.state} {status.words}".strip(),
            next_step=sentences.NOTHING_TO_DO,
        )

    # -- afterwards --------------------------------------------------------------------------------

    def settle(
        self, job: Job, name: str, attempt: AttemptRef, find: Callable[[bool], Sequence[Proof]], unlinked_url: str
    ) -> Settlement:
        """Whether the unknown call had its effect. The container's status decides; `find(is_public)` looks for the post on
        the account's own list, which is all there is when the container is not known any more. `unlinked_url` is where a
        post is that is public, but never shows up on that list."""
        container = self.kept(job, name)
        if not container:
            return one_of(find(False), note="not on the account's list, and its container is not known any more")
        try:
            status = self.status(job.account, container)
        except Refused as error:
            return one_of(find(False), note=f"container {container}: {error.code}")
        age = datetime.now(UTC) - attempt.started_at
        note = f"container {container} is {status.state or 'not described'}"
        match status.state:
            case State.PUBLISHED:
                found = one_of(find(True), note=f"{note}, its post is not on the list yet")
                is_missing = found.verdict == Settled.NOT_SEEN and age >= UNLINKED_AFTER
                return self._unlinked(container, unlinked_url) if is_missing else found
            case State.ERROR | State.EXPIRED:
                return Settlement(Settled.ABSENT, note=note)
            case State.FINISHED if age >= HORIZON:
                # Publishing the same container again is safe: it is published once at most.
                return Settlement(Settled.ABSENT, note=note)
        return Settlement(Settled.NOT_SEEN, note=note)

    def _unlinked(self, container: str, address: str) -> Settlement:
        """It is public without any doubt; only its own address is not known."""
        proof = Proof(container, address, {"found": "container", "unlinked": True})
        return Settlement(Settled.FOUND, proof, note="public, but not on the account's list")


def one_of(found: Sequence[Proof], *, note: str) -> Settlement:
    """FOUND for exactly one, a person's decision for several. `note` says why there is none."""
    if not found:
        return Settlement(Settled.NOT_SEEN, note=note)
    if len(found) > 1:
        return Settlement(Settled.SEVERAL, note=f"{len(found)} alike: {', '.join(one.remote_id for one in found)}")
    return Settlement(Settled.FOUND, found[0])


def as_form(body: Mapping[str, Any]) -> dict[str, str]:
    """Words for a form: booleans as Meta writes them, lists with commas; what is None is left out."""

    def said(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

    return {name: said(value) for name, value in body.items() if value is not None}
