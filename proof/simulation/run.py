"""Many schedules on all cores, added up."""

import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from proof.simulation.people import anybody, attentive
from proof.simulation.simulation import Simulation
from proof.simulation.strategies import STRATEGIES
from proof.simulation.verdict import WRONGS, Verdict, judge
from proof.simulation.worker import boot

BATCH = 250
SHOWN = 3  # failing seeds that are kept for each kind of wrong


@dataclass
class Total:
    """Figures over many schedules."""

    schedules: int = 0
    figures: Counter[str] = field(default_factory=Counter)
    failing: list[tuple[str, dict[str, int]]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, seed: str, verdict: Verdict) -> None:
        self.schedules += 1
        for name in (
            "publications",
            "published",
            "kills",
            "stops",
            "faults",
            "needs_human",
            "human_copies",
            "human_wrong",
            "stalled",
        ):
            self.figures[name] += getattr(verdict, name)
        self.figures.update(verdict.wrongs)
        if not verdict.is_clean:
            self._keep([(seed, {name: n for name, n in verdict.wrongs.items() if n})])

    def _keep(self, failing: list[tuple[str, dict[str, int]]]) -> None:
        """The first few of each kind, so that a frequent one does not hide a rare one."""
        found = sorted(self.failing + failing)
        first = {name: [one for one in found if name in one[1]][:SHOWN] for name in WRONGS}
        self.failing = [one for one in found if any(one in few for few in first.values())]

    def merge(self, other: "Total") -> None:
        self.schedules += other.schedules
        self.figures.update(other.figures)
        self._keep(other.failing)

    @property
    def is_clean(self) -> bool:
        return not any(self.figures[name] for name in WRONGS)

    def report(self) -> dict[str, int | float]:
        """The verdict as one flat object."""
        names = (
            "publications",
            "kills",
            "faults",
            *WRONGS,
            "needs_human",
            "published",
            "stops",
            "human_copies",
            "human_wrong",
            "stalled",
        )
        speed = self.schedules / self.seconds if self.seconds else 0.0
        return {
            "schedules": self.schedules,
            **{name: self.figures[name] for name in names},
            "seconds": round(self.seconds, 1),
            "per_second": round(speed, 1),
        }


def simulate(seed: str, strategy: str = "strict", *, trace: bool = False) -> tuple[Simulation, Verdict]:
    """Run one schedule. The same seed gives the same schedule, on every machine."""
    sim = Simulation(STRATEGIES[strategy](), seed, trace=trace)
    sim.start(anybody(sim), None)
    sim.start(attentive(sim), None)
    sim.run(boot)
    return sim, judge(sim)


def batch(seeds: list[str], strategy: str) -> Total:
    total = Total()
    for seed in seeds:
        total.add(seed, simulate(seed, strategy)[1])
    return total


def many(schedules: int, seed: int, strategy: str, *, jobs: int) -> Total:
    """`schedules` schedules of a seed, on `jobs` processes."""
    seeds = [f"{seed}:{number}" for number in range(schedules)]
    batches = [seeds[i : i + BATCH] for i in range(0, schedules, BATCH)]
    started, total = time.monotonic(), Total()
    with ProcessPoolExecutor(jobs) as pool:
        for part in pool.map(batch, batches, [strategy] * len(batches)):
            total.merge(part)
    total.seconds = time.monotonic() - started
    return total
