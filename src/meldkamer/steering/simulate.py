"""Many possible courses of the account: Monte Carlo with a fixed seed, in whole thousands from the draw to the sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from meldkamer.steering.draws import Chance, Drawn, Whole, draw, stream
from meldkamer.steering.projection import Base
from meldkamer.steering.scenario import Scenario, ScenarioItem

QUANTILES = (10, 50, 90)


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
    claims = {name: np.zeros((len(years), runs), np.int64) for name in ("account", "drawdown", "room")}
    after = np.zeros(runs, np.int64)
    by_item: dict[str, Whole] = {}
    for item in known(scenario):
        drawn = draw(item, Chance(scenario.seed, runs, item, _correlation(scenario, item)))
        rows, total = per_year(drawn, years, item.per, runs)
        within = np.sum(rows, axis=0)
        by_item[item.id] = within
        if item.funding != "contribution":
            claims[item.funding] += rows
            after += total - within
    charges = claims["account"]
    if any(item.funding == "drawdown" for item in scenario.items):
        charges = charges + np.maximum(0, claims["drawdown"] - _column(start.drawdown))
    asked = np.maximum(claims["room"], _column(start.room_used)) - _column(start.room_used)
    charges = charges + asked
    if scenario.cost_spread_percent:
        charges = charges + _spread(start, scenario)
    closings = _column(start.closings) - np.cumsum(charges, axis=0)
    return Courses(years=years, closings=closings, room=_column(start.room) - asked, after=after, by_item=by_item)


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


def _spread(start: Base, scenario: Scenario) -> Whole:
    """How far cost strays from the tables: a random walk, so that what lies further away is less certain."""
    strayed = stream(scenario.seed, "cost", "").standard_normal((len(start.years), scenario.runs))
    np.cumsum(strayed, axis=0, out=strayed)
    strayed *= float(scenario.cost_spread_percent) / 100
    strayed *= _column(start.costs)
    return np.rint(strayed, out=strayed).astype(np.int64)


def _correlation(scenario: Scenario, item: ScenarioItem) -> float:
    return next((float(Decimal(group.correlation)) for group in scenario.groups if group.id == item.group), 0.0)


def _column(values: Sequence[int]) -> Whole:
    return np.asarray(values, np.int64)[:, None]
