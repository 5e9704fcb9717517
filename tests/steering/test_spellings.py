"""Tables of money as spreadsheets write them: Dutch and English read the same, and what fits neither is named."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.steering import Fault, Plan
from meldkamer.steering.budget import Budget
from meldkamer.steering.csv_lines import parse_csv
from meldkamer.steering.money_files import read_budget
from meldkamer.steering.numerals import Spelling, cents, dutch, half_up, parse_number, thousands
from meldkamer.steering.spreadsheet import as_csv, write_tables

HERE = Path(__file__).parent / "spellings"


def budget(path: Path) -> Budget:
    faults: list[Fault] = []
    found = read_budget(path, path.name, faults)
    assert found is not None and not faults, faults
    return found


def test_dutch_excel_and_plain_csv_are_the_same_table() -> None:
    ours, theirs = budget(HERE / "dutch.csv"), budget(HERE / "english.csv")
    assert [msgspec.structs.replace(row, at=0) for row in ours.rows] == [
        msgspec.structs.replace(row, at=0) for row in theirs.rows
    ]
    assert ours.row("room").amounts == (-4028, 4704)
    assert ours.rows[0].name == "Spoedvraag; alles"


def test_what_we_write_for_dutch_excel_reads_back(plan: Plan, tmp_path: Path) -> None:
    for name in (True, False):
        files = write_tables(tmp_path / str(name), plan, [], dutch=name)
        text = next(file for file in files if file.stem == "budget").read_bytes()
        assert text.startswith(b"\xef\xbb\xbf") == name
        faults: list[Fault] = []
        table = parse_csv(text.decode("utf-8-sig"), "budget.csv", faults)
        assert table is not None and not faults and table.spelling == ("nl" if name else "en")
        assert [row.cells["2025"] for row in table.rows] == [str(row.amounts[0]) for row in plan.budget.rows]


def test_a_name_never_becomes_a_formula() -> None:
    assert as_csv([("=1+1", "@x", "plain", -5)], dutch=False) == "'=1+1,'@x,plain,-5\r\n"


@pytest.mark.parametrize(
    ("spelling", "text", "value"),
    [
        ("nl", "1.234,5", "1234.5"),
        ("nl", "1234,50", "1234.50"),
        ("nl", "-35.000", "-35000"),
        ("nl", "\u221235.000", "-35000"),
        ("nl", "(35.000)", "-35000"),
        ("nl", "€\u00a034.028", "34028"),
        ("en", "1,234.5", "1234.5"),
        ("en", "34028", "34028"),
    ],
)
def test_a_number_is_read_exactly(spelling: Spelling, text: str, value: str) -> None:
    assert parse_number(text, spelling) == Decimal(value)


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("nl", "34.5"),
        ("nl", "1,234.5"),
        ("nl", "1.23.456"),
        ("en", "34,5"),
        ("en", "1.234,5"),
        ("en", "12,34"),
        ("nl", ""),
        ("en", "-"),
        ("en", "1e3"),
        ("en", "NaN"),
        ("nl", "35.000-"),
        ("nl", "1.2345"),
        ("en", "٣٤"),
    ],
)
def test_a_number_of_the_other_spelling_is_refused(spelling: Spelling, text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text, spelling)


@pytest.mark.parametrize(
    ("body", "line", "field", "says"),
    [
        ("a,2025,2025\n", 1, "2025", "occurs twice"),
        ('a,b\n1,"2\n', 2, "", "cannot be read as CSV"),
        ("a;b\n1;2;3\n", 2, "", "3 cells where the header has 2"),
        ("# only a remark\n", 0, "", "no header"),
        ('a,b\n"x"y,2\n', 2, "", "cannot be read as CSV"),
    ],
)
def test_a_broken_table_is_named(body: str, line: int, field: str, says: str) -> None:
    faults: list[Fault] = []
    parse_csv(body, "t.csv", faults)
    assert [(f.line, f.field) for f in faults] == [(line, field)]
    assert says in faults[0].message


def test_a_table_in_another_alphabet_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes("line;naam\nvz1;Coördinatie\n".encode("cp1252"))
    faults: list[Fault] = []
    assert read_budget(file, "t.csv", faults) is None
    assert "choose 'CSV UTF-8'" in faults[0].message


def test_a_cell_over_two_lines_keeps_the_line_of_its_row() -> None:
    faults: list[Fault] = []
    table = parse_csv('a,b\n"one\ntwo",2\nthree,4\n', "t.csv", faults)
    assert table is not None and not faults
    assert [row.line for row in table.rows] == [2, 4]


@given(st.integers(-(10**12), 10**12))
def test_what_is_written_dutch_is_read_dutch(amount: int) -> None:
    assert parse_number(dutch(amount), "nl") == amount
    assert parse_number(f"{amount:,}", "en") == amount


@given(st.integers(-(10**13), 10**13))
def test_cents_stay_exact(amount: int) -> None:
    euros = f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"
    assert cents(parse_number(euros, "en")) == amount
    assert thousands(amount) == half_up(Fraction(amount, 100_000))


@given(st.fractions())
def test_half_up_is_the_nearest_and_halves_go_away_from_zero(exact: Fraction) -> None:
    rounded = half_up(exact)
    assert abs(rounded - exact) <= Fraction(1, 2)
    assert half_up(-exact) == -rounded
    if (exact * 2).denominator == 1 and exact.denominator == 2:
        assert abs(rounded) > abs(exact)
