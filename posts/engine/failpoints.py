"""Named points at which a test may kill or stop the process. Without PUBLISH_FAILPOINT they do nothing.

`name` dies there at once; `name:probability:seed` dies there now and then, drawn from the seed; with `:stop` at the end
the process stops, as by SIGSTOP, until somebody lets it go on.
"""

import os
import random
from dataclasses import dataclass, field
from functools import lru_cache
from signal import SIGKILL, SIGSTOP, Signals

from django.conf import settings

POINTS = frozenset(
    {
        "after_claim",
        "before_stash",  # an upload was answered, its id is not stored
        "after_stash",
        "before_intent",
        "after_intent",  # the journal is committed, nobody was told
        "before_send",
        "after_send",
        "after_error",  # a refusal or no answer, not stored
        "after_store",
        "in_sweeper",
        "in_reconciler",
    }
)


@dataclass(frozen=True)
class Armed:
    name: str
    probability: float = 1.0
    draw: random.Random = field(default_factory=random.Random)
    signal: Signals = SIGKILL


@lru_cache(maxsize=1)
def armed(spec: str) -> Armed:
    """What PUBLISH_FAILPOINT says. Raises ValueError for a point that does not exist."""
    name, probability, seed, action = (*spec.split(":"), "", "", "")[:4]
    if name not in POINTS:
        raise ValueError(f"there is no failpoint {name!r}")
    number = SIGSTOP if action == "stop" else SIGKILL
    return Armed(name, float(probability or 1), random.Random(seed), number)  # noqa: S311 - a draw, not a secret


def failpoint(name: str) -> None:
    """Die or stop here and now when PUBLISH_FAILPOINT names this point and the draw says so."""
    if not settings.PUBLISH_FAILPOINT:
        return
    point = armed(settings.PUBLISH_FAILPOINT)
    if name == point.name and point.draw.random() < point.probability:
        os.kill(os.getpid(), point.signal)
