"""The account carried on under a scenario, exactly: the adopted tables, and what the scenario's fixed parts add."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import msgspec

from meldkamer.steering.numerals import Thousands, half_up
from meldkamer.steering.plan import Plan
from meldkamer.steering.scenario import Scenario


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The years of the plan before any claim; all in thousands of euro.

    printed: closing balances as adopted. closings: those of the scenario without its items. room: what the scenario
    leaves of it. drawdown: what is planned to be taken, as a positive amount.
    """

    years: tuple[int, ...]
    printed: tuple[Thousands, ...]
    closings: tuple[Thousands, ...]
    room: tuple[Thousands, ...]
    room_used: tuple[Thousands, ...]
    drawdown: tuple[Thousands, ...]
    costs: tuple[Thousands, ...]


def base(plan: Plan, scenario: Scenario) -> Base:
    """What the scenario starts from. Growth is exact and only the balance at the end of a year is rounded, half up."""
    account, budget = plan.account, plan.budget
    years = budget.years
    printed = tuple(account.amount("closing", year) for year in years)
    room = tuple(budget.amount("room", year) for year in years)
    costs = tuple(budget.amount("total_without_recovered", year) for year in years)
    paid = tuple(budget.amount("contribution", year) for year in years)
    planned = tuple(-account.amount("drawdown", year) for year in years)
    drawdown = planned if scenario.drawdown == "adopted" else (0,) * len(years)
    if scenario.basis == "printed":
        start = printed
    else:
        opening = account.amount("opening", years[0])
        moves = [account.amount("mutation", year) - taken for year, taken in zip(years, planned, strict=True)]
        start = tuple(opening + moved for moved in accumulate(moves))
    # What is not spent of the room flows into the account as the mutation; they differ by rounding only.
    mutations = [max(0, account.amount("mutation", year)) for year in years]
    used = tuple(half_up(Fraction(m * scenario.room_used_percent, 100)) for m in mutations)
    kept = [before - taken for before, taken in zip(planned, drawdown, strict=True)]
    growth = [
        _growth(scenario.contribution_growth_percent, p, year, scenario.growth_from)
        - _growth(scenario.cost_growth_percent, c, year, scenario.growth_from)
        for p, c, year in zip(paid, costs, years, strict=True)
    ]
    change = list(accumulate(k - u + g for k, u, g in zip(kept, used, growth, strict=True)))
    return Base(
        years=years,
        printed=printed,
        closings=tuple(half_up(balance + moved) for balance, moved in zip(start, change, strict=True)),
        room=tuple(half_up(r + g) - u for r, u, g in zip(room, used, growth, strict=True)),
        room_used=used,
        drawdown=drawdown,
        costs=costs,
    )


def _growth(percent: object, amount: Thousands, year: int, start: int) -> Fraction:
    """What compound growth adds to an amount that the table holds flat; from ``start`` on, once per year."""
    if not percent or year < start:
        return Fraction(0)
    factor = 1 + Fraction(str(percent)) / 100
    return amount * (factor ** (year - start + 1) - 1)


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What is claimed per year, by who pays; thousands of euro, savings negative."""

    account: tuple[Thousands, ...]
    drawdown: tuple[Thousands, ...]
    room: tuple[Thousands, ...]


def closings(start: Base, claims: Claims) -> tuple[Thousands, ...]:
    """Closing balances when the claims come on top of the base."""
    charges = (
        account + max(0, taken - planned) + max(0, asked - used)
        for account, taken, planned, asked, used in zip(
            claims.account, claims.drawdown, start.drawdown, claims.room, start.room_used, strict=True
        )
    )
    return tuple(balance - charged for balance, charged in zip(start.closings, accumulate(charges), strict=True))
