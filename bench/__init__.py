"""Measurements that anyone can repeat: every number is a ratio to a named baseline, both measured in the same run.

Each module here has `run(quick: bool) -> list[Ratio]`. Both sides alternate and the median counts, so that a machine
that is busy with other things slows both.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import msgspec


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """ours / baseline, in `unit`; `bound` is what we promise: at least that when `more_is_better`, else at most."""

    name: str
    ours: float
    baseline: float
    unit: str
    bound: float
    more_is_better: bool
    against: str

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline

    @property
    def holds(self) -> bool:
        return self.ratio >= self.bound if self.more_is_better else self.ratio <= self.bound


def alternate(rounds: int, ours: Callable[[], float], baseline: Callable[[], float]) -> tuple[float, float]:
    """Measure both in turn and return the two that belong to the median ratio."""
    pairs = []
    for n in range(rounds):
        first, second = (ours, baseline) if n % 2 else (baseline, ours)
        one, two = first(), second()
        pairs.append((one, two) if n % 2 else (two, one))
    middle = statistics.median_low([a / b for a, b in pairs])
    return next((a, b) for a, b in pairs if a / b == middle)
