"""Negative controls: the engine with one belief exchanged for what others believe. Chaos has to find what is wrong with it."""

import time
from datetime import UTC, datetime
from typing import Any

from posts.engine import protocol
from social.contract import NotSent, Proof
from social.platforms import x_errors
from social.platforms.x import X


def at_least_once() -> None:
    """No answer means that it did not arrive, so it is sent again."""

    def not_arrived(detail: str, *, http_status: int | None = None) -> NotSent:
        return NotSent("No answer.", code="no_answer", http_status=http_status, detail=detail)

    vars(x_errors)["unknown"] = not_arrived


def at_most_once() -> None:
    """No answer means that it failed, and nobody looks."""

    def failed(work: Any, number: int, error: Any, *, check_seconds: float) -> protocol.Item:
        return {**protocol.not_accepted(work, number, error, now=datetime.now(UTC)), "next": "failed"}

    vars(protocol)["unknown"] = failed


def trusting() -> None:
    """Any answer at all means that it is public."""
    commit = X.commit

    def hopeful(self: X, job: Any, number: int) -> Proof:
        try:
            proof: Proof = commit(self, job, number)
        except Exception as error:  # that is the mistake which this strategy makes
            return Proof(f"hoped-{time.time_ns()}", "", {"error": repr(error)})
        return proof

    type.__setattr__(X, "commit", hopeful)


STRATEGIES = {"at-least-once": at_least_once, "at-most-once": at_most_once, "trusting": trusting}
