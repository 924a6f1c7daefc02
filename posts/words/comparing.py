"""Which of two versions did better: pure arithmetic over what the platforms counted.

Compared is the share of those who saw a post that did something with it, on one platform at a time, since platforms count
differently. Nothing is called better that may as well be chance.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST = 100  # seen by fewer, a share says nothing
CLEAR = 1.96  # standard errors: one in twenty equal pairs looks this different
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Tally:
    """How many saw something, and how many of them reacted, commented, shared, saved or clicked."""

    seen: int = 0
    reacted: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.seen + other.seen, self.reacted + other.reacted)

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(max(0, self.seen - other.seen), max(0, self.reacted - other.reacted))

    @property
    def share(self) -> float:
        # One person may react and share: what is more than everybody counts as everybody.
        return min(1.0, self.reacted / self.seen) if self.seen else 0.0

    @property
    def is_enough(self) -> bool:
        return self.seen >= FEWEST

    @property
    def in_words(self) -> str:
        return f"{self.share:.1%}".replace(".0%", "%").replace("%", " %")


def standard_errors(one: Tally, other: Tally) -> float:
    """How far apart two shares are, in standard errors (the two-proportion z-test). Positive: `one` has the higher share."""
    both = one + other
    spread = both.share * (1 - both.share) * (1 / one.seen + 1 / other.seen)
    return (one.share - other.share) / sqrt(spread) if spread else 0.0


def better(one: Tally, other: Tally) -> int | None:
    """1: the one, -1: the other, 0: no clear difference, None: too few people saw one of them."""
    if not (one.is_enough and other.is_enough):
        return None
    apart = standard_errors(one, other)
    return 0 if abs(apart) < CLEAR else (1 if apart > 0 else -1)


def closest(text: str, versions: Sequence[str]) -> int | None:
    """Which version a text was made from, by the words they share; None where it shares none."""
    words = _words(text)
    shared = [_likeness(words, _words(each)) for each in versions]
    best = max(shared, default=0.0)
    return shared.index(best) if best else None


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
