"""A short run of the simulator: the protocol holds, and a protocol with a guard taken away is caught."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proof.simulation import run

ROOT = Path(__file__).parent.parent.parent
WRONGS = ("duplicates", "lost", "false_published", "stuck")


def simulate(schedules: int, strategy: str = "strict") -> tuple[int, dict[str, Any]]:
    """Exit status and verdict of `python -m proof.simulation`."""
    command = [sys.executable, "-m", "proof.simulation", "--schedules", str(schedules), "--jobs", "1"]
    done = subprocess.run([*command, "--strategy", strategy], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_the_protocol_holds_in_every_schedule() -> None:
    status, verdict = simulate(300)
    assert {wrong: verdict[wrong] for wrong in WRONGS} == dict.fromkeys(WRONGS, 0)
    assert status == 0
    assert verdict["published"] > verdict["publications"] / 3


# Schedules that were wrong once: a worker stopped for longer than its lease replaced the container that its successor's
# call was judged by, or sent its successor's; and two in which the verdict counted what nothing can fence.
@pytest.mark.parametrize("seed", ["1:39019", "1:91289", "1:30150", "1:11268"])
def test_a_schedule_that_was_wrong_once_holds(seed: str) -> None:
    _, verdict = run.simulate(seed)
    assert verdict.is_clean, verdict.wrongs


@pytest.mark.parametrize("seed", ["1:39019", "1:91289"])
def test_a_stash_that_anybody_may_write_is_caught(seed: str) -> None:
    _, verdict = run.simulate(seed, "no_stash_fence")
    assert not verdict.is_clean


@pytest.mark.parametrize("strategy", ["at_least_once", "trust_empty_list", "no_fence", "no_intent", "resend_on_5xx"])
def test_a_guard_taken_away_is_caught(strategy: str) -> None:
    status, _verdict = simulate(400, strategy)
    assert status == 1
