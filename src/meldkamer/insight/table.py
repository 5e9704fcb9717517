"""The report as one long table: a row per measure, discipline, grouping, group and norm."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator

from meldkamer.domain.clock import Millis
from meldkamer.insight.estimate import Percentile
from meldkamer.insight.judged import Row
from meldkamer.insight.report import Report

NOT_MEASURED = "not_measured"
"""What a cell holds when nothing could be measured; never 0, never empty."""

UNBOUNDED = "unbounded"
"""What a bound says that so few cases do not give."""

COLUMNS = (
    "measure", "discipline", "grouping", "group", "measured", "not_measured",
    "p50", "p50_low", "p50_high", "p90", "p90_low", "p90_high", "p95", "p95_low", "p95_high",
    "norm", "norm_seconds", "norm_since", "norm_until", "target",
    "met", "of", "share", "share_low", "share_high", "verdict",
)  # fmt: skip


def as_csv(report: Report) -> str:
    """CSV with a header; times in seconds, shares from 0 to 1, moments in UTC (empty:
    the norm did not change in the period on that side). A bound that few cases do not give is `unbounded`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_plain(cell) for cell in row] for row in cells(report))
    return out.getvalue()


def cells(report: Report) -> Iterator[list[str]]:
    """The rows of the table, a text per column."""
    for block in report.blocks:
        groups = [("all", block.all), *((name, row) for name, rows in block.by.items() for row in rows)]
        for name, row in groups:
            for found in _rows(row):
                yield [block.measure, block.discipline, name, *found]


def _rows(row: Row) -> Iterator[list[str]]:
    head = [row.key, str(row.measured), str(sum(row.not_measured.values()))]
    for found in (row.p50, row.p90, row.p95):
        head += _percentile(found)
    if not row.within:
        yield [*head, *([""] * 11)]
    for w in row.within:
        target = "" if w.target is None else f"{w.target:g}"
        judged = [w.norm, f"{w.seconds:g}", _moment(w.since), _moment(w.until), target]
        if w.share is None:
            judged += [NOT_MEASURED] * 5
        else:
            s = w.share
            judged += [str(s.met), str(s.of), f"{s.value:.4f}", f"{s.low:.4f}", f"{s.high:.4f}"]
        yield [*head, *judged, w.verdict]


def _moment(at: Millis | None) -> str:
    return "" if at is None else datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).isoformat()


def _percentile(found: Percentile | None) -> list[str]:
    if found is None:
        return [NOT_MEASURED] * 3
    bounds = [UNBOUNDED if v is None else f"{v:.3f}" for v in (found.low, found.high)]
    return [f"{found.value:.3f}", *bounds]


def _plain(cell: str) -> str:
    """A text that a spreadsheet would run as a formula is marked as text."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
