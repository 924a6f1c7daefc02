"""Start programs, restart what dies, give up on what keeps dying, stop all in order."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from multivio.embedded import processes
from multivio.embedded.home import CHECKOUT
from multivio.embedded.keeper import Keeper, signal_group
from multivio.supervisor.console import Console
from multivio.supervisor.plan import Program

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
FAILURES = 5  # so many ends within the window, and we give up
WINDOW_SECONDS = 120.0


class KeepsFailing(Exception):
    """A program ended again and again. The text is for the person at the terminal."""


@dataclass
class Child:
    """A program that runs, or waits for its next start."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    ends: list[float] = field(default_factory=list)
    restart_at: float = 0.0


def pause_before(restart: int) -> float:
    """Seconds to wait before restart number `restart` (1, 2, …): doubling, up to half a minute."""
    return min(FIRST_PAUSE * 2.0 ** (restart - 1), LONGEST_PAUSE)


class Children:
    """The running programs of one supervisor. All methods belong to the main thread (see `processes.start`)."""

    def __init__(self, keeper: Keeper, console: Console) -> None:
        self._keeper, self._console = keeper, console
        self._children: dict[str, Child] = {}

    def start(self, program: Program) -> None:
        child = Child(program)
        self._children[program.name] = child
        self._launch(child)

    def run(self, program: Program, *, stopping: threading.Event) -> tuple[int, list[str]]:
        """Run a program to its end. Returns its exit code and the lines that look like JSON, which are not shown."""
        results: list[str] = []

        def tell(line: str) -> bool:
            if line.startswith("{"):
                results.append(line)
            return not line.startswith("{")

        process = self._spawn(program)
        assert process.stdout is not None  # noqa: S101 - _spawn asks for a pipe
        reader = self._console.follow(process.stdout, name=program.name, tell=tell)
        while process.poll() is None and not stopping.wait(0.02):
            pass
        processes.stop(process, number=program.stop_signal, seconds=program.stop_seconds, keeper=self._keeper)
        reader.join(2)
        return process.returncode, results

    def watch(self) -> None:
        """One round: note who ended, start again who is due. Raises KeepsFailing."""
        now = time.monotonic()
        for child in self._children.values():
            if child.process is None:
                if now >= child.restart_at:
                    self._launch(child)
            elif child.process.poll() is not None:
                self._note_end(child, child.process.returncode, now)

    def has_ended(self, name: str) -> bool:
        """Whether the program ended at least once since it was started."""
        return bool(self._children[name].ends)

    def stop(self, *, hurry: Callable[[], bool]) -> None:
        """Stop all, in the programs' order, each with its grace. `hurry()` turning true ends the grace."""
        for order in sorted({child.program.order for child in self._children.values()}):
            group = [child for child in self._children.values() if child.program.order == order and child.process]
            self._stop_together(group, hurry)
        self._children.clear()

    def _stop_together(self, group: list[Child], hurry: Callable[[], bool]) -> None:
        for child in group:
            if child.process and child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
        started = time.monotonic()
        for child in group:
            process = child.process
            while process and process.poll() is None:
                if hurry() or time.monotonic() - started > child.program.stop_seconds:
                    self._console.say(f"{child.program.name} does not stop by itself; ending it")
                    signal_group(process.pid, signal.SIGKILL)
                    process.wait()
                time.sleep(0.02)
            if process:
                processes.finished(process, self._keeper)
            child.process = None

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        return processes.start(
            program.command, env=program.env, keeper=self._keeper, output=subprocess.PIPE, cwd=CHECKOUT
        )

    def _launch(self, child: Child) -> None:
        child.process = self._spawn(child.program)
        if child.process.stdout:
            self._console.follow(child.process.stdout, name=child.program.name)

    def _note_end(self, child: Child, code: int, now: float) -> None:
        if child.process:
            processes.finished(child.process, self._keeper)
        child.process = None
        child.ends = [end for end in child.ends if now - end < WINDOW_SECONDS] + [now]
        name, how = child.program.name, ended_how(code)
        if len(child.ends) >= FAILURES:
            raise KeepsFailing(
                f"{name} {how}, {FAILURES} times within two minutes. Giving up; its last lines are above."
            )
        pause = pause_before(len(child.ends))
        child.restart_at = now + pause
        self._console.say(f"{name} {how}; starting it again in {pause:.0f} s")


def ended_how(code: int) -> str:
    """An exit code in words."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
