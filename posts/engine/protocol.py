"""The publishing protocol as plain functions: what an outcome means, without a clock, a database or a network.

Three outcomes of a committing call, never two: public, refused, unknown. Unknown is settled by asking, never by sending
again. Each function answers with the item that the database's `mv_record` carries out.
"""

import random
from datetime import UTC, datetime
from typing import Any

from posts.engine.values import Work, step_name
from social.contract import AppBlocked, NeedsReauth, NotSent, PlatformError, Proof, RateLimited, Refused

Item = dict[str, Any]

FIRST_BACKOFF_SECONDS = 2.0
LONGEST_BACKOFF_SECONDS = 15 * 60.0
LONGEST_GATE_SECONDS = 24 * 3600.0
EXCERPT = 2000


class Missed(PlatformError):
    """Too late to publish without asking: held for a person, and nothing is wrong with the connection."""


def backoff_seconds(tries: int, draw: float) -> float:
    """Full jitter: `draw` (0 to 1) of 2 s, 4 s, 8 s … at most 15 minutes; never under half a second."""
    ceiling = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0 ** min(max(tries - 1, 0), 20))
    return max(0.5, ceiling * draw)


def until_seconds(until: datetime, now: datetime) -> float:
    """How long a gate stays closed: at least a second, at most a day, whatever a header says."""
    return min(LONGEST_GATE_SECONDS, max(1.0, (until - now).total_seconds()))


def _base(work: Work, kind: str, number: int) -> Item:
    claim = work.claim
    return {
        "kind": kind,
        "id": claim.id,
        "fence": claim.fence,
        "step": step_name(number),
        "connection_id": claim.connection_id,
        "platform": claim.platform,
    }


def _told(error: PlatformError) -> Item:
    return {
        "code": error.code[:60],
        "sentence": error.sentence[:500],
        "next_step": error.next_step[:300],
        "detail": error.detail[:EXCERPT],
        "http_status": error.http_status,
    }


def accepted(work: Work, number: int, proof: Proof, *, lease_seconds: int) -> Item:
    return {
        **_base(work, "ok", number),
        "remote_id": proof.remote_id,
        "remote_url": proof.remote_url,
        "evidence": {**proof.evidence, "remote_id": proof.remote_id},
        "lease": f"{lease_seconds} seconds",
        "http_status": proof.evidence.get("http_status"),
    }


def _next(work: Work, error: PlatformError, *, now: datetime, draw: float) -> Item:
    """Where a publication goes after a definite no, and which gates close. The class of the error alone decides."""
    if isinstance(error, RateLimited):
        return {"next": "scheduled", "lane_seconds": until_seconds(error.until, now)}
    if isinstance(error, AppBlocked):
        return {"next": "scheduled", "platform_seconds": until_seconds(error.until, now)}
    if isinstance(error, NotSent):
        return {"next": "scheduled", "lane_seconds": backoff_seconds(work.tries, draw)}
    if isinstance(error, Missed):
        return {"next": "held"}
    if isinstance(error, NeedsReauth):
        return {"next": "held", "broken": error.sentence[:300]}
    return {"next": "failed"}


def not_accepted(
    work: Work, number: int, error: PlatformError, *, now: datetime | None = None, draw: float | None = None
) -> Item:
    """A committing call was definitely refused, or never left."""
    moment = now or datetime.now(UTC)
    chance = random.random() if draw is None else draw  # noqa: S311 - jitter, not a secret
    return {**_base(work, "refused", number), **_told(error), **_next(work, error, now=moment, draw=chance)}


def stopped(
    work: Work,
    step: str,
    error: PlatformError,
    *,
    started_at: datetime,
    now: datetime | None = None,
    draw: float | None = None,
) -> Item:
    """It ended before any committing call: nothing of this try is public."""
    moment = now or datetime.now(UTC)
    chance = random.random() if draw is None else draw  # noqa: S311 - jitter, not a secret
    return {
        **_base(work, "stopped", 0),
        **_told(error),
        **_next(work, error, now=moment, draw=chance),
        "step": step,
        "started_at": started_at.isoformat(),
    }


def stopped_part_way(live: int, total: int) -> str:
    """What is said of a publication that somebody stopped when a part of it was public."""
    return f"Stopped on request: {live} of {total} parts are public."


def withdrawn(work: Work, *, live: int, total: int, is_cancelled: bool) -> Item:
    """The right to send was gone before a part left. A cancelled publication ends; a paused one waits, with what is public
    of it; one that lost its lease stays as it is."""
    item = {**_base(work, "stopped", 0), "step": "stop", "code": "stopped", "started_at": datetime.now(UTC).isoformat()}
    if live and is_cancelled:
        return {**item, "next": "failed", "sentence": stopped_part_way(live, total)}
    return {**item, "next": "scheduled", "sentence": "Stopped before anything was sent."}


def unknown(work: Work, number: int, error: PlatformError, *, check_seconds: float) -> Item:
    return {**_base(work, "ambiguous", number), **_told(error), "check_seconds": check_seconds}


def is_refusal(work: Work, number: int, error: PlatformError) -> bool:
    """Whether this error says that *nothing* of this part is public.

    "Duplicate content" does not, once an earlier try of the same part was taken for absent: it may be the proof that the
    earlier one went through after all.
    """
    if error.code == "duplicate":
        return not any(a.step == step_name(number) and a.disproved for a in work.attempts)
    return isinstance(error, (Refused, RateLimited, NeedsReauth, AppBlocked, NotSent))


def is_first_unauthorized(work: Work) -> bool:
    """An access token can die early; one forced refresh is tried before anybody is asked to reconnect."""
    return not any(a.code == "unauthorized" for a in work.attempts)
