"""Snowflake-like ids: milliseconds since 2010-11-04 in the high bits, strictly increasing."""

from sandbox.clock import Clock
from sandbox.store import Store

EPOCH_MS = 1288834974657
SEQUENCE_BITS = 22


class Snowflakes:
    """Ids stay increasing across restarts and even when the sandbox clock is set back."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self.last = int(store.get_meta("last_id", "0"))

    def next(self) -> int:
        milliseconds = int(self._clock.now() * 1000) - EPOCH_MS
        self.last = max(self.last + 1, milliseconds << SEQUENCE_BITS)
        return self.last

    def raise_to(self, used: int) -> None:
        """Never hand out an id at or below one already in use."""
        self.last = max(self.last, used)

    def remember(self) -> None:
        """Keep the high-water mark, for when the rows that hold the ids are about to go."""
        self._store.set_meta("last_id", str(self.last))
