"""A circuit breaker per platform: when most calls get no usable answer, stop making more unknowns for a while.

What is due stays scheduled and costs no attempt. Opened for 30 seconds, twice as long each time it opens again at once, at
most five minutes; after the pause a handful of calls decides. Times are seconds of a monotonic clock, given by the caller.
"""

from collections import deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 30.0
ENOUGH_CALLS = 20
ENOUGH_PROBES = 3
BAD_SHARE = 0.5
FIRST_OPEN_SECONDS = 30.0
LONGEST_OPEN_SECONDS = 300.0


@dataclass
class Breaker:
    """Of one platform in one process. Not thread-safe by itself."""

    calls: deque[tuple[float, bool]] = field(default_factory=deque)
    bad: int = 0  # of `calls`: counted along, since every publication asks
    opened: int = 0  # times in a row
    open_until: float = 0.0

    def note(self, *, answered: bool, now: float) -> float:
        """Note how a call went; the seconds for which the platform should be left alone from now on, mostly 0."""
        if now < self.open_until:
            return 0.0  # a call that left before it opened
        while self.calls and self.calls[0][0] < now - WINDOW_SECONDS:
            self.bad -= not self.calls.popleft()[1]
        self.calls.append((now, answered))
        self.bad += not answered
        enough = ENOUGH_PROBES if self.opened else ENOUGH_CALLS
        if len(self.calls) < enough:
            return 0.0
        if self.bad < BAD_SHARE * len(self.calls):
            if self.opened and len(self.calls) >= ENOUGH_PROBES:
                self.opened = 0
            return 0.0
        seconds = min(LONGEST_OPEN_SECONDS, FIRST_OPEN_SECONDS * 2.0**self.opened)
        self.opened += 1
        self.open_until = now + seconds
        self.calls.clear()
        self.bad = 0
        return seconds
