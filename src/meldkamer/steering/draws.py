"""Chance for one item of a scenario: when it starts, how long it lasts, how much it costs, whether it comes at all.

A random number follows from the seed, the name of the item or group, the field and the number of the run, and from
nothing else. So an item that is added, moved or left out does not change the draws of the others, scenarios can be held
side by side, and runs can be reckoned in blocks of any size.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from meldkamer.steering.scenario import Range, ScenarioItem

Whole = NDArray[np.int64]
Uniform = NDArray[np.float64]


START, YEARS, AMOUNT, COMES = range(4)
"""The fields that chance decides; each has its own stretch of numbers."""

FIELDS = 4
STRETCH = 1 << 40
"""How far the stretches lie apart: more than any number of runs."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One value per run, or one value for all runs. amount: thousands of euro, 0 where the item does not come."""

    start: Whole | int
    years: Whole | int
    amount: Whole | int


class Numbers:
    """The random numbers that belong to a name."""

    def __init__(self, seed: int, kind: str, name: str) -> None:
        digest = hashlib.sha256(f"{kind}\x1f{name}".encode()).digest()
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, int.from_bytes(digest[:8], "big")]))
        self._begin = self._bits.state
        self._generator = np.random.Generator(self._bits)

    def uniform(self, stretch: int, first: int, count: int) -> Uniform:
        """Numbers in [0, 1) for the runs from ``first`` on."""
        return self._at(stretch * STRETCH + first).random(count)

    def normal(self, stretch: int, count: int) -> Uniform:
        """Numbers around 0 with standard deviation 1.

        They take no fixed number of bits, so each block has a stretch of its own.
        """
        return self._at(stretch * STRETCH).standard_normal(count)

    def _at(self, place: int) -> np.random.Generator:
        self._bits.state = self._begin
        self._bits.advance(place)
        return self._generator


class Chance:
    """The random numbers of one item: its own, or its group's as often as the group's correlation asks.

    Two items take the group's number both with a chance of `correlation`; each number stays uniform, and their rank
    correlation is exactly that, field by field.
    """

    def __init__(self, seed: int, item: ScenarioItem, correlation: float) -> None:
        self._own = Numbers(seed, "item", item.id)
        self._group = Numbers(seed, "group", item.group) if item.group and correlation else None
        self._share = math.sqrt(correlation)

    def uniform(self, field: int, first: int, count: int) -> Uniform:
        """A number in [0, 1) for each of ``count`` runs from ``first`` on."""
        if self._group is None:
            return self._own.uniform(field, first, count)
        shared = self._group.uniform(field, first, count)
        if self._share == 1.0:
            return shared
        takes = self._own.uniform(FIELDS + field, first, count) < self._share
        return np.where(takes, shared, self._own.uniform(field, first, count))


def draw(item: ScenarioItem, chance: Chance, first: int, count: int) -> Drawn:
    """Values for the runs from ``first`` on, of an item whose fields are all known."""

    def uniform(field: int) -> Uniform:
        return chance.uniform(field, first, count)

    start = _whole(item.start, START, uniform)
    years = _whole(item.years, YEARS, uniform)
    amount = _amount(item.amount, uniform)
    probability = float(item.probability) if item.probability != "unknown" else 0.0
    if probability < 1.0:
        amount = np.where(uniform(COMES) < probability, amount, 0)
    return Drawn(start=start, years=years, amount=-amount if item.kind == "saving" else amount)


def _whole(figure: object, field: int, uniform: Callable[[int], Uniform]) -> Whole | int:
    """Years: every whole value of a range is a slice of the same width, so that the ends are as likely as the rest."""
    if isinstance(figure, Range):
        if figure.low == figure.high:
            return figure.low
        likely = None if figure.likely is None else figure.likely + 0.5
        values = inverse(uniform(field), figure.low, figure.high + 1, likely)
        return np.minimum(np.floor(values), figure.high).astype(np.int64)
    assert isinstance(figure, int)
    return figure


def _amount(figure: object, uniform: Callable[[int], Uniform]) -> Whole | int:
    """Money: rounded to whole thousands at once, so that every sum after it is exact."""
    if isinstance(figure, Range):
        if figure.low == figure.high:
            return figure.low
        return np.rint(inverse(uniform(AMOUNT), figure.low, figure.high, figure.likely)).astype(np.int64)
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
