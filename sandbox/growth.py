"""Plausible numbers that grow with a post's age: always the same for the same post and moment, never shrinking."""

import hashlib
import math

HOUR = 3600.0


def chance(seed: str) -> float:
    """A fixed number in [0, 1) for a seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:7]) / float(1 << 56)


def between(seed: str, low: float, high: float) -> float:
    """A fixed number between two bounds, spread evenly over orders of magnitude."""
    return float(low * (high / low) ** chance(seed))


def share_reached(seed: str, age_seconds: float) -> float:
    """How much of its final audience a post has met by now: fast at first, then ever slower."""
    if age_seconds <= 0:
        return 0.0
    return 1 - math.exp(-age_seconds / (between(f"{seed}/pace", 5, 40) * HOUR))
