"""Figures, their goals, and how they are shown: a table for people and JSON lines for programs."""

import json
import os
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured value. `goal` None: for comparison only. `load` is the machine's, one minute before."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    more_is_better: bool = False
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 2))

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal

    def line(self) -> str:
        """As JSON."""
        shown = {name: value for name, value in asdict(self).items() if name != "more_is_better"}
        return json.dumps({**shown, "value": round(self.value, 3), "reached": self.reached, "cores": os.cpu_count()})

    def row(self) -> str:
        goal = "" if self.goal is None else f"{'≥' if self.more_is_better else '≤'} {self.goal:,g}"
        verdict = {None: "", True: "reached", False: "NOT REACHED"}[self.reached]
        return f"{self.name:<58} {self.value:>12,.1f} {self.unit:<8} {goal:>10} {verdict:<12} load {self.load}"


def percentile(values: Iterable[float], percent: float) -> float:
    """By nearest rank; raises ValueError for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered) + 0.5) - 1))]


def lags(name: str, milliseconds: list[float], goal: float | None) -> list[Figure]:
    """Median, 99th percentile and greatest of delays; the goal is for the 99th percentile."""
    return [
        Figure(f"{name}, median", statistics.median(milliseconds), "ms"),
        Figure(f"{name}, p99", percentile(milliseconds, 99), "ms", goal),
        Figure(f"{name}, greatest", max(milliseconds), "ms"),
    ]


def keep(figures: Iterable[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{figure.line()}\n" for figure in figures))
