"""Looking after unknown outcomes: ask the platform, never send. What cannot be settled goes to a person."""

import random
from dataclasses import dataclass

import structlog

from posts.engine import protocol
from posts.engine.failpoints import failpoint
from posts.engine.stash import KeptStash
from posts.engine.store import Store
from posts.engine.values import Attempted, Work
from social import platforms, tokens
from social.contract import AttemptRef, Job, NeedsReauth, Platform, PlatformError, Settled, Settlement

log = structlog.get_logger(__name__)


@dataclass
class Reconciler:
    store: Store

    def due(self, most: int) -> list[int]:
        """Take publications whose next look is due, and no more than can be looked at now: a look that is taken counts.
        Two reconcilers never take the same one. Which platform comes first is left to chance, so that none has to wait."""
        taken: list[int] = []
        for platform in random.sample(platforms.all(), len(platforms.all())):
            if len(taken) >= most:
                break
            taken += self.store.take_checks(platform.slug, platform.check_after_seconds, most - len(taken))
        return taken

    def run(self, work: Work) -> None:
        """Look once, and record what that proved."""
        platform = platforms.get(work.claim.platform)
        attempt = work.open_attempt()
        if work.unreadable:
            self._give_up(platform, work)
            return
        if attempt is None:
            log.error("unknown outcome without an open attempt", publication=work.claim.id)
            self._give_up(platform, work)
            return
        settlement = self._look(platform, work, attempt)
        failpoint("in_reconciler")
        log.info(
            "looked after an unknown outcome", publication=work.claim.id, verdict=settlement.verdict, look=work.checks
        )
        self._conclude(platform, work, attempt, settlement)

    def _look(self, platform: Platform, work: Work, attempt: Attempted) -> Settlement:
        # After a person's "it is not there", the first try of the same part may still turn up: look as far back as that.
        started_at = min(a.started_at for a in work.attempts if a.step == attempt.step)
        reference = AttemptRef(
            step=attempt.step,
            started_at=started_at,
            parents=tuple(proof.remote_id for proof in work.committed()),
            taken=self.store.taken(work.claim.connection_id, started_at),
        )
        try:
            job = Job(
                account=work.account or tokens.account_for(work.claim.connection_id),
                variant=work.variant,
                stash=KeptStash(self.store.pool, work.claim),
                committed=tuple(work.committed()),
            )
            return platform.settle(job, reference)
        except NeedsReauth as error:
            self._renew(work, error)
            return Settlement(Settled.NOT_SEEN, note=error.sentence)
        except PlatformError as error:
            return Settlement(Settled.NOT_SEEN, note=error.sentence)

    def _renew(self, work: Work, error: NeedsReauth) -> None:
        """The platform did not know the token: get a new one, so that the next look can see."""
        if error.code != "unauthorized":
            return
        try:
            tokens.account_for(work.claim.connection_id, force_refresh=True)
        except PlatformError as refused:
            log.info("could not renew the access for a look", publication=work.claim.id, code=refused.code)

    def _conclude(self, platform: Platform, work: Work, attempt: Attempted, settlement: Settlement) -> None:
        number = int(attempt.step.removeprefix("commit:"))
        if settlement.verdict == Settled.FOUND and settlement.proof is not None:
            item = protocol.accepted(work, number, settlement.proof, lease_seconds=self.store.lease_seconds)
            sentence = f"Found on {platform.name} when we looked."
            self.store.record({**item, "fence": attempt.fence, "sentence": sentence})
        elif settlement.verdict == Settled.ABSENT:
            self.store.disprove(work, attempt.step, attempt.fence, f"{platform.name} says it never arrived.")
        elif settlement.verdict == Settled.SEVERAL or work.checks >= len(platform.check_after_seconds):
            self._give_up(platform, work)

    def _give_up(self, platform: Platform, work: Work) -> None:
        self.store.give_up(
            work,
            f"We sent it, but {platform.name} never told us whether it arrived, and we could not find it there.",
            f"Look at the profile on {platform.name}, then tell us whether it is there. We never send twice on a guess.",
        )
