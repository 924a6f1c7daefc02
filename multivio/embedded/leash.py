"""Run a command that dies with its parent: `leash.py PARENT_PID SIGNAL UID:GID|- COMMAND…`.

A script of its own, started with `python -I -S`, because the same steps in `preexec_fn` are unsafe in a program with
threads. It drops root first (changing the user clears the death signal), asks the kernel for the signal, and becomes
the command. Linux only; elsewhere `keeper` alone does the work.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop_root(owner: str) -> None:
    if owner != "-":
        uid, gid = (int(part) for part in owner.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def die_with(parent: int, number: int) -> None:
    """Have the kernel send signal `number` to this process when `parent` ends."""
    if sys.platform == "linux":
        try:
            import ctypes  # noqa: PLC0415 - some small builds of Python come without it

            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
        except (ImportError, OSError, AttributeError):
            return
    if os.getppid() != parent:  # it ended before we asked
        raise SystemExit(1)


def restore_signals() -> None:
    """Undo what a program inherits from Python and from a parent that waits for signals."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


if __name__ == "__main__":
    parent_pid, signal_number, run_as, *command = sys.argv[1:]
    drop_root(run_as)
    die_with(int(parent_pid), int(signal_number))
    restore_signals()
    os.execvp(command[0], command)  # noqa: S606
