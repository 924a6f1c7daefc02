"""`python -m proof.chaos.nursery`: imports the product once, then forks a worker for each line on standard input."""

import json
import os
import select
import signal
import sys
import traceback
from typing import Any

from multivio.embedded.leash import die_with


def main() -> None:
    import django  # noqa: PLC0415 - the settings read the environment

    django.setup()
    import celery.bin.worker  # noqa: F401, PLC0415 - imported here so that no child has to

    import posts.engine.engine  # noqa: PLC0415
    import posts.management.commands.dispatch  # noqa: PLC0415
    import posts.tasks  # noqa: F401, PLC0415

    if name := os.environ.get("CHAOS_STRATEGY"):
        from proof.chaos.strategies import STRATEGIES  # noqa: PLC0415

        STRATEGIES[name]()
    _say(started=os.getpid())
    waiting = b""
    while True:
        if select.select([0], [], [], 0.02)[0]:
            block = os.read(0, 65536)
            if not block:
                return
            *lines, waiting = (waiting + block).split(b"\n")
            for line in lines:
                _fork(json.loads(line))
        _reap()


def _say(**what: int) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(ended=pid, status=status)


def _fork(order: dict[str, Any]) -> None:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        _say(started=pid)
        return
    status = 1
    try:
        die_with(parent, signal.SIGKILL)
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        _run(order["kind"], order["failpoint"])
        status = 0
    except Exception:  # the child must not run on as a second nursery, and its end has to be explained
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _run(kind: str, failpoint: str) -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    settings.PUBLISH_FAILPOINT = failpoint
    if kind == "dispatcher":
        call_command("dispatch")
    elif kind == "celery":
        from multivio.celery import app  # noqa: PLC0415

        app.worker_main(
            [
                *("worker", "-Q", "publish", "-P", "threads", "-c", "2", "-n", f"chaos{os.getpid()}@%h"),
                *("--without-gossip", "--without-mingle", "-l", "warning"),
            ]
        )
    else:
        call_command("run_publisher")


if __name__ == "__main__":
    main()
