"""What one would have to believe: how much, from when, before the account passes below its floor."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from meldkamer.steering.numerals import Thousands
from meldkamer.steering.projection import Base, Claims, closings
from meldkamer.steering.scenario import Funding, Range, Scenario, ScenarioItem

MOST: Thousands = 100_000_000
"""A hundred milliard euro a year: beyond it an answer means nothing."""


class BreakEven(msgspec.Struct, frozen=True, kw_only=True):
    """The largest whole amount per year (thousands of euro) that keeps every closing at or above the floor.

    within: how much of it the drawdown or the room already covers in each year. None: no amount passes the floor.
    """

    start: int
    years_in_plan: int
    per_year: Thousands | None
    within: Thousands | None


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A known claim begun in a given year: the lowest closing, when, and whether the floor holds."""

    start: int
    lowest: Thousands
    in_year: int
    holds: bool


def break_even(
    start: Base, floor: Thousands, funding: Funding, first: int, years: int, medians: Sequence[Thousands] | None = None
) -> BreakEven:
    """For a claim of ``years`` years from ``first`` on. medians: closings to count from instead of the base's."""
    if medians is not None:
        start = msgspec.structs.replace(start, closings=tuple(medians))
    active = [first <= year < first + years for year in start.years]

    def holds(amount: Thousands) -> bool:
        return min(closings(start, claim([amount * on for on in active], funding))) >= floor

    per_year: Thousands | None = None
    if funding != "contribution" and any(active) and not holds(MOST):
        low, high = 0, MOST
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        per_year = low if holds(0) else 0
    source = {"drawdown": start.drawdown, "room": start.room}.get(funding)
    within = min((max(0, a) for a, on in zip(source, active, strict=True) if on), default=None) if source else None
    return BreakEven(start=first, years_in_plan=sum(active), per_year=per_year, within=within)


def for_unknown(start: Base, scenario: Scenario, item: ScenarioItem, medians: Sequence[Thousands]) -> list[BreakEven]:
    """A row per year in which an item that nobody can quantify might begin."""
    last = start.years[-1]
    firsts = [first for first in start.years if _may_start(item, first)]
    return [break_even(start, scenario.floor, item.funding, f, _longest(item, last - f + 1), medians) for f in firsts]


def starts(start: Base, floor: Thousands, item: ScenarioItem) -> list[Start]:
    """The same known claim begun in each year of the plan: which years hold. Empty when it has no amount or length."""
    amount, years = _middle(item.amount), _middle(item.years)
    if amount is None or years is None:
        return []
    sign = -1 if item.kind == "saving" else 1
    found = []
    for first in start.years:
        spread = [sign * part for part in over_years(amount, years, item.per)]
        per_year = [spread[year - first] if 0 <= year - first < years else 0 for year in start.years]
        balances = closings(start, claim(per_year, item.funding))
        lowest = min(balances)
        in_year = start.years[balances.index(lowest)]
        found.append(Start(start=first, lowest=lowest, in_year=in_year, holds=lowest >= floor))
    return found


def over_years(amount: Thousands, years: int, per: str) -> list[Thousands]:
    """An amount per year repeated, or a total divided to the last thousand: the first years carry what is left over."""
    if per == "year":
        return [amount] * years
    part, left = divmod(amount, years)
    return [part + (n < left) for n in range(years)]


def claim(per_year: Sequence[Thousands], funding: Funding) -> Claims:
    """One claim, paid from one source."""
    nothing = (0,) * len(per_year)
    values = dict.fromkeys(("account", "drawdown", "room"), nothing)
    if funding != "contribution":
        values[funding] = tuple(per_year)
    return Claims(**values)


def _may_start(item: ScenarioItem, year: int) -> bool:
    if isinstance(item.start, Range):
        return item.start.low <= year <= item.start.high
    return item.start in ("unknown", year)


def _longest(item: ScenarioItem, rest: int) -> int:
    longest = item.years.high if isinstance(item.years, Range) else item.years
    return rest if longest == "unknown" else min(longest, rest)


def _middle(figure: int | Range | str) -> int | None:
    if isinstance(figure, Range):
        return (figure.low + figure.high) // 2 if figure.likely is None else figure.likely
    return figure if isinstance(figure, int) else None
