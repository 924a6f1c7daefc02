"""`make simulate SCHEDULES=100000 SEED=1`: look for a schedule in which the protocol publishes twice, loses or hides something.

Prints a table and, as its last line, the verdict as JSON; ends with 1 when something is wrong, and says how to see it again:
`make simulate REPEAT=1:123` prints that schedule step by step. STRATEGY names a protocol with one guard taken away.
"""

import argparse
import json
import os
import sys

from proof.simulation.run import many, simulate
from proof.simulation.strategies import STRATEGIES


def main() -> int:
    parser = argparse.ArgumentParser(prog="proof.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strategy", choices=sorted(STRATEGIES), default="strict")
    parser.add_argument("--repeat", default="", help="one schedule, as SEED:NUMBER, step by step")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.repeat:
        return repeat(options.repeat, options.strategy)
    total = many(options.schedules, options.seed, options.strategy, jobs=options.jobs)
    report = total.report()
    for name, value in report.items():
        say(f"{name:>16}  {value:>12,}")
    for seed, wrongs in total.failing:
        say(f"\nseed {seed}: {wrongs}; again: make simulate REPEAT={seed} STRATEGY={options.strategy}")
    if total.failing:
        say("")
        repeat(total.failing[0][0], options.strategy)
    say(json.dumps(report))
    return 0 if total.is_clean else 1


def repeat(seed: str, strategy: str) -> int:
    """Print one schedule with its trace; 1 when it is wrong."""
    sim, verdict = simulate(seed, strategy, trace=True)
    for line in sim.trace or ():
        say(line)
    for row in sim.world.rows.values():
        say(f"publication {row.id}: {row.state}, {row.committed} of {row.commits}, fence {row.fence}; {row.attempts}")
    for entry in sim.platforms.ledger:
        say(f"public: {entry}")
    say(f"{verdict}")
    return 0 if verdict.is_clean else 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
