"""The measures of a framework, read from `kaders/*.csv`: a row is a record of the plan like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from meldkamer.steering.csv_lines import read_csv
from meldkamer.steering.faults import Fault
from meldkamer.steering.proof.records import Measure

FOLDER = "kaders"
COLUMNS = ("id", "framework", "name", "name_en", "query", "accountable")
MAY_BE_EMPTY = "query"


def read_measures(root: Path, faults: list[Fault]) -> Iterator[tuple[Measure, str, int]]:
    """(measure, file, line) of every row; what cannot be read is appended to ``faults``."""
    for path in sorted((root / FOLDER).glob("*.csv")):
        file = path.relative_to(root).as_posix()
        table = read_csv(path, file, faults)
        if table is None:
            continue
        if missing := [column for column in COLUMNS if column not in table.columns]:
            faults.append(Fault(file, table.header_line, missing[0], "this column is missing"))
            continue
        for row in table.rows:
            for column in COLUMNS:
                if column != MAY_BE_EMPTY and not row.cells[column]:
                    faults.append(Fault(file, row.line, column, "is empty"))
            yield Measure(**{column: row.cells[column] for column in COLUMNS}), file, row.line
