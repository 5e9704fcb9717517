"""The money of the plan as it was adopted: two tables in whole thousands of euro, stored and never recomputed.

The table of the budget and the table of the current account come from two worksheets, each cell rounded by itself.
They therefore do not add up to the last thousand, and that is part of what was adopted (docs/money.md).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.steering.fields import Unknown
from meldkamer.steering.numerals import Thousands

BudgetRole = Literal["cost", "cost_recovered", "total", "total_without_recovered", "contribution", "room"]
AccountRole = Literal[
    "opening", "contribution", "other_income", "cut", "income", "spending", "mutation", "drawdown", "closing"
]


class MoneyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One printed row. amounts: thousands of euro, one per year of the table; source: the decision it comes from."""

    line: str
    role: str
    name: str
    name_en: str
    source: str
    serves: tuple[str, ...]
    amounts: tuple[Thousands, ...]
    at: int
    """The line in the file."""


class MoneyTable(msgspec.Struct, frozen=True, kw_only=True):
    """A printed table: rows by role and year."""

    file: str
    years: tuple[int, ...]
    rows: tuple[MoneyRow, ...]

    def row(self, role: str) -> MoneyRow:
        """The one row of this role; KeyError when the table has none (a loaded table has every role)."""
        for row in self.rows:
            if row.role == role:
                return row
        raise KeyError(role)

    def amount(self, role: str, year: int) -> Thousands:
        """A printed cell. KeyError for a role, ValueError for a year that the table does not have."""
        return self.row(role).amounts[self.years.index(year)]


class Budget(MoneyTable, frozen=True, kw_only=True):
    """Costs per provision, contribution, and the room that is left."""

    def costs(self) -> tuple[MoneyRow, ...]:
        """The cost lines, those that users pay for included."""
        return tuple(row for row in self.rows if row.role in ("cost", "cost_recovered"))

    def cost(self, year: int, recovered: bool = True) -> Thousands:
        """The sum of the cost lines of a year, computed; ``recovered``: with the costs that users pay."""
        column = self.years.index(year)
        return sum(row.amounts[column] for row in self.costs() if recovered or row.role == "cost")


class Account(MoneyTable, frozen=True, kw_only=True):
    """The current account year by year. ``basis``: what each column is (recalibration, budget, estimate)."""

    basis: tuple[str, ...]


class OtherUser(msgspec.Struct, frozen=True, kw_only=True):
    """A paying user of the seventh provision; a share is thousands of euro per year, or unknown."""

    user: str
    name: str
    source: str
    shares: tuple[Thousands | Unknown, ...]
    at: int


class OtherUsers(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays for the costs that are recovered."""

    file: str
    years: tuple[int, ...]
    users: tuple[OtherUser, ...]

    def known(self, year: int) -> Thousands:
        """What is divided among named users in a year."""
        column = self.years.index(year)
        return sum(share for user in self.users if (share := user.shares[column]) != "unknown")

    def complete(self, year: int) -> bool:
        """Whether every share of the year is known."""
        column = self.years.index(year)
        return all(user.shares[column] != "unknown" for user in self.users)
