"""Threads that are counted, so that nobody hands them more than they can begin at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec

import structlog
from django.db import connections

log = structlog.get_logger(__name__)
P = ParamSpec("P")


class Crew:
    """`size` threads; `finished` is called each time one of them becomes free."""

    def __init__(self, name: str, size: int, finished: Callable[[], None]) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._finished = finished
        self._busy = 0
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        with self._lock:
            return self._busy

    @property
    def free(self) -> int:
        return max(0, self.size - self.busy)

    def submit(self, run: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        with self._lock:
            self._busy += 1
        self._pool.submit(self._guarded, partial(run, *args, **kwargs))

    def end(self) -> None:
        """Begin nothing more. What runs goes on for as long as the process does."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception:  # a thread must not die silently: the lease ends, and the sweep says what that means
            log.exception("publishing failed unexpectedly")
        finally:
            connections.close_all()
            with self._lock:
                self._busy -= 1
            self._finished()
