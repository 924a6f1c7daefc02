"""A short run of chaos, as `make chaos` but on the tests' servers: workers die and stop, calls fail, nothing is lost."""

import json
import os
import subprocess
import sys

import pytest

from multivio.embedded.home import CHECKOUT

pytestmark = [pytest.mark.real_commits, pytest.mark.processes]


def test_nothing_is_lost_or_repeated_while_workers_die_and_calls_fail() -> None:
    command = [sys.executable, "-m", "proof.chaos", "--given-servers"]
    command += ["--duration", "5", "--seed", "4", "--per-second", "6", "--every", "0.5", "--lease", "4"]
    done = subprocess.run(command, cwd=CHECKOUT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["duplicates"], told["lost"], told["false_published"], told["stuck"]) == (0, 0, 0, 0)
    assert told["violations"] == {}
    # A run in which nothing went wrong would prove nothing.
    assert told["publications"] >= 25
    assert told["kills"] >= 2
    assert told["faults"] >= 5
    assert told["states"]["published"] >= 20
