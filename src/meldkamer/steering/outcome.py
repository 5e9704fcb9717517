"""What a scenario answers: bands per year, chances, gaps that stay unknown, and what one would have to believe."""

from __future__ import annotations

import msgspec
import numpy as np

from meldkamer.steering.break_even import BreakEven, Start, break_even, for_unknown, starts
from meldkamer.steering.numerals import Thousands
from meldkamer.steering.plan import Plan
from meldkamer.steering.projection import Base, base
from meldkamer.steering.scenario import Scenario
from meldkamer.steering.simulate import known, quantiles, simulate


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """One in ten courses ends below p10, one in ten above p90; thousands of euro."""

    p10: Thousands
    p50: Thousands
    p90: Thousands


class YearOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A year: the closing as adopted, that of the scenario without its items, and the band with them.

    below_floor: how many of the runs close below the floor. first_below: for how many it is the first such year.
    """

    year: int
    adopted: Thousands
    without_items: Thousands
    closing: Band
    room: Band
    below_floor: int
    first_below: int


class ItemOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that took part. within: what falls inside the years of the plan; starts: the same claim in each year."""

    id: str
    name: str
    name_en: str
    funding: str
    source: str
    within: Band
    starts: list[Start]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that nobody can quantify yet, and how large it may become before the account passes its floor."""

    id: str
    name: str
    name_en: str
    funding: str
    unknown: tuple[str, ...]
    break_even: list[BreakEven]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a scenario; `inputs` is the hash of all that it follows from."""

    scenario: str
    name: str
    name_en: str
    question: str
    question_en: str
    inputs: str
    basis: str
    drawdown: str
    floor: Thousands
    seed: int
    runs: int
    spread_percent: str
    years: list[YearOutcome]
    ever_below: int
    after_plan: Band
    items: list[ItemOutcome]
    gaps: list[Gap]
    constant_cost: list[BreakEven]


def run(plan: Plan, scenario: Scenario) -> Outcome:
    """Answer a scenario. Amounts are thousands of euro; counts are out of `runs`."""
    start = base(plan, scenario)
    courses = simulate(start, scenario)
    bands = quantiles(courses.closings)
    rooms = quantiles(courses.room)
    medians = [int(value) for value in bands[1]]
    below = courses.closings < scenario.floor
    first = below & (np.cumsum(below, axis=0) == 1)
    years = [
        YearOutcome(
            year=year,
            adopted=start.printed[n],
            without_items=start.closings[n],
            closing=_band(bands[:, n]),
            room=_band(rooms[:, n]),
            below_floor=int(np.count_nonzero(below[n])),
            first_below=int(np.count_nonzero(first[n])),
        )
        for n, year in enumerate(start.years)
    ]
    return Outcome(
        scenario=scenario.file,
        name=scenario.name,
        name_en=scenario.name_en,
        question=scenario.question,
        question_en=scenario.question_en,
        inputs=scenario.hash(plan),
        basis=scenario.basis,
        drawdown=scenario.drawdown,
        floor=scenario.floor,
        seed=scenario.seed,
        runs=scenario.runs,
        spread_percent=str(scenario.cost_spread_percent),
        years=years,
        ever_below=int(np.count_nonzero(below.any(axis=0))),
        after_plan=_band(quantiles(courses.after)),
        items=[
            ItemOutcome(
                id=item.id,
                name=item.name,
                name_en=item.name_en,
                funding=item.funding,
                source=item.source,
                within=_band(quantiles(courses.by_item[item.id])),
                starts=starts(start, scenario.floor, item),
            )
            for item in known(scenario)
        ],
        gaps=_gaps(start, scenario, medians),
        constant_cost=[
            break_even(start, scenario.floor, "account", year, start.years[-1] - year + 1, medians)
            for year in start.years
        ],
    )


def _gaps(start: Base, scenario: Scenario, medians: list[Thousands]) -> list[Gap]:
    return [
        Gap(
            id=item.id,
            name=item.name,
            name_en=item.name_en,
            funding=item.funding,
            unknown=item.unknowns(),
            break_even=for_unknown(start, scenario, item, medians),
        )
        for item in scenario.items
        if item.unknowns()
    ]


def _band(values: object) -> Band:
    p10, p50, p90 = (int(value) for value in np.asarray(values))
    return Band(p10=p10, p50=p50, p90=p90)
