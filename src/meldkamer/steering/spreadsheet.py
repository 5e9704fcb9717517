"""Tables for a spreadsheet: plain CSV, or the CSV that Dutch Excel opens by a double click."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from meldkamer.steering.budget import Account, Budget
from meldkamer.steering.outcome import Outcome
from meldkamer.steering.plan import Plan
from meldkamer.steering.reconcile import reconcile

Cell = str | int | None


def write_tables(folder: Path, plan: Plan, outcomes: Iterable[Outcome], dutch: bool) -> list[Path]:
    """Write the adopted tables, the reconciliation and each scenario as CSV; returns the files.

    dutch: semicolons and a byte order mark. Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[Sequence[Cell]]] = {
        "budget": _money(plan.budget),
        "account": _money(plan.account),
        "reconciliation": [
            ("relation", "expression", "year", "printed", "derived", "printed_minus_derived"),
            *(
                (row.relation, row.expression, row.year, row.printed, row.derived, row.printed_minus_derived)
                for row in reconcile(plan)
            ),
        ],
    }
    for outcome in outcomes:
        tables[f"scenario-{Path(outcome.scenario).stem}"] = _outcome(outcome)
    written = []
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        path.write_text(as_csv(rows, dutch), encoding="utf-8-sig" if dutch else "utf-8", newline="")
        written.append(path)
    return written


def as_csv(rows: Iterable[Sequence[Cell]], dutch: bool) -> str:
    """Rows as text. Money is in whole thousands, so no decimal sign is ever needed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if dutch else ",", lineterminator="\r\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def _plain(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def _money(table: Budget | Account) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = [("line", "name", "name_en", "source", *map(str, table.years))]
    rows += [(row.line, row.name, row.name_en, row.source, *row.amounts) for row in table.rows]
    return rows


def _outcome(outcome: Outcome) -> list[Sequence[Cell]]:
    head = ("year", "adopted", "without_items", "p10", "p50", "p90", "room_p50", "below_floor", "runs", "inputs")
    return [
        head,
        *(
            (y.year, y.adopted, y.without_items, y.closing.p10, y.closing.p50, y.closing.p90, y.room.p50,
             y.below_floor, outcome.runs, outcome.inputs)
            for y in outcome.years
        ),
    ]  # fmt: skip
