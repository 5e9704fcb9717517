"""Insight: what the record shows of times, overflow and takeover, held against the norms, with its uncertainty."""

from meldkamer.insight.cases import Case, Measure, cases
from meldkamer.insight.estimate import Percentile, Share, difference, order_interval, percentile, share
from meldkamer.insight.facts import Facts
from meldkamer.insight.page import as_html
from meldkamer.insight.reading import Read, read_facts
from meldkamer.insight.report import Report, make_report
from meldkamer.insight.table import as_csv

__all__ = [
    "Case",
    "Facts",
    "Measure",
    "Percentile",
    "Read",
    "Report",
    "Share",
    "as_csv",
    "as_html",
    "cases",
    "difference",
    "make_report",
    "order_interval",
    "percentile",
    "read_facts",
    "share",
]
