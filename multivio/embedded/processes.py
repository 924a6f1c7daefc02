"""Start and stop processes on the leash and under the keeper."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from multivio.embedded.keeper import Keeper, signal_group

LEASH = Path(__file__).with_name("leash.py")
Output = int | IO[bytes] | None


def server_owner() -> tuple[int, int] | None:
    """(uid, gid) the servers run as: `nobody` for root, since PostgreSQL refuses root; otherwise ourselves (None)."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def leashed(command: Sequence[str | Path], *, number: signal.Signals, owner: tuple[int, int] | None) -> list[str]:
    """The command line that runs `command` as `owner`, dying by signal `number` with this process."""
    run_as = f"{owner[0]}:{owner[1]}" if owner else "-"
    parts = (sys.executable, "-I", "-S", LEASH, os.getpid(), int(number), run_as, *command)
    return [str(part) for part in parts]


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    keeper: Keeper,
    output: Output,
    cwd: str | Path = "/",
    on_death: signal.Signals = signal.SIGKILL,
    owner: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own. `on_death` is what it gets when this process dies.

    Call it from the main thread only: the kernel's death signal follows the thread that started the child.
    """
    process = subprocess.Popen(  # noqa: S603
        leashed(command, number=on_death, owner=owner),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    keeper.keep(process.pid, on_death)
    return process


def stop(process: subprocess.Popen[bytes], *, number: signal.Signals, seconds: float, keeper: Keeper) -> None:
    """Ask a process to end, and after `seconds` make its whole group."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        signal_group(process.pid, signal.SIGKILL)
        process.wait()
    finished(process, keeper)


def finished(process: subprocess.Popen[bytes], keeper: Keeper) -> None:
    """Clear what a finished process left in its group, before its number can be used again."""
    signal_group(process.pid, signal.SIGKILL)
    keeper.forget(process.pid)
