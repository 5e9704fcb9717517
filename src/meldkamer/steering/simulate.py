"""Many possible courses of the account: Monte Carlo with a fixed seed, in whole thousands from the draw to the sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from meldkamer.steering.draws import Chance, Drawn, Numbers, Whole, draw
from meldkamer.steering.projection import Base
from meldkamer.steering.scenario import Scenario, ScenarioItem

QUANTILES = (10, 50, 90)

BLOCK = 8_192
"""Runs that are reckoned together. Part of the answer: cost that strays is drawn per block."""


class Courses(msgspec.Struct, frozen=True, kw_only=True):
    """closings, room: one row per year, one column per run. after: what falls after the last year, per run.

    by_item: what each item takes within the years of the plan, per run.
    """

    years: tuple[int, ...]
    closings: Whole
    room: Whole
    after: Whole
    by_item: dict[str, Whole]


def known(scenario: Scenario) -> tuple[ScenarioItem, ...]:
    """The items that can take part in a run."""
    return tuple(item for item in scenario.items if not item.unknowns())


def simulate(start: Base, scenario: Scenario) -> Courses:
    """Run the scenario. The same scenario and tables give the same courses, on any machine."""
    runs, years = scenario.runs, start.years
    chances = [(item, Chance(scenario.seed, item, _correlation(scenario, item))) for item in known(scenario)]
    strays = Numbers(scenario.seed, "cost", "")
    courses = Courses(
        years=years,
        closings=np.empty((len(years), runs), np.int64),
        room=np.empty((len(years), runs), np.int64),
        after=np.zeros(runs, np.int64),
        by_item={item.id: np.empty(runs, np.int64) for item, _ in chances},
    )
    for first in range(0, runs, BLOCK):
        _block(start, scenario, chances, strays, courses, first, min(BLOCK, runs - first))
    return courses


def _block(
    start: Base,
    scenario: Scenario,
    chances: Sequence[tuple[ScenarioItem, Chance]],
    strays: Numbers,
    courses: Courses,
    first: int,
    count: int,
) -> None:
    """Some of the runs, few enough for the processor's own memory."""
    here = slice(first, first + count)
    claims = {name: np.zeros((len(start.years), count), np.int64) for name in ("account", "drawdown", "room")}
    for item, chance in chances:
        rows, total = per_year(draw(item, chance, first, count), start.years, item.per, count)
        within = courses.by_item[item.id][here]
        np.sum(rows, axis=0, out=within)
        if item.funding != "contribution":
            claims[item.funding] += rows
            courses.after[here] += total - within
    charges = claims["account"]
    charges += np.maximum(0, claims["drawdown"] - _column(start.drawdown))
    asked = np.maximum(0, claims["room"] - _column(start.room_used))
    charges += asked
    if scenario.cost_spread_percent:
        charges += _spread(start, scenario, strays, first // BLOCK, count)
    np.subtract(_column(start.closings), np.cumsum(charges, axis=0), out=courses.closings[:, here])
    np.subtract(_column(start.room), asked, out=courses.room[:, here])


def per_year(drawn: Drawn, years: Sequence[int], per: str, runs: int) -> tuple[Whole, Whole]:
    """Drawn values as an amount per year (row) and run (column), and the whole of it, years after the plan too."""
    rows = np.empty((len(years), runs), np.int64)
    spread = per == "total"
    # Divided to the last thousand; the first years carry what is left over.
    part = drawn.amount // drawn.years if spread else drawn.amount
    left = drawn.amount - part * drawn.years
    total = drawn.amount if spread else part * drawn.years
    for row, year in zip(rows, years, strict=True):
        n = year - drawn.start
        active = (n >= 0) & (n < drawn.years)
        np.multiply(part + (n < left) if spread else part, active, out=row)
    return rows, np.broadcast_to(np.asarray(total, np.int64), (runs,))


def quantiles(values: Whole) -> NDArray[np.int64]:
    """P10, P50 and P90 along the last axis; each is a value that occurred, so whole thousands stay whole."""
    runs = values.shape[-1]
    places = [-(-runs * q // 100) - 1 for q in QUANTILES]
    found = np.moveaxis(np.partition(values, places, axis=-1)[..., places], -1, 0)
    return np.asarray(found, np.int64)


def _spread(start: Base, scenario: Scenario, strays: Numbers, block: int, count: int) -> Whole:
    """How far cost strays from the tables: a random walk, so that what lies further away is less certain."""
    strayed = strays.normal(block, len(start.years) * count).reshape(len(start.years), count)
    np.cumsum(strayed, axis=0, out=strayed)
    strayed *= float(scenario.cost_spread_percent) / 100
    strayed *= _column(start.costs)
    return np.rint(strayed, out=strayed).astype(np.int64)


def _correlation(scenario: Scenario, item: ScenarioItem) -> float:
    return next((float(Decimal(group.correlation)) for group in scenario.groups if group.id == item.group), 0.0)


def _column(values: Sequence[int]) -> Whole:
    return np.asarray(values, np.int64)[:, None]
