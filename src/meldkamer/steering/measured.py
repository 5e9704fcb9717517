"""What the record itself shows of risks: how often things happened. Never typed in, never judged."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from meldkamer.domain.clock import Millis

TAKEN = frozenset({"declared", "lapsed"})
"""Grounds of `function.owned` that are a takeover because a room could not work."""
OUTAGE = "outage:"
"""Before the name of a service: how often it went down."""

DAY: Millis = 24 * 60 * 60 * 1000
YEAR = 365.25
"""Days."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Counts per indicator over the time that the record covers. since, until: milliseconds UTC, both included.

    takeover: functions that another room took over; a room that falls silent takes several with it.
    """

    since: Millis
    until: Millis
    counts: Mapping[str, int]

    @property
    def days(self) -> int:
        """Whole days that were seen, one at least."""
        return max(1, (self.until - self.since) // DAY)

    def per_year(self, indicator: str) -> float:
        """How often a year. Less than a year is taken as a whole one: one happening in a week is not fifty a year."""
        return self.counts.get(indicator, 0) * YEAR / max(YEAR, self.days)


def date_of(at: Millis) -> datetime.date:
    """The day of a moment, UTC."""
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).date()
