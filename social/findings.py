"""One thing that was looked at, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("bad", "warn")


@dataclass(frozen=True)
class Finding:
    """`level` is ok, warn or bad; `next_step` is empty when nothing is to be done."""

    level: str
    sentence: str
    next_step: str = ""


def worst(findings: Iterable[Finding]) -> str:
    """The level of all of them together."""
    levels = {finding.level for finding in findings}
    return next((level for level in LEVELS if level in levels), "ok")
