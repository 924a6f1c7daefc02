"""A short run of the simulator: the protocol holds, and a protocol with a guard taken away is caught."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("strategy", ["at_least_once", "trust_empty_list", "no_fence", "no_intent", "resend_on_5xx"])
def test_a_guard_taken_away_is_caught(strategy: str) -> None:
    status, _verdict = simulate(400, strategy)
    assert status == 1
