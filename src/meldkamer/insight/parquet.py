"""The report as a Parquet file: the same table as the CSV, with typed columns, for whoever analyses further."""

from __future__ import annotations

import io
from typing import Any

from meldkamer.insight.report import Report
from meldkamer.insight.table import COLUMNS, NOT_MEASURED, UNBOUNDED, cells

TEXTS = frozenset(("measure", "discipline", "grouping", "group", "norm", "norm_since", "norm_until", "verdict"))
WHOLE = frozenset(("measured", "not_measured", "met", "of"))


def as_parquet(report: Report) -> bytes:
    """A Parquet file, compressed with zstd: texts, whole numbers, and times and shares as float64.

    What could not be measured, and a bound that few cases do not give, is null: no number stands for it. Whether a
    missing bound is for want of cases or of anything to measure, `measured` tells.
    """
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    rows = list(cells(report))
    kinds = {
        name: DataType.utf8() if name in TEXTS else DataType.int64() if name in WHOLE else DataType.float64()
        for name in COLUMNS
    }
    values: dict[str, Any] = {
        name: Array([_typed(name, row[place]) for row in rows], type=kinds[name]) for place, name in enumerate(COLUMNS)
    }
    out = io.BytesIO()
    write_parquet(Table.from_pydict(values), out, compression="zstd(3)")
    return out.getvalue()


def _typed(name: str, cell: str) -> str | int | float | None:
    if name in TEXTS:
        return cell
    if cell in ("", NOT_MEASURED, UNBOUNDED):
        return None
    return int(cell) if name in WHOLE else float(cell)
