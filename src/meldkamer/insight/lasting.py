"""Differences between rooms that last: by a rule of the country's data, over whole weeks, on the measures of all rooms.

A room lags on a measure when in the newest of so many whole weeks, and in at least so many of them, it stood worse than
all others together (see `quality`: Newcombe's interval of the difference wholly below zero, Bonferroni's correction for
the number of rooms). One week is chance once in twenty by design; several in a row are not, and that is what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.gap import Found
from meldkamer.insight.cases import Measure
from meldkamer.insight.periods import Span, span_of, week_at
from meldkamer.insight.quality import Quality, RoomQuality, Standing
from meldkamer.pack import QualityRule

Measured = Callable[[Millis, Millis], Mapping[tuple[Measure, str], Quality]]
"""How the rooms stand on every measure from a moment until another."""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """A lasting gap. standings: week by week, the oldest first. found: what was measured over all of them together."""

    room: str
    measure: Measure
    discipline: str
    standings: tuple[Standing, ...]
    found: Found


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """rule: in so many of so many weeks. weeks: those that were looked at, the oldest first."""

    rule: QualityRule
    weeks: tuple[Span, ...]
    lags: tuple[Lag, ...]


def whole_weeks(end: Millis, zone: ZoneInfo, count: int) -> tuple[Span, ...]:
    """The last whole weeks of the local calendar that ended by then, the oldest first."""
    week = span_of(week_at(end, zone), zone)
    found: list[Span] = []
    while len(found) < count:
        week = span_of(week.before, zone)
        found.insert(0, week)
    return tuple(found)


def lasting(measured: Measured, end: Millis, zone: ZoneInfo, rule: QualityRule) -> Lasting:
    """What lasts by the rule in the whole weeks that ended by `end`."""
    weeks = whole_weeks(end, zone, rule.weeks)
    each = [measured(week.since, week.until) for week in weeks]
    suspects = {
        (measure, discipline, room.room)
        for (measure, discipline), found in each[-1].items()
        for room in found.rooms
        if room.standing == "worse"
    }
    lags: list[Lag] = []
    together = measured(weeks[0].since, weeks[-1].until) if suspects else {}
    for measure, discipline, room in sorted(suspects):
        standings = tuple(_standing(found.get((measure, discipline)), room) for found in each)
        worse = standings.count("worse")
        over = together[measure, discipline]
        stood = next(one for one in over.rooms if one.room == room)
        if worse >= rule.worse and stood.standing == "worse":
            found = _found(over, stood, weeks, worse)
            lags.append(Lag(room=room, measure=measure, discipline=discipline, standings=standings, found=found))
    return Lasting(rule=rule, weeks=weeks, lags=tuple(lags))


def _standing(found: Quality | None, room: str) -> Standing:
    stood = next((one for one in found.rooms if one.room == room), None) if found is not None else None
    return "not_measured" if stood is None else stood.standing


def _found(over: Quality, stood: RoomQuality, weeks: tuple[Span, ...], worse: int) -> Found:
    return Found(
        since=weeks[0].since,
        until=weeks[-1].until,
        norm=over.norm,
        seconds=over.reference or 0.0,
        share=stood.share.value if stood.share is not None else 0.0,
        others=stood.others or 0.0,
        difference=stood.difference or 0.0,
        low=stood.low or 0.0,
        high=stood.high or 0.0,
        weeks=len(weeks),
        worse=worse,
    )
