"""The adopted tables and what does not add up in them: exactly the known rows, in order."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.steering import Plan, load_plan, reconcile
from meldkamer.steering.reconcile import rounding

EXPECTED = Path(__file__).parent / "reconciliation.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ours(plan: Plan) -> list[dict[str, str]]:
    return [{key: str(value) for key, value in msgspec.structs.asdict(row).items()} for row in reconcile(plan)]


def test_the_rows_are_the_expected_ones(plan: Plan) -> None:
    found = ours(plan)
    assert found == rows_of(EXPECTED)
    assert len(found) == 80
    assert sum(row["printed_minus_derived"] != "0" for row in found) == 25
    assert len({row["relation"] for row in found}) == 15


def test_the_rows_are_those_of_the_plans_own_list(plan: Plan, seed: Path) -> None:
    assert ours(plan) == rows_of(seed / "reconciliation_checks.csv")


@pytest.mark.parametrize(
    ("table", "file"), [("budget", "budget_2025_2029.csv"), ("account", "current_account_2024_2029.csv")]
)
def test_every_cell_is_the_printed_one(plan: Plan, seed: Path, table: str, file: str) -> None:
    adopted = getattr(plan, table)
    printed = {row["line_id"]: row for row in rows_of(seed / file) if row["line_id"] != "basis"}
    assert {row.line for row in adopted.rows} == set(printed)
    for row in adopted.rows:
        assert [str(amount) for amount in row.amounts] == [printed[row.line][str(year)] for year in adopted.years]


@given(st.integers(2, 40), st.data())
def test_rounding_explains_what_it_says_and_no_more(terms: int, data: st.DataObject) -> None:
    """Amounts in cents of a thousand, each rounded to nearest: the sum of the rounded never strays further."""
    cells = data.draw(st.lists(st.integers(-(10**8), 10**8), min_size=terms - 1, max_size=terms - 1))
    rounded = [(cell + 50) // 100 for cell in cells]
    total = (sum(cells) + 50) // 100
    assert abs(total - sum(rounded)) <= rounding(terms)


def test_a_cell_that_rounding_cannot_explain_is_a_fault(folder: Path) -> None:
    file = folder / "begroting" / "2025-2029.csv"
    file.write_text(file.read_text().replace(",221729,", ",221734,"))
    with pytest.raises(Exception, match=r"begroting/2025-2029\.csv, line 12, field 2025: 221734 is printed, 221729"):
        load_plan(folder)
