"""The processes that get killed: publishing workers, Celery workers and dispatchers.

A nursery imports the product once and forks each of them from there: starting Python anew for every one would keep the
machine busy with imports instead of faults. Nothing is open in the nursery that a child could share with another.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

from multivio.embedded import processes
from multivio.embedded.home import CHECKOUT

START_SECONDS = 120


@dataclass
class Pause:
    """A process that did not run for a while. Wall-clock seconds, as in the sandbox's ledger; `until` None: still stopped."""

    pid: int
    since: float
    until: float | None = None


@dataclass
class Workers:
    """The nursery and its children. Methods belong to the main thread."""

    env: Mapping[str, str]
    log: Path
    alive: dict[int, str] = field(default_factory=dict)  # pid -> kind
    pauses: list[Pause] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    ends: list[tuple[int, int]] = field(default_factory=list)  # pid, exit status as waitpid says

    def start(self) -> None:
        command = processes.leashed([sys.executable, "-m", "proof.chaos.nursery"], number=SIGKILL, owner=None)
        self._nursery = subprocess.Popen(  # noqa: S603
            command,
            cwd=CHECKOUT,
            env=dict(self.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("ab"),
            text=True,
            bufsize=1,
        )
        self._started: list[int] = []
        self._came = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()
        self._wait_for(1)  # the nursery itself

    def spawn(self, kind: str, failpoint: str = "") -> int:
        """Start a publisher, celery or dispatcher; its process id."""
        with self._came:
            known = len(self._started)
        assert self._nursery.stdin is not None  # noqa: S101 - asked for above
        self._nursery.stdin.write(json.dumps({"kind": kind, "failpoint": failpoint}) + "\n")
        self._wait_for(known + 1)
        with self._came:
            pid = self._started[-1]
            self.alive[pid] = kind
        return pid

    def of_kind(self, *kinds: str) -> list[int]:
        with self._came:
            return sorted(pid for pid, kind in self.alive.items() if kind in kinds)

    def kill(self, pid: int) -> None:
        self.killed.add(pid)
        self._signal(pid, SIGKILL)
        self._wait_until_gone(pid)

    def stop(self, pid: int) -> None:
        self.pauses.append(Pause(pid, time.time()))
        self._signal(pid, SIGSTOP)

    def resume(self, pause: Pause) -> None:
        self._signal(pause.pid, SIGCONT)
        pause.until = time.time()

    def paused(self) -> set[int]:
        return {pause.pid for pause in self.pauses if pause.until is None}

    def stopped_by_themselves(self) -> list[int]:
        """Children that met a failpoint that stops."""
        return [pid for pid in self.of_kind("publisher", "celery") if pid not in self.paused() and _is_stopped(pid)]

    def end(self) -> None:
        """Kill them all and the nursery."""
        for pid in list(self.alive):
            self.kill(pid)
        self._nursery.kill()
        self._nursery.wait()

    def _signal(self, pid: int, number: int) -> None:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return

    def _wait_until_gone(self, pid: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self._came:
            while pid in self.alive and time.monotonic() < deadline:
                self._came.wait(1)

    def _wait_for(self, count: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self._came:
            while len(self._started) < count:
                if self._nursery.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the nursery does not answer; see {self.log}")
                self._came.wait(0.5)

    def _listen(self) -> None:
        assert self._nursery.stdout is not None  # noqa: S101 - asked for above
        for line in self._nursery.stdout:
            said = json.loads(line)
            with self._came:
                if "started" in said:
                    self._started.append(said["started"])
                else:
                    self.alive.pop(said["ended"], None)
                    self.ends.append((said["ended"], said["status"]))
                self._came.notify_all()


def _is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False
