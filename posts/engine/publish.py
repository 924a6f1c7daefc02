"""One publication's way through its steps: check, prepare, then for each part journal, send, record."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from posts.content import errors
from posts.engine import protocol
from posts.engine.breaker import Breaker
from posts.engine.failpoints import failpoint
from posts.engine.protocol import Missed
from posts.engine.stash import ClaimedStash
from posts.engine.store import Store
from posts.engine.values import Claim, Work
from posts.media.addresses import jpeg_pull_address, pull_address, stream_address
from posts.media.services import open_media
from social import platforms, tokens
from social.contract import (
    Account,
    Job,
    NeedsReauth,
    NotSent,
    Platform,
    PlatformError,
    Processing,
    Proof,
    Refused,
    Unknown,
)

log = structlog.get_logger(__name__)


@dataclass
class Publisher:
    """Carries out claimed work. Holds no state of its own but the settings; safe to share between threads."""

    store: Store
    call_seconds: float
    pause: Callable[[float], None] = time.sleep
    preparing: dict[int, Claim] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, work: Work) -> None:
        """Publish one piece of work. Every outcome ends in a recorded item; nothing is raised for a platform's answer."""
        failpoint("after_claim")
        if work.unreadable:
            self.store.record(protocol.stopped(work, "read", _unreadable(work), started_at=datetime.now(UTC)))
            return
        platform = platforms.get(work.claim.platform)
        total = platform.commits(work.variant)
        committed = len(work.committed())
        started = datetime.now(UTC)
        try:
            self._check(platform, work)
            job = self._job(work, work.account or tokens.account_for(work.claim.connection_id))
            self._prepare(platform, job, work)
        except PlatformError as error:
            self.store.record(protocol.stopped(work, "prepare", self._perhaps_renewed(work, error), started_at=started))
            return
        self._commit_all(platform, work, job, committed, total)

    def _check(self, platform: Platform, work: Work) -> None:
        if work.claim.late_seconds > work.missed_seconds and not work.committed():
            raise Missed(
                "Its time passed while nothing could be sent, so it waits for you.",
                code="missed_window",
                next_step="Publish it now, choose another time, or cancel it.",
            )
        found = errors(platform.problems(work.variant, work.traits))
        if found:
            raise Refused(found[0].message, code=found[0].code, next_step="Edit the post, then publish it again.")

    def _prepare(self, platform: Platform, job: Job, work: Work) -> None:
        """Uploads may take longer than a lease: while they run, the engine's housekeeping renews it."""
        self.preparing[work.claim.id] = work.claim
        try:
            platform.prepare(job)
        finally:
            self.preparing.pop(work.claim.id, None)

    def _job(self, work: Work, account: Account) -> Job:
        return Job(
            account=account,
            variant=work.variant,
            stash=ClaimedStash(self.store.pool, work.claim),
            committed=tuple(work.committed()),
            opener=open_media,
            addresser=pull_address,
            renderer=jpeg_pull_address,
            streamer=stream_address,
        )

    def _commit_all(self, platform: Platform, work: Work, job: Job, committed: int, total: int) -> None:
        for number in range(committed + 1, total + 1):
            if number > committed + 1 and platform.pause_between_commits:
                self.pause(platform.pause_between_commits)
            deadline = time.monotonic() + self.store.lease_seconds - self.call_seconds
            failpoint("before_intent")
            if not self.store.intend(work, number, total):
                self._lost(work, job, total)
                return
            proof = self._send(platform, work, job, number, deadline)
            if proof is None:
                return
            job = replace(job, committed=(*job.committed, proof))

    def _send(self, platform: Platform, work: Work, job: Job, number: int, deadline: float) -> Proof | None:
        failpoint("before_send")
        try:
            if time.monotonic() > deadline:
                raise NotSent("The database took too long, so it was not sent yet.", code="too_slow")
            proof = platform.commit(job, number)
            failpoint("after_send")
        except PlatformError as error:
            self._failed(platform, work, number, error)
            return None
        except Exception as error:  # a bug in an adapter: the call may have left, so the outcome is unknown
            log.exception("platform adapter failed", platform=platform.slug, publication=work.claim.id)
            self._failed(
                platform, work, number, Unknown("Multivio stopped while sending it.", code="bug", detail=repr(error))
            )
            return None
        self._note(platform, answered=True)
        stored = self.store.record(protocol.accepted(work, number, proof, lease_seconds=self.store.lease_seconds))
        failpoint("after_store")
        # The next part of a thread waits until the database knows of this one: who goes on might have to look for both.
        return proof if stored else None

    def _failed(self, platform: Platform, work: Work, number: int, error: PlatformError) -> None:
        failpoint("after_error")
        is_silent = isinstance(error, (NotSent, Unknown)) and not isinstance(error, Processing)
        self._note(platform, answered=not is_silent)
        if not protocol.is_refusal(work, number, error):
            self.store.record(protocol.unknown(work, number, error, check_seconds=platform.check_after_seconds[0]))
            return
        self.store.record(protocol.not_accepted(work, number, self._perhaps_renewed(work, error)))

    def _note(self, platform: Platform, *, answered: bool) -> None:
        """Tell the breaker; when it opens, the platform's gate closes for every worker."""
        with self.lock:
            breaker = self.breakers.setdefault(platform.slug, Breaker())
            seconds = breaker.note(answered=answered, now=time.monotonic())
        if seconds:
            log.error("most calls get no answer, pausing the platform", platform=platform.slug, seconds=seconds)
            self.store.close_platform(platform.slug, seconds, f"{platform.name} does not answer; trying again soon.")

    def _perhaps_renewed(self, work: Work, error: PlatformError) -> PlatformError:
        """The error that counts: the first time that a platform does not know the token, a new one is tried."""
        if isinstance(error, NeedsReauth) and error.code == "unauthorized" and protocol.is_first_unauthorized(work):
            return self._renewed(work, error)
        return error

    def _renewed(self, work: Work, error: NeedsReauth) -> PlatformError:
        """The platform did not know the token. Get a new one and come back, before anybody is asked to reconnect."""
        try:
            tokens.account_for(work.claim.connection_id, force_refresh=True)
        except PlatformError as refresh_error:
            return refresh_error
        return NotSent(
            "The access had expired early and was renewed.", code="unauthorized", http_status=error.http_status
        )

    def _lost(self, work: Work, job: Job, total: int) -> None:
        """The lease is gone, or somebody cancelled or paused; what is public stays so and is said."""
        is_cancelled = self.store.is_cancelled(work.claim)
        self.store.record(protocol.withdrawn(work, live=len(job.committed), total=total, is_cancelled=is_cancelled))


def _unreadable(work: Work) -> Refused:
    return Refused(
        "What is stored of this post cannot be read, so it was not sent.",
        code="unreadable",
        detail=work.unreadable,
        next_step="Open the post, save it again and publish it. If that does not help, tell support.",
    )
