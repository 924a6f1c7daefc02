"""`make bench [ONLY=lag,claims] [QUICK=1] [OUT=file]`: figures of publishing on this machine.

A table as they come, then one JSON object a line (also in OUT). A missed goal is said, but is no failure: how fast a
machine is today is no matter of right or wrong.
"""

import argparse
import platform
import sys
import time
from pathlib import Path

from proof.bench import load, measures, recovery, rivals, words
from proof.bench.measures import QUICK, Size
from proof.bench.report import Figure, keep
from proof.bench.stage import Stage

PARTS = ("lag", "claims", "memory", "fairness", "recovery", "rivals", "ai")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m proof.bench", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see whether it works")
    parser.add_argument("--out", type=Path, default=Path(".data/bench.jsonl"))
    options = parser.parse_args()
    parts, size = set(options.only.split(",")), QUICK if options.quick else Size()
    if parts - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(parts - set(PARTS)))}")
    say(f"{platform.platform()}, Python {platform.python_version()}")
    figures: list[Figure] = []
    _tell(figures, [Figure("this machine: 5 million additions in Python", _additions(), "s")])
    if parts - {"recovery", "ai"}:
        _with_stub(parts, size, figures)
    if "recovery" in parts:
        _tell(figures, recovery.measure(posts=3 if options.quick else 20))
    if "ai" in parts:
        _tell(figures, words.measure(pairs=3 if options.quick else 60, looks=5 if options.quick else 80))
    keep(figures, options.out)
    for figure in figures:
        say(figure.line())
    return 0


def _with_stub(parts: set[str], size: Size, figures: list[Figure]) -> None:
    stage = Stage()
    try:
        stage.start()
        accounts = load.accounts(stage.url, workspaces=size.workspaces, each=size.each)
        if "claims" in parts:
            _tell(figures, measures.claims(stage, accounts, size))
        if parts & {"lag", "memory", "fairness"}:
            _with_workers(stage, accounts, parts, size, figures)
        if "rivals" in parts:
            _tell(figures, rivals.measure(stage, size))
    finally:
        stage.stop()


def _with_workers(stage: Stage, accounts: load.Accounts, parts: set[str], size: Size, figures: list[Figure]) -> None:
    running = [*stage.workers(2), stage.dispatcher()]
    measures.warm(stage, accounts, size)
    if "lag" in parts:
        for measure in (measures.at_once, measures.uniform, measures.burst):
            _tell(figures, measure(stage, accounts, size))
    if "fairness" in parts:
        _tell(figures, measures.fairness(stage, accounts, size))
    if "memory" in parts:
        pids = {"worker": running[0].pid, "dispatcher": running[-1].pid}
        _tell(figures, measures.memory(stage, accounts, size, pids))
    stage.end(*running)


def _additions() -> float:
    """How fast one core is just now: on shared hosts it differs by half from minute to minute."""
    began, total = time.perf_counter(), 0
    for number in range(5_000_000):
        total += number
    return time.perf_counter() - began


def _tell(figures: list[Figure], found: list[Figure]) -> None:
    figures += found
    for figure in found:
        say(figure.row())


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
