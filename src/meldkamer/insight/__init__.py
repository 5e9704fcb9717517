"""Insight: what the record shows of times, overflow and takeover, held against the norms, with its uncertainty."""

from meldkamer.insight.cases import MEASURES, Case, Measure
from meldkamer.insight.charts import group_chart, hour_chart, overflow_chart, quality_chart
from meldkamer.insight.columns import Columns, Names, columns
from meldkamer.insight.estimate import Percentile, Share, difference, order_interval, percentile, share
from meldkamer.insight.facts import Facts
from meldkamer.insight.judged import Row
from meldkamer.insight.lasting import Lag, Lasting
from meldkamer.insight.overflow import Overflow, Takeovers
from meldkamer.insight.page import as_html
from meldkamer.insight.parquet import as_parquet
from meldkamer.insight.periods import Span, span_of, week_at
from meldkamer.insight.quality import Quality
from meldkamer.insight.reading import Book, Reader
from meldkamer.insight.report import GROUPINGS, OTHERS, UNPLACED, Figures, Grouping, Period, Report
from meldkamer.insight.table import as_csv
from meldkamer.insight.words import Language, duration
from meldkamer.insight.words import words as report_words

__all__ = [
    "GROUPINGS",
    "MEASURES",
    "OTHERS",
    "UNPLACED",
    "Book",
    "Case",
    "Columns",
    "Facts",
    "Figures",
    "Grouping",
    "Lag",
    "Language",
    "Lasting",
    "Measure",
    "Names",
    "Overflow",
    "Percentile",
    "Period",
    "Quality",
    "Reader",
    "Report",
    "Row",
    "Share",
    "Span",
    "Takeovers",
    "as_csv",
    "as_html",
    "as_parquet",
    "columns",
    "difference",
    "duration",
    "group_chart",
    "hour_chart",
    "order_interval",
    "overflow_chart",
    "percentile",
    "quality_chart",
    "report_words",
    "share",
    "span_of",
    "week_at",
]
