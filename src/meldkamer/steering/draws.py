"""Chance for one item of a scenario: when it starts, how long it lasts, how much it costs, whether it comes at all.

Every item and every group has a stream of random numbers of its own, which follows from the seed and its id. So an item
that is added, moved or left out does not change the draws of the others, and scenarios can be held side by side.
"""

from __future__ import annotations

import hashlib
import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from meldkamer.steering.scenario import Range, ScenarioItem

Whole = NDArray[np.int64]
Uniform = NDArray[np.float64]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One value per run, or one value for all runs. amount: thousands of euro, 0 where the item does not come."""

    start: Whole | int
    years: Whole | int
    amount: Whole | int


class Chance:
    """The random numbers of one item: its own, or its group's as often as the group's correlation asks.

    Two items take the group's number both with a chance of `correlation`; each number stays uniform, and their rank
    correlation is exactly that.
    """

    def __init__(self, seed: int, runs: int, item: ScenarioItem, correlation: float) -> None:
        self._runs = runs
        self._own = stream(seed, "item", item.id)
        self._group = stream(seed, "group", item.group) if item.group and correlation else None
        self._share = math.sqrt(correlation)

    def uniform(self) -> Uniform:
        """One number in [0, 1) per run."""
        if self._group is None:
            return self._own.random(self._runs)
        shared = self._group.random(self._runs)
        if self._share == 1.0:
            return shared
        return np.where(self._own.random(self._runs) < self._share, shared, self._own.random(self._runs))


def stream(seed: int, kind: str, name: str) -> np.random.Generator:
    """The stream of random numbers that belongs to a name."""
    digest = hashlib.sha256(f"{kind}\x1f{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, int.from_bytes(digest[:8], "big")])))


def draw(item: ScenarioItem, chance: Chance) -> Drawn:
    """Values for an item whose fields are all known. The order of the draws is part of the result."""
    start = _whole(item.start, chance)
    years = _whole(item.years, chance)
    amount = _amount(item.amount, chance)
    probability = float(item.probability) if item.probability != "unknown" else 0.0
    if probability < 1.0:
        amount = np.where(chance.uniform() < probability, amount, 0)
    return Drawn(start=start, years=years, amount=-amount if item.kind == "saving" else amount)


def _whole(figure: object, chance: Chance) -> Whole | int:
    """Years: every whole value of a range is a slice of the same width, so that the ends are as likely as the rest."""
    if isinstance(figure, Range):
        if figure.low == figure.high:
            return figure.low
        likely = None if figure.likely is None else figure.likely + 0.5
        values = inverse(chance.uniform(), figure.low, figure.high + 1, likely)
        return np.minimum(np.floor(values), figure.high).astype(np.int64)
    assert isinstance(figure, int)
    return figure


def _amount(figure: object, chance: Chance) -> Whole | int:
    """Money: rounded to whole thousands at once, so that every sum after it is exact."""
    if isinstance(figure, Range):
        if figure.low == figure.high:
            return figure.low
        return np.rint(inverse(chance.uniform(), figure.low, figure.high, figure.likely)).astype(np.int64)
    assert isinstance(figure, int)
    return figure


def inverse(u: Uniform, low: float, high: float, likely: float | None) -> Uniform:
    """Uniform numbers as numbers between low and high: flat, or a triangle with its top at ``likely``."""
    width = high - low
    if likely is None:
        return low + width * u
    turn = (likely - low) / width
    rising = low + np.sqrt(u * (width * (likely - low)))
    falling = high - np.sqrt((1.0 - u) * (width * (high - likely)))
    return np.where(u < turn, rising, falling)
