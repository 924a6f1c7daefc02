"""Other processes in tests: tie them to the run, and wait by asking again and again, never by sleeping and hoping."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil

from multivio.embedded import processes

T = TypeVar("T")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own: in this one the browser's event loop may be running already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def tied(command: Sequence[str | Path]) -> list[str]:
    """The command line of a process that is ended when this run of the tests is killed. Linux; elsewhere it stays."""
    return processes.leashed(command, number=signal.SIGTERM, owner=None)


def eventually(ask: Callable[[], T], *, seconds: float = 10) -> T:
    """The first true answer of `ask`. Raises AssertionError when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"no true answer within {seconds} s, the last one was {answer!r}")
        time.sleep(0.02)


def processes_naming(path: Path) -> list[psutil.Process]:
    """Living processes whose command line has `path` in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(path) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
