import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from multivio.embedded.keeper import Keeper
from multivio.supervisor import children as children_module
from multivio.supervisor.children import Children, KeepsFailing, pause_before
from multivio.supervisor.console import Console
from multivio.supervisor.plan import Program
from multivio.testing.waiting import eventually

pytestmark = pytest.mark.processes

SLEEP = "import time; print('begun', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP


def never() -> bool:
    return False


class Stage:
    """Children with a screen to read from."""

    def __init__(self) -> None:
        self.screen = io.StringIO()
        self.keeper = Keeper()
        self.children = Children(self.keeper, Console(self.screen))

    def program(self, name: str, script: str, *, order: int = 1, stop_seconds: float = 5) -> Program:
        return Program(name, [sys.executable, "-c", script], dict(os.environ), order, stop_seconds)

    def begin(self, name: str, script: str, *, order: int = 1, stop_seconds: float = 5) -> int:
        """Start a program, wait for its first line, and return its process number."""
        lines = self.shown(name)
        self.children.start(self.program(name, script, order=order, stop_seconds=stop_seconds))
        eventually(lambda: self.shown(name) > lines)
        return self.pid(name)

    def pid(self, name: str) -> int:
        process = self.children._children[name].process
        assert process
        return process.pid

    def shown(self, name: str) -> int:
        return self.screen.getvalue().count(f"{name} | begun")

    def watch_until(self, text: str, *, times: int = 1) -> None:
        def look() -> bool:
            self.children.watch()
            return self.screen.getvalue().count(text) == times

        eventually(look)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.children.stop(hurry=lambda: True)
    stage.keeper.close()


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children_module, "FIRST_PAUSE", 0.01)


class TestRestarts:
    def test_a_dead_child_is_started_again(self, stage: Stage, no_pause: None) -> None:
        first = stage.begin("web", SLEEP)
        os.kill(first, signal.SIGKILL)
        stage.watch_until("web was ended by SIGKILL")
        stage.watch_until("| begun\n", times=2)
        assert stage.pid("web") != first

    def test_a_child_that_keeps_dying_is_given_up(self, stage: Stage, no_pause: None) -> None:
        stage.children.start(stage.program("web", "raise SystemExit(7)"))
        with pytest.raises(KeepsFailing, match="web ended with exit code 7, 5 times"):
            stage.watch_until("never said")

    def test_pauses_grow_to_half_a_minute(self) -> None:
        assert [pause_before(restart) for restart in (1, 2, 3, 4, 5, 6, 9)] == [1, 2, 4, 8, 16, 30, 30]

    def test_what_a_dead_child_left_in_its_group_goes_with_it(self, stage: Stage) -> None:
        fork = "import os, time, sys\nif os.fork(): time.sleep(60)\nprint('begun', os.getpid(), flush=True)\ntime.sleep(60)"
        parent = stage.begin("web", fork)
        orphan = int(stage.screen.getvalue().split("begun ")[1].split()[0])
        assert psutil.Process(orphan).ppid() == parent
        os.kill(parent, signal.SIGKILL)
        stage.watch_until("web was ended")
        eventually(lambda: not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE)


class TestStopping:
    def test_lower_orders_stop_first(self, stage: Stage) -> None:
        tell = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (print('ended', flush=True), sys.exit()))\n"
        body = "print('begun', flush=True)\ntime.sleep(60)"
        stage.begin("sandbox", tell + body, order=3)
        stage.begin("web", tell + body, order=1)
        stage.begin("worker-default", tell + body, order=2)
        stage.children.stop(hurry=never)
        eventually(lambda: stage.screen.getvalue().count("| ended") == 3)
        ends = [line.split("|")[0].strip() for line in stage.screen.getvalue().splitlines() if line.endswith("ended")]
        assert ends == ["web", "worker-default", "sandbox"]

    def test_a_stubborn_child_is_killed_after_its_grace(self, stage: Stage) -> None:
        pid = stage.begin("web", STUBBORN, stop_seconds=0.2)
        stage.children.stop(hurry=never)
        assert not psutil.pid_exists(pid)
        assert "web does not stop by itself" in stage.screen.getvalue()

    def test_a_second_request_ends_the_grace(self, stage: Stage) -> None:
        stage.begin("web", STUBBORN, stop_seconds=30)
        began = time.monotonic()
        stage.children.stop(hurry=lambda: True)
        assert time.monotonic() - began < 10


class TestOneOffPrograms:
    def test_its_json_is_returned_and_not_shown(self, stage: Stage) -> None:
        script = "print('made 3 posts'); print('{\"password\": \"secret\"}')"
        code, results = stage.children.run(stage.program("bootstrap", script), stopping=threading.Event())
        assert (code, results) == (0, ['{"password": "secret"}'])
        assert "made 3 posts" in stage.screen.getvalue()
        assert "secret" not in stage.screen.getvalue()

    def test_its_failure_is_reported(self, stage: Stage) -> None:
        code, _ = stage.children.run(stage.program("migrate", "raise SystemExit(4)"), stopping=threading.Event())
        assert code == 4


class TestKeeper:
    def test_it_ends_the_children_of_children_of_a_killed_parent(self, tmp_path: Path) -> None:
        script = f"""
import os, signal, subprocess, sys, time
from multivio.embedded import processes
from multivio.embedded.keeper import Keeper
child = "import os, time; os.fork(); open('{tmp_path}/' + str(os.getpid()), 'w').close(); time.sleep(60)"
processes.start([sys.executable, "-c", child], env=os.environ, keeper=Keeper(), output=subprocess.DEVNULL)
time.sleep(60)
"""
        with subprocess.Popen([sys.executable, "-c", script]) as parent:
            eventually(lambda: len(list(tmp_path.iterdir())) == 2)
            parent.kill()
        pids = [int(path.name) for path in tmp_path.iterdir()]
        eventually(lambda: not any(psutil.pid_exists(pid) and _runs(pid) for pid in pids))


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
