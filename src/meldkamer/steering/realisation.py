"""What was really spent, from the ledger's export, beside what was budgeted. Euros are kept in cents."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import msgspec

from meldkamer.steering.csv_lines import read_csv
from meldkamer.steering.faults import Fault, PlanError
from meldkamer.steering.numerals import Cents, Thousands, cents, half_up, parse_number, thousands
from meldkamer.steering.plan import Plan

COLUMNS = ("line", "year", "month", "amount", "kind", "source")


class Realised(msgspec.Struct, frozen=True, kw_only=True):
    """A line in a year: thousands of euro. through_month: the last month that the export holds.

    year_end: the same pace until December; a plain forecast, to be held against what really came.
    """

    line: str
    name: str
    year: int
    budget: Thousands
    realised_cents: Cents
    realised: Thousands
    left: Thousands
    through_month: int
    year_end: Thousands


def read_realisation(path: Path, plan: Plan) -> list[Realised]:
    """A CSV with line, year, month, amount (euros), kind (cost or correction) and source, against the budget.

    A correction is the only amount that may be negative. Raises PlanError with every fault.
    """
    faults: list[Fault] = []
    table = read_csv(path, path.name, faults)
    booked: dict[tuple[str, int], Cents] = {}
    through: dict[int, int] = {}
    if table is not None:
        for column in COLUMNS:
            if column not in table.columns:
                faults.append(Fault(table.name, table.header_line, column, "this column is missing"))
        for row in table.rows if not faults else ():
            before = len(faults)
            line, kind = row.cells["line"], row.cells["kind"]

            def fault(field: str, message: str, at: int = row.line) -> None:
                faults.append(Fault(path.name, at, field, message))

            if line not in {cost.line for cost in plan.budget.costs()}:
                fault("line", f"{line!r} is not a cost line of {plan.budget.file}")
            year = _number(row.cells["year"], plan.budget.years)
            month = _number(row.cells["month"], range(1, 13))
            if year is None:
                fault("year", f"{row.cells['year']!r} is not a year of the budget")
            if month is None:
                fault("month", f"{row.cells['month']!r} is not a month, 1 to 12")
            if kind not in ("cost", "correction"):
                fault("kind", f"{kind!r} is not one of cost, correction")
            if not row.cells["source"]:
                fault("source", "is empty; every figure has a source")
            try:
                amount = cents(parse_number(row.cells["amount"], table.spelling))
            except ValueError as error:
                fault("amount", str(error))
                continue
            if amount < 0 and kind != "correction":
                fault("amount", "must not be negative; a correction has kind = correction")
            if len(faults) == before and year is not None and month is not None:
                booked[line, year] = booked.get((line, year), 0) + amount
                through[year] = max(through.get(year, 0), month)
    if faults:
        raise PlanError(f"the realisation {path}", faults)
    return [_against(plan, line, year, amount, through[year]) for (line, year), amount in sorted(booked.items())]


def _against(plan: Plan, line: str, year: int, amount: Cents, month: int) -> Realised:
    row = next(row for row in plan.budget.costs() if row.line == line)
    budget = row.amounts[plan.budget.years.index(year)]
    return Realised(
        line=line,
        name=row.name,
        year=year,
        budget=budget,
        realised_cents=amount,
        realised=thousands(amount),
        left=half_up(budget - Fraction(amount, 100_000)),
        through_month=month,
        year_end=half_up(Fraction(amount * 12, 100_000 * month)),
    )


def _number(text: str, allowed: Iterable[int]) -> int | None:
    return next((number for number in allowed if text == str(number) or text == f"{number:02d}"), None)
