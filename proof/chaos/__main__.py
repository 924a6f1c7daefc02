"""`python -m proof.chaos --duration 60 --seed 1`: one run and its verdict. The last line is JSON; the exit code is 1 when
anything is wrong, so a script can tell."""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGKILL
from typing import Any

from multivio.embedded import processes
from multivio.embedded.home import CHECKOUT
from proof import checker, history, public
from proof.chaos import plan as planning
from proof.chaos.platforms import KINDS, X
from proof.chaos.quiet import settle
from proof.chaos.report import figures
from proof.chaos.servers import World, run_folder
from proof.chaos.troubles import Troubles
from proof.chaos.workers import Workers
from proof.checker import Verdict

TICK_SECONDS = 0.03
PATIENT_CALL_SECONDS, PATIENT_LEASE_SECONDS = 20, 40
AUTHOR_SECONDS = 60.0  # how long the author may still be busy after the planned end


def main() -> int:
    options = _options()
    chosen = tuple(KINDS) if options.platforms == "all" else tuple(options.platforms.split(","))
    plan = planning.make_plan(
        options.seed,
        options.duration,
        per_second=options.per_second,
        servers=not options.given_servers,
        every=options.every,
        platforms=chosen,
    )
    folder = run_folder()
    # Most platforms are asked several things within the time of one call.
    patient = chosen != (X,)
    lease = options.lease or (PATIENT_LEASE_SECONDS if patient else planning.LEASE_SECONDS)
    world = World(folder, lease, PATIENT_CALL_SECONDS if patient else planning.CALL_SECONDS)
    world.start(own_servers=not options.given_servers, serves_media=len(chosen) > 1)
    try:
        result, verdict = _run(plan, world, options.per_second, options.strategy)
    finally:
        world.stop()
    wrong = bool(verdict.violations)
    for violation in verdict.violations[:50]:
        _say(f"  {violation.invariant}: publication {violation.publication} {violation.what}")
    if wrong:
        _say(f"Broken. The rows, the calls and the logs are in {folder}")
        _say(f"Again: make chaos DURATION={options.duration:g} SEED={options.seed}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    _say(json.dumps(result))
    return 1 if wrong else 0


def _run(plan: planning.Plan, world: World, per_second: float, strategy: str) -> tuple[dict[str, Any], Verdict]:
    # No help from the platform: its filter would refuse what is sent twice.
    world.sandbox.control.settings(rate_limits=False, duplicate_filter=False)
    workers = Workers({**world.env, "CHAOS_STRATEGY": strategy}, world.folder / "workers.log")
    author = _author(plan, world, per_second)
    try:
        workers.start()
        _wait_for("staged", author, world)
        for fault in plan.faults:
            world.sandbox.control.add_fault(
                kind=fault.kind,
                operation=fault.operation,
                platform=fault.platform,
                username=fault.username,
                match_text=fault.token or None,
                params=fault.params,
            )
        troubles = Troubles(plan, world, workers)
        began = time.monotonic()
        troubles.begin()
        _cause_troubles(troubles, author)
        troubles.finish()
        settle(world.database_url())
        seconds = time.monotonic() - began
        past = _read(plan, world, workers)
    finally:
        workers.end()
        author.kill()
        author.wait()
    _keep(world.folder, past)
    verdict = checker.check(past.of("x"))
    verdict.violations += public.check(past)
    return figures(past, verdict, troubles, seconds=seconds), verdict


def _author(plan: planning.Plan, world: World, per_second: float) -> subprocess.Popen[str]:
    journal = world.folder / "journal.jsonl"
    journal.touch()
    arguments = (world.sandbox.url, journal, plan.seed, plan.seconds, per_second, ",".join(plan.platforms))
    command = [sys.executable, "-m", "proof.chaos.author", *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603
        processes.leashed(command, number=SIGKILL, owner=None),
        cwd=CHECKOUT,
        env=world.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(world.folder / "author.log").open("ab"),
        text=True,
    )


def _wait_for(word: str, author: subprocess.Popen[str], world: World) -> None:
    assert author.stdout is not None  # noqa: S101 - asked for above
    if author.stdout.readline().strip() != word:
        raise RuntimeError(f"the author did not get ready; see {world.folder / 'author.log'}")


def _cause_troubles(troubles: Troubles, author: subprocess.Popen[str]) -> None:
    assert author.stdin is not None  # noqa: S101 - asked for above
    author.stdin.write(f"{troubles.started}\n")
    author.stdin.flush()
    _wait_for("moved", author, troubles.world)
    end = time.monotonic() + troubles.plan.seconds
    while time.monotonic() < end:
        troubles.tick()
        time.sleep(TICK_SECONDS)
    if author.wait(AUTHOR_SECONDS) != 0:
        raise RuntimeError(f"the author failed; see {troubles.world.folder / 'author.log'}")


def _read(plan: planning.Plan, world: World, workers: Workers) -> history.History:
    return history.read(
        database_url=world.database_url(),
        sandbox_url=world.sandbox.url,
        journal=world.folder / "journal.jsonl",
        accounts=world.folder / "accounts.json",
        commits={slug: KINDS[slug].commits for slug in plan.platforms},
        lease_seconds=world.lease_seconds,
        pauses=[history.Span(pause.since, pause.until or time.time()) for pause in workers.pauses],
    )


def _keep(folder: Path, past: history.History) -> None:
    """For whoever has to find out what happened."""
    for name in ("publications", "attempts", "requests", "remote_posts", "operations", "pauses"):
        lines = [json.dumps(vars(row)) for row in getattr(past, name)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof.chaos", description=__doc__)
    parser.add_argument("--duration", type=float, default=60, help="seconds of trouble")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-second", type=float, default=10, help="posts for each second of trouble")
    parser.add_argument("--lease", type=int, default=0, help="seconds; above that of a call")
    parser.add_argument("--platforms", default="x", help=f"all, or some of {', '.join(KINDS)}")
    parser.add_argument("--strategy", default="", help="a negative control: at-least-once, at-most-once or trusting")
    parser.add_argument("--every", type=float, default=1.0, help="below 1: troubles come more often")
    parser.add_argument(
        "--given-servers", action="store_true", help="use the servers of the environment and leave them alone"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
