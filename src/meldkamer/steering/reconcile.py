"""Do the adopted tables add up? Fifteen relations, each with what is printed, what follows, and the difference.

Every cell was rounded by itself, so a relation of k rounded terms (its result included) may differ by less than k/2
thousands. Relations between cells that are one amount printed twice must be exact; the mutation and the room are not,
since they come from two worksheets, and may differ by one (docs/money.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from meldkamer.steering.budget import MoneyTable
from meldkamer.steering.faults import Fault
from meldkamer.steering.numerals import Thousands
from meldkamer.steering.plan import Plan


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """One relation in one year; amounts in thousands of euro."""

    relation: str
    expression: str
    year: int
    printed: Thousands
    derived: Thousands
    printed_minus_derived: Thousands


class _Found(msgspec.Struct, frozen=True):
    row: Reconciled
    tolerance: Thousands
    table: MoneyTable
    role: str


def reconcile(plan: Plan) -> tuple[Reconciled, ...]:
    """All relations: per year those of the budget, per year those of the account, then the chains over the years."""
    return tuple(found.row for found in _all(plan))


def beyond_tolerance(plan: Plan) -> Iterator[Fault]:
    """A fault for every printed cell that differs by more than rounding can explain."""
    if set(plan.budget.years) - set(plan.account.years):
        return
    for found in _all(plan):
        row = found.row
        if abs(row.printed_minus_derived) > found.tolerance:
            message = (
                f"{row.printed} is printed, {row.derived} follows ({row.relation}: {row.expression}); "
                f"rounding explains a difference of {found.tolerance} at most"
            )
            yield Fault(found.table.file, found.table.row(found.role).at, str(row.year), message)


def rounding(terms: int) -> Thousands:
    """The largest difference that ``terms`` amounts can make when each is rounded by itself: under half each."""
    return (terms - 1) // 2


def _all(plan: Plan) -> Iterator[_Found]:
    yield from _budget(plan)
    yield from _account(plan)
    yield from _chains(plan)


def _budget(plan: Plan) -> Iterator[_Found]:
    budget, account = plan.budget, plan.account
    n = len(budget.costs())
    for year in budget.years:
        total, without = budget.amount("total", year), budget.amount("total_without_recovered", year)
        recovered, paid = budget.amount("cost_recovered", year), budget.amount("contribution", year)
        room = budget.amount("room", year)

        def found(
            id: str,
            expression: str,
            derived: int,
            role: str,
            tolerance: int,
            table: MoneyTable = budget,
            year: int = year,
        ) -> _Found:
            return _found(id, expression, year, derived, table, role, tolerance)

        yield found("T1", f"total = sum of the {n} cost lines", budget.cost(year), "total", rounding(n + 1))
        yield found(
            "T2",
            f"total_excl_vz7 = sum of the {n - 1} lines without vz7",
            budget.cost(year, recovered=False),
            "total_without_recovered",
            rounding(n),
        )
        yield found(
            "T3", "total_excl_vz7 = printed total - vz7", total - recovered, "total_without_recovered", rounding(3)
        )
        yield found("T4", "ruimte = bijdrage - printed total_excl_vz7", paid - without, "room", rounding(3))
        yield found("T5", "ruimte = bijdrage - (printed total - vz7)", paid - (total - recovered), "room", rounding(4))
        yield found("X1", "account.bijdrage = budget.bijdrage", paid, "contribution", 0, account)
        yield found("X2", "account.overige = budget.vz7", recovered, "other_income", 0, account)
        yield found("X3", "account.bestedingen = -budget.total", -total, "spending", 0, account)
        yield found("X4", "account.mutatie = budget.ruimte", room, "mutation", 1, account)


def _account(plan: Plan) -> Iterator[_Found]:
    account = plan.account
    for year in account.years:

        def cell(role: str, year: int = year) -> int:
            return account.amount(role, year)

        income = cell("contribution") + cell("other_income") + cell("cut")
        yield _found("R1", "opbrengsten = bijdrage + overige + taakstelling", year, income, account, "income", 0)
        mutation = cell("income") + cell("spending")
        yield _found("R2", "mutatie = opbrengsten + bestedingen", year, mutation, account, "mutation", 0)
        closing = cell("opening") + cell("mutation") + cell("drawdown")
        expression = "closing = printed opening + mutatie + aanwending (re-based)"
        yield _found("R3", expression, year, closing, account, "closing", rounding(4))


def _chains(plan: Plan) -> Iterator[_Found]:
    account, budget = plan.account, plan.budget
    for before, year in zip(account.years, account.years[1:], strict=False):
        opening = account.amount("closing", before)
        yield _found("R4", "opening = closing of previous year", year, opening, account, "opening", 0)
    start = balance = account.amount("opening", account.years[0])
    for n, year in enumerate(account.years, 1):
        balance += account.amount("mutation", year) + account.amount("drawdown", year)
        expression = f"closing = chain carried from opening {account.years[0]} ({start})"
        yield _found("R5", expression, year, balance, account, "closing", rounding(2 + 2 * n))
    balance, count = start, len(budget.costs())
    for n, year in enumerate(account.years, 1):
        income = sum(account.amount(role, year) for role in ("contribution", "other_income", "cut"))
        spent = budget.cost(year) if year in budget.years else -account.amount("spending", year)
        balance += income - spent + account.amount("drawdown", year)
        expression = f"closing = chain carried, spending from the {count} lines"
        yield _found("R6", expression, year, balance, account, "closing", rounding(2 + (count + 4) * n))


def _found(
    relation: str, expression: str, year: int, derived: int, table: MoneyTable, role: str, tolerance: int
) -> _Found:
    printed = table.amount(role, year)
    row = Reconciled(
        relation=relation,
        expression=expression,
        year=year,
        printed=printed,
        derived=derived,
        printed_minus_derived=printed - derived,
    )
    return _Found(row, tolerance, table, role)
