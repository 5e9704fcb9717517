"""The plan's tables of money from CSV: every cell a whole number of thousands, every fault with line and column."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Sequence
from pathlib import Path

from meldkamer.steering.budget import Account, AccountRole, Budget, BudgetRole, MoneyRow, OtherUser, OtherUsers
from meldkamer.steering.csv_lines import CsvRow, CsvTable, read_csv
from meldkamer.steering.faults import Fault
from meldkamer.steering.fields import Unknown
from meldkamer.steering.numerals import Thousands, parse_number, whole

TEXT = ("line", "role", "name", "name_en", "source", "serves")
COLUMN_BASIS = "column_basis"
UNKNOWN = ("unknown", "onbekend")
YEAR = re.compile(r"(19|20)\d\d", re.ASCII)

_BELOW_ZERO: frozenset[str] = frozenset({"room", "mutation", "income"})
"""Rows that may have either sign."""
_NOT_ABOVE_ZERO: frozenset[str] = frozenset({"cut", "spending", "drawdown"})
"""Rows that the account prints as what goes out."""


def read_budget(path: Path, name: str, faults: list[Fault]) -> Budget | None:
    """The budget table, or None with the reasons in ``faults``."""
    roles = typing.get_args(BudgetRole)
    found = _read(path, name, roles, ("cost",), faults)
    return Budget(file=name, years=found[1], rows=found[2]) if found else None


def read_account(path: Path, name: str, faults: list[Fault]) -> Account | None:
    """The table of the current account, or None with the reasons in ``faults``."""
    found = _read(path, name, typing.get_args(AccountRole), (), faults)
    if not found:
        return None
    table, years, rows = found
    basis = next((row for row in table.rows if row.cells["role"] == COLUMN_BASIS), None)
    if basis is None:
        faults.append(Fault(name, table.header_line, "role", f"no row has the role {COLUMN_BASIS}"))
        return None
    return Account(file=name, years=years, rows=rows, basis=tuple(basis.cells[str(year)] for year in years))


def read_other_users(path: Path, name: str, faults: list[Fault]) -> OtherUsers | None:
    """Who pays for the seventh provision, or None with the reasons in ``faults``."""
    table = read_csv(path, name, faults)
    years = _years(table, ("user", "name", "source"), faults) if table else None
    if table is None or years is None:
        return None
    users, before = [], len(faults)
    for row in table.rows:
        shares = tuple(_share(table, row, year, faults) for year in years)
        cells = row.cells
        users.append(
            OtherUser(user=cells["user"], name=cells["name"], source=cells["source"], shares=shares, at=row.line)
        )
    return OtherUsers(file=name, years=years, users=tuple(users)) if len(faults) == before else None


def _read(
    path: Path, name: str, roles: Sequence[str], several: Sequence[str], faults: list[Fault]
) -> tuple[CsvTable, tuple[int, ...], tuple[MoneyRow, ...]] | None:
    table = read_csv(path, name, faults)
    years = _years(table, TEXT, faults) if table else None
    if table is None or years is None:
        return None
    before, rows = len(faults), []
    seen: dict[str, int] = {}
    for row in table.rows:
        role = row.cells["role"]
        if role == COLUMN_BASIS:
            continue
        if role not in roles:
            faults.append(Fault(name, row.line, "role", f"{role!r} is not one of {', '.join(roles)}"))
            continue
        if role in seen and role not in several:
            faults.append(Fault(name, row.line, "role", f"{role!r} already stands in line {seen[role]}"))
        seen.setdefault(role, row.line)
        amounts = tuple(_amount(table, row, year, _sign(role), faults) for year in years)
        texts = {key: row.cells[key] for key in ("line", "name", "name_en", "source")}
        rows.append(
            MoneyRow(role=role, serves=tuple(row.cells["serves"].split()), amounts=amounts, at=row.line, **texts)
        )
    faults += [
        Fault(name, table.header_line, "role", f"no row has the role {role}") for role in roles if role not in seen
    ]
    return (table, years, tuple(rows)) if len(faults) == before else None


def _years(table: CsvTable, texts: Sequence[str], faults: list[Fault]) -> tuple[int, ...] | None:
    before = len(faults)
    years = [column for column in table.columns if YEAR.fullmatch(column)]
    for column in table.columns:
        if column not in texts and column not in years:
            faults.append(Fault(table.name, table.header_line, column, "this column is not known"))
    for column in texts:
        if column not in table.columns:
            faults.append(Fault(table.name, table.header_line, column, "this column is missing"))
    numbers = tuple(int(year) for year in years)
    if not numbers:
        faults.append(Fault(table.name, table.header_line, "", "there is no column of a year"))
    elif numbers != tuple(range(numbers[0], numbers[0] + len(numbers))):
        faults.append(Fault(table.name, table.header_line, "", "the years do not follow each other"))
    return numbers if len(faults) == before else None


def _sign(role: str) -> Callable[[int], str]:
    if role in _BELOW_ZERO:
        return lambda amount: ""
    if role in _NOT_ABOVE_ZERO:
        return lambda amount: "goes out and must not be above zero" if amount > 0 else ""
    return lambda amount: "must not be negative" if amount < 0 else ""


def _amount(table: CsvTable, row: CsvRow, year: int, wrong: Callable[[int], str], faults: list[Fault]) -> Thousands:
    column = str(year)
    if row.cells[column].lower() in UNKNOWN:
        faults.append(Fault(table.name, row.line, column, "is still unknown; an adopted table has every amount"))
        return 0
    try:
        amount = whole(parse_number(row.cells[column], table.spelling), "thousands of euro")
    except ValueError as error:
        faults.append(Fault(table.name, row.line, column, str(error)))
        return 0
    if why := wrong(amount):
        faults.append(Fault(table.name, row.line, column, f"{amount} {why}"))
    return amount


def _share(table: CsvTable, row: CsvRow, year: int, faults: list[Fault]) -> Thousands | Unknown:
    if row.cells[str(year)].lower() in UNKNOWN:
        return "unknown"
    return _amount(table, row, year, _sign("cost"), faults)
