"""What the record itself shows of risks: how often things happened. Never typed in, never judged."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.record import Entry

TAKEN = frozenset({"declared", "lapsed"})
"""Grounds of `function.owned` that are a takeover."""

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


class Counter:
    """Folds entries of the record, in any order of regions, into counts."""

    def __init__(self) -> None:
        self._counts = {"takeover": 0, "room_silent": 0, "room_declared_down": 0}
        self._since: Millis | None = None
        self._until: Millis = 0

    def apply(self, entry: Entry) -> None:
        """Take one entry in."""
        event = entry.event
        self._since = event.recorded if self._since is None else min(self._since, event.recorded)
        self._until = max(self._until, event.recorded)
        if event.type == "desk.room_fell_silent":
            self._counts["room_silent"] += 1
        elif event.type == "desk.room_declared_down":
            self._counts["room_declared_down"] += 1
        elif event.type == "function.owned":
            body: dict[str, Any] = msgspec.msgpack.decode(event.body)
            self._counts["takeover"] += body.get("ground") in TAKEN

    def measured(self, now: Millis) -> Measured | None:
        """What was seen until now; None when the record holds nothing at all, which is not the same as none."""
        if self._since is None:
            return None
        return Measured(since=self._since, until=max(now, self._until), counts=dict(self._counts))


def date_of(at: Millis) -> datetime.date:
    """The day of a moment, UTC."""
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).date()
