"""The sandbox's own time: real time plus an offset that tests and support people may push forward."""

import time
from datetime import UTC, datetime

from sandbox.store import Store


class Clock:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.offset = float(store.get_meta("clock_offset", "0"))

    def now(self) -> float:
        """Sandbox time in epoch seconds."""
        return time.time() + self.offset

    def wall(self, moment: float) -> float:
        """The same moment on a client's clock, which knows nothing of the offset (rate limit resets are absolute)."""
        return moment - self.offset

    def advance(self, seconds: float) -> None:
        """Push time forward; raises ValueError on going back, which would make young things older than old ones."""
        if seconds < 0:
            raise ValueError("The clock only goes forward; reset the world to take it back.")
        self._set(self.offset + seconds)

    def reset(self) -> None:
        self._set(0.0)

    def _set(self, offset: float) -> None:
        self.offset = offset
        self._store.set_meta("clock_offset", repr(offset))


def iso(moment: float) -> str:
    """RFC 3339 with whole seconds and `.000Z`, as X and others print it."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def parse_iso(value: str) -> float:
    """Epoch seconds of an RFC 3339 time with a zone; raises ValueError on anything else."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    return moment.timestamp()
