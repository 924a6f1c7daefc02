"""The keeper: a small process that cleans up when the program that started the servers is killed.

It reads orders from standard input, one a line (`keep GROUP SIGNAL`, `forget GROUP`, `remove FOLDER`), and acts when
the input ends, which happens however its parent dies. Every kept process group gets its signal, after ten seconds
SIGKILL: so the children of children go too, and it works where the kernel knows no death signal. It inherits the
home's lock, so the home is free only when all of it is gone.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 10


class Keeper:
    """The parent's end of the pipe."""

    def __init__(self, *, lock_handle: int | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd="/",
            process_group=0,
            pass_fds=() if lock_handle is None else (lock_handle,),
        )

    def keep(self, group: int, number: signal.Signals) -> None:
        """Send `number` to process group `group` when this process ends."""
        self._order(f"keep {group} {int(number)}")

    def forget(self, group: int) -> None:
        self._order(f"forget {group}")

    def remove(self, folder: Path) -> None:
        """Delete `folder` at the end, when every kept group is gone."""
        self._order(f"remove {folder}")

    def close(self) -> None:
        """End the keeper: it does now what it would have done on our death. Waits until that is done."""
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _order(self, line: str) -> None:
        # Without a keeper the death signal still holds, so its loss is no reason to stop.
        with contextlib.suppress(BrokenPipeError, ValueError):
            if self._process.stdin:
                self._process.stdin.write(line + "\n")


def alive(group: int) -> bool:
    """Whether any process of the group is left that is not just waiting to be reaped."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(group)


def _zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    # A zombie leader with living members in its group must not pass for gone.
    return stat.rpartition(")")[2].split()[0] == "Z" and not _members(pid)


def _members(group: int) -> list[int]:
    """Living processes of the group, read from /proc (Linux; elsewhere none)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, member_group, *_ = entry.read_text().rpartition(")")[2].split()
            if int(member_group) == group and state != "Z":
                found.append(int(entry.parent.name))
    return found


def signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def end_groups(groups: dict[int, int]) -> None:
    """Send each group its signal, and SIGKILL to what is left after the grace."""
    for group, number in groups.items():
        signal_group(group, number)
    deadline = time.monotonic() + GRACE_SECONDS
    left = [group for group in groups if alive(group)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [group for group in left if alive(group)]
    for group in left:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    folders: list[str] = []
    for line in sys.stdin:
        order, _, rest = line.strip().partition(" ")
        if order == "keep":
            group, wanted = rest.split()
            groups[int(group)] = int(wanted)
        elif order == "forget":
            groups.pop(int(rest), None)
        elif order == "remove":
            folders.append(rest)
    end_groups(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
