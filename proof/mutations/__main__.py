"""`make mutations [ONLY=stash]`: take each guard away in a copy of the tree, and run the tests that have to notice.

Prints a line for each guard and, as the last line, a JSON object; ends with 1 when a guard can be missing unnoticed.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from proof.mutations import guards, money, paying, pictures, plans, slots, trail, words
from proof.mutations.guards import Guard

TABLES = (guards, trail, words, pictures, slots, paying, plans, money)
ROOT = Path(__file__).parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".data", "__pycache__", ".*_cache", ".hypothesis", "staticfiles", "mockups"
)
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider")
FAILED = re.compile(r"^FAILED (?:\S*/)?(\w+\.py::.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    guard: Guard
    noticed_by: str  # the test that failed; empty: nobody noticed

    def line(self) -> str:
        return f"{'noticed' if self.noticed_by else 'MISSED ':8} {self.guard.name:62} {self.noticed_by}"


def take_away(guard: Guard, tree: Path) -> None:
    """Edit the copy. Raises ValueError when the guard is not where the table says."""
    file = tree / guard.file
    text = file.read_text()
    for before, after in ((guard.before, guard.after), *guard.also):
        if text.count(before) != 1:
            raise ValueError(f"{guard.name}: {before!r} stands {text.count(before)} times in {guard.file}")
        text = text.replace(before, after)
    file.write_text(text)


def try_without(guard: Guard) -> Outcome:
    """Run the tests in a copy of the tree without this guard."""
    with tempfile.TemporaryDirectory(prefix="multivio-mutation-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        take_away(guard, tree)
        command = [*PYTEST, *guard.tests]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return Outcome(guard, "")
    found = FAILED.search(done.stdout)
    if found is None:
        raise RuntimeError(f"{guard.name}: the tests did not run\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return Outcome(guard, found.group(1))


def main() -> int:
    parser = argparse.ArgumentParser(prog="proof.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="guards whose name holds this")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [guard for table in TABLES for guard in table.GUARDS if options.only in guard.name]
    outcomes = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for outcome in pool.map(try_without, chosen):
            outcomes.append(outcome)
            say(outcome.line())
    missed = [outcome.guard.name for outcome in outcomes if not outcome.noticed_by]
    say(json.dumps({"guards": len(outcomes), "noticed": len(outcomes) - len(missed), "missed": missed}))
    return 1 if missed else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
