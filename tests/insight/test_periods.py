"""Periods by name: whole local days, with the ones before and after, over the hour that summer takes and gives."""

from __future__ import annotations

import datetime

import pytest

from meldkamer.insight import Span, span_of, week_at
from meldkamer.insight.lasting import whole_weeks

from .conftest import MORNING, ZONE

HOUR = 3_600_000


def days(span: Span) -> tuple[str, str]:
    return tuple(
        f"{datetime.datetime.fromtimestamp(at / 1000, ZONE):%Y-%m-%d %H:%M}" for at in (span.since, span.until)
    )  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "since", "until", "before", "after"),
    [
        ("2026-01-05", "2026-01-05 00:00", "2026-01-06 00:00", "2026-01-04", "2026-01-06"),
        ("2026-W01", "2025-12-29 00:00", "2026-01-05 00:00", "2025-W52", "2026-W02"),
        ("2020-W53", "2020-12-28 00:00", "2021-01-04 00:00", "2020-W52", "2021-W01"),
        ("2026-01", "2026-01-01 00:00", "2026-02-01 00:00", "2025-12", "2026-02"),
        ("2026-03", "2026-03-01 00:00", "2026-04-01 00:00", "2026-02", "2026-04"),
        (
            "2026-01-05..2026-01-07", "2026-01-05 00:00", "2026-01-08 00:00",
            "2026-01-02..2026-01-04", "2026-01-08..2026-01-10",
        ),
    ],
)  # fmt: skip
def test_a_name_and_its_neighbours(name: str, since: str, until: str, before: str, after: str) -> None:
    span = span_of(name, ZONE)
    assert days(span) == (since, until)
    assert (span.before, span.after) == (before, after)
    assert span_of(span.before, ZONE).until == span.since and span_of(span.after, ZONE).since == span.until


def test_a_day_of_23_hours_and_one_of_25() -> None:
    for name, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-W13", 7 * 24 - 1)):
        span = span_of(name, ZONE)
        assert span.until - span.since == hours * HOUR


@pytest.mark.parametrize(
    "name",
    ["", "x", "2026", "2026-W00", "2026-W54", "2025-W53", "2026-13", "2026-02-30", "2026-01-07..2026-01-05",
     "2026-01-05..", "..2026-01-05", "2020-01-01..2026-01-01", "0001-01-01", "2026-1-5", "2026-W1"],
)  # fmt: skip
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        span_of(name, ZONE)


def test_the_last_whole_weeks() -> None:
    # Thursday 1 January 2026 lies in the first week of that year, which has not ended.
    assert week_at(MORNING, ZONE) == "2026-W01"
    assert [w.name for w in whole_weeks(MORNING, ZONE, 3)] == ["2025-W50", "2025-W51", "2025-W52"]
    monday = span_of("2026-W01", ZONE).until
    assert [w.name for w in whole_weeks(monday, ZONE, 1)] == ["2026-W01"]
    assert [w.name for w in whole_weeks(monday - 1, ZONE, 1)] == ["2025-W52"]
