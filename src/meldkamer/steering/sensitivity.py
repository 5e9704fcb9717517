"""What follows from the adopted tables alone, without a single new figure: what a planner should see first."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec

from meldkamer.steering.break_even import claim
from meldkamer.steering.numerals import Thousands, half_up
from meldkamer.steering.plan import Plan
from meldkamer.steering.projection import Base, base, closings
from meldkamer.steering.scenario import Scenario

GROWTHS = (1, 2, 3)
"""Percent per year, as examples of what costs might rise without being paid for."""


class Lump(msgspec.Struct, frozen=True, kw_only=True):
    """The whole opening balance spent in one year, in place of the planned drawdown."""

    year: int
    closing: Thousands
    lowest: Thousands
    lowest_year: int
    closing_last: Thousands


class ConstantCost(msgspec.Struct, frozen=True, kw_only=True):
    """The extra cost per year from ``start`` on that empties the account at the end; rounded half up."""

    start: int
    per_year: Thousands


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Cost that grows from the second year on and is not compensated, provision 7 left out."""

    percent: int
    closing_last: Thousands


class Sensitivities(msgspec.Struct, frozen=True, kw_only=True):
    """All in thousands of euro, on balances carried on from the opening balance of the plan.

    reserve_gap: how much more the planned drawdown is than the account holds when the plan begins; it can only be paid
    while at least so much of the room stays unspent.
    """

    opening: Thousands
    room_total: Thousands
    mutation_total: Thousands
    drawdown_total: Thousands
    reserve_gap: Thousands
    linear_drawdown: str
    closing_last: Thousands
    closing_last_without_drawdown: Thousands
    lumps: list[Lump]
    room_all_spent: list[Thousands]
    room_all_spent_first_below: int | None
    constant_cost: list[ConstantCost]
    growth: list[Growth]


def sensitivities(plan: Plan) -> Sensitivities:
    """The questions of docs/money.md, answered."""
    account, budget = plan.account, plan.budget
    years = budget.years
    start = base(plan, _asked())
    free = base(plan, _asked(drawdown="none"))
    spent = base(plan, _asked(room_used_percent=100)).closings
    balance = account.amount("opening", account.years[0])
    last = start.closings[-1]
    drawn = sum(start.drawdown)
    opening = account.amount("opening", years[0])
    grown = [_asked(cost_growth_percent=percent, growth_from=years[1]) for percent in GROWTHS]
    return Sensitivities(
        opening=opening,
        room_total=sum(budget.row("room").amounts),
        mutation_total=sum(account.amount("mutation", year) for year in years),
        drawdown_total=drawn,
        reserve_gap=drawn - opening,
        linear_drawdown=str(Decimal(balance) / len(years)),
        closing_last=last,
        closing_last_without_drawdown=free.closings[-1],
        lumps=[_lump(free, year, balance) for year in years],
        room_all_spent=list(spent),
        room_all_spent_first_below=next((y for y, c in zip(years, spent, strict=True) if c < 0), None),
        constant_cost=[
            ConstantCost(start=year, per_year=half_up(Fraction(last, len(years) - n)))
            for n, year in enumerate(years[:-1])
        ],
        growth=[
            Growth(percent=percent, closing_last=base(plan, asked).closings[-1])
            for percent, asked in zip(GROWTHS, grown, strict=True)
        ],
    )


def _lump(free: Base, year: int, amount: Thousands) -> Lump:
    balances = closings(free, claim([amount * (y == year) for y in free.years], "account"))
    lowest = min(balances)
    return Lump(
        year=year,
        closing=balances[free.years.index(year)],
        lowest=lowest,
        lowest_year=free.years[balances.index(lowest)],
        closing_last=balances[-1],
    )


def _asked(**settings: object) -> Scenario:
    blank = Scenario(file="", name="", name_en="", question="", question_en="", serves=())
    return msgspec.structs.replace(blank, **settings)
