"""A year further: the draft of the next plan's tables, in which what nobody knows yet is `unknown`."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from meldkamer.steering.budget import Account, MoneyTable
from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.plan import Plan

REMARK = """\
# Draft: the amounts of the table before it, to be revised, and a new last year. It can be adopted when no cell is
# unknown any more; then name it in plan.toml, with the decision that adopts it as the source of its rows.
"""


def roll_forward(plan: Plan) -> list[Path]:
    """Write drafts beside the adopted tables, one year on; returns them. The adopted tables stay as they are.

    Raises RepositoryError when a draft is there already, OSError when the folder cannot be written.
    """
    written = []
    for table in (plan.budget, plan.account):
        first, last = table.years[1], table.years[-1] + 1
        path = Path(plan.folder) / Path(table.file).parent / f"{first}-{last}.csv"
        if path.exists():
            raise RepositoryError(f"{path} is there already")
        path.write_text(_draft(table), encoding="utf-8")
        written.append(path)
    return written


def _draft(table: MoneyTable) -> str:
    years = (*table.years[1:], table.years[-1] + 1)
    out = io.StringIO()
    out.write(REMARK)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("line", "role", "name", "name_en", "source", "serves", *years))
    if isinstance(table, Account):
        kinds = [*table.basis[1:], "estimate"]
        kinds[0] = "recalibration"
        source = table.rows[0].source
        writer.writerow(("basis", "column_basis", "Soort kolom", "Kind of column", source, "", *kinds))
    for row in table.rows:
        serves = " ".join(row.serves)
        writer.writerow((row.line, row.role, row.name, row.name_en, row.source, serves, *row.amounts[1:], "unknown"))
    return out.getvalue()
