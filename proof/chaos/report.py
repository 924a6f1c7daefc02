"""The run in figures: one JSON object."""

import statistics
import subprocess
from collections import Counter
from typing import Any

from multivio.embedded.home import CHECKOUT
from proof.chaos.troubles import Troubles
from proof.checker import Verdict
from proof.history import History

WRONGS = ("duplicates", "lost", "false_published", "stuck")


def figures(history: History, verdict: Verdict, troubles: Troubles, *, seconds: float) -> dict[str, Any]:
    """What happened and what came of it. Seconds to settle are those of outcomes that were unknown and then found."""
    states = Counter(row.state for row in history.publications)
    live = {request.post_id for request in history.requests if request.post_id}
    settled = _settled(history)
    deaths = sum(number for point, number in troubles.deaths.items() if not point.endswith("(stopped)"))
    return {
        "seed": troubles.plan.seed,
        "seconds": round(seconds, 1),
        "commit": commit(),
        "publications": len(history.publications),
        "parts_live": len(live),
        "states": dict(sorted(states.items())),
        "by_platform": _by_platform(history),
        "calls": len(history.requests),
        "faults": sum(1 for request in history.requests if request.fault),
        "fault_kinds": dict(sorted(Counter(one.fault for one in history.requests if one.fault).items())),
        "kills": troubles.counts["killed"] + deaths,
        "killed_at": dict(sorted(troubles.deaths.items())),
        "pauses": len(history.pauses),
        "pg_crashes": troubles.counts["pg_crash"],
        "sessions_ended": troubles.counts["sessions_ended"],
        "redis_flushes": troubles.counts["flush"],
        "redis_stops": troubles.counts["redis_stop"] + troubles.counts["redis_kill"],
        "dispatcher_changes": troubles.counts["bell"],
        "worker_crashes": troubles.counts["crashed"],
        "operations": dict(sorted(Counter(f"{one.op} {one.outcome}" for one in history.operations).items())),
        **{wrong: verdict.count(wrong) for wrong in WRONGS},
        "needs_human": states["needs_human"],
        "settled_automatically": len(settled),
        "settle_seconds_median": round(statistics.median(settled), 2) if settled else None,
        "settle_seconds_p95": round(statistics.quantiles(settled, n=20)[-1], 2) if len(settled) > 1 else None,
        "late_after_pause": verdict.late_after_pause,
        "violations": verdict.by_invariant(),
    }


def _by_platform(history: History) -> dict[str, dict[str, int]]:
    """How many publications of each platform ended in which state."""
    found: dict[str, Counter[str]] = {}
    for row in history.publications:
        found.setdefault(row.platform, Counter())[row.state] += 1
    return {slug: dict(sorted(states.items())) for slug, states in sorted(found.items())}


def commit() -> str:
    """The commit that ran; with a plus when files were changed since."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or "unknown"


def _settled(history: History) -> list[float]:
    """From the first byte's journal entry to published, for publications of one part that were found by looking."""
    rows = {row.id: row for row in history.publications}
    found = []
    for attempt in history.attempts:
        row = rows[attempt.publication_id]
        if attempt.status == "ok" and attempt.sentence.startswith("Found on") and row.finished_at:
            found.append(row.finished_at - attempt.started_at)
    return found
