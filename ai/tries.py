"""When to ask again, and whom: pauses, stand-ins for a model that is not there, and leaving a service that is down alone.

A call has no idempotency key there, so one is repeated only where nothing can have been written: no connection, too many
requests, an error before the first byte.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings

from ai import errors
from ai.errors import AiError

MOST = 3  # tries of one model
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 8.0
# The breaker: so many calls in a row without any usable answer, and for so long nobody is kept waiting for the next.
ENOUGH_FAILURES = 5
OPEN_SECONDS = 20.0


def models(first: str = "") -> list[str]:
    """Who is asked in turn."""
    return list(dict.fromkeys([first or settings.XAI_MODEL_TEXT, *settings.XAI_MODEL_FALLBACKS]))


@dataclass
class Tries:
    """The tries of one question."""

    models: list[str]
    began: float = field(default_factory=time.monotonic)
    count: int = 1
    request_id: str = ""  # of the latest, as the service calls it

    @property
    def model(self) -> str:
        return self.models[0]

    @property
    def deadline(self) -> float:
        return float(self.began + settings.AI_TOTAL_SECONDS)

    def after(self, error: AiError) -> float:
        """Seconds until the next try; raises the error when there is none."""
        if not (error.repeatable or error.is_about_model):
            raise error
        pause = error.pause or FIRST_PAUSE * 2 ** (self.count - 1) * (1 + random.random() / 4)  # noqa: S311 - spreads load
        too_long = pause > LONGEST_PAUSE or time.monotonic() + pause > self.deadline
        if error.is_about_model or self.count >= MOST or too_long:
            self._go_on_to_the_next(error)
            return 0
        self.count += 1
        return pause

    def _go_on_to_the_next(self, error: AiError) -> None:
        if len(self.models) < 2 or time.monotonic() > self.deadline:
            raise error
        self.models = self.models[1:]
        self.count = 1


@dataclass
class Circuit:
    """Of one kind of call. Open: nobody asks until the pause is over; then one call decides."""

    failures: int = 0
    open_until: float = 0.0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def require(self) -> None:
        """Raise Unavailable while it is open."""
        with self._lock:
            now = time.monotonic()
            if now < self.open_until:
                raise _Resting(retry_after=self.open_until - now)
            if self.failures >= ENOUGH_FAILURES:
                self.open_until = now + OPEN_SECONDS  # the others wait for what this one finds

    def note(self, error: Exception | None) -> None:
        """How a call went. A refusal is an answer: the service is there."""
        with self._lock:
            if isinstance(error, errors.Unavailable | errors.Silent):
                self.failures += 1
                if self.failures >= ENOUGH_FAILURES:
                    self.open_until = time.monotonic() + OPEN_SECONDS
            else:
                self.failures, self.open_until = 0, 0.0


class Breaker:
    """Of this process. Words, pictures and the list of models fail each on their own, so each has its circuit: that the list
    is there says nothing of the rest."""

    def __init__(self) -> None:
        self._circuits: dict[str, Circuit] = {}

    def of(self, path: str) -> Circuit:
        return self._circuits.setdefault(path, Circuit())

    @contextmanager
    def watching(self, path: str) -> Iterator[None]:
        """One call of that kind. Raises Unavailable at once where the last ones all failed."""
        circuit = self.of(path)
        circuit.require()
        try:
            yield
        except AiError as error:
            circuit.note(error)
            raise
        circuit.note(None)


class _Resting(errors.Unavailable):
    """The breaker is open: no use in trying at once."""

    repeatable = False


breaker = Breaker()
