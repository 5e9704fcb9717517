"""From the record to trips: how long a unit was reckoned to need when it departed, and when it was there.

Only what crews say themselves counts, at both ends: what a person typed for them comes too late to measure by.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from meldkamer.domain import incident, unit
from meldkamer.domain.basics import Event, Expected
from meldkamer.domain.clock import Millis
from meldkamer.network import kind_and_ref
from meldkamer.record import Entry

SHORTEST, LONGEST = 60_000, 2 * 3_600_000
"""Milliseconds reckoned; shorter trips say more of keys than of roads."""
ODD = 4
"""A trip that took so many times as long as reckoned, or so many times shorter, is a key pressed at a wrong moment."""

Left = Literal["not_there", "by_hand", "moved", "short", "odd"]
"""Why a departure does not count. not_there: called back, sent elsewhere, or not there yet. by_hand: somebody else said
that it was there. moved: the place of the incident changed meanwhile. short, odd: see above."""


class Sample(msgspec.Struct, frozen=True):
    """A trip. departed: milliseconds UTC; took: milliseconds."""

    order: str
    departed: Millis
    took: int
    expected: Expected


class Samples(msgspec.Struct, frozen=True):
    """Trips by the moment of departure, and how many departures were left out, by reason."""

    trips: tuple[Sample, ...]
    left: dict[Left, int]


class _Trip(msgspec.Struct):
    departed: Millis
    expected: Expected
    incident: str
    arrived: Millis | None = None
    by_hand: bool = False


class SampleReader:
    """Folds decoded events of any regions; of each region in its order."""

    def __init__(self) -> None:
        self._incident: dict[str, str] = {}
        self._trips: dict[str, _Trip] = {}
        self._moved: dict[str, list[Millis]] = {}
        self._said: dict[str, tuple[str, bool]] = {}

    def apply(self, entry: Entry, event: Event) -> None:
        """Take one event in."""
        at = entry.event.occurred
        match event:
            case unit.UnitAssigned(assignment=id):
                self._incident[id] = event.incident
            case unit.StatusReported():
                self._said[entry.subject] = (entry.event.cause, event.source == "unit" and not event.manual)
            case unit.AssignmentProgressed(assignment=id, state="en_route") if event.expected is not None:
                self._trips.setdefault(id, _Trip(at, event.expected, self._incident.get(id, "")))
            case unit.AssignmentProgressed(assignment=id, state="on_scene") if id in self._trips:
                trip = self._trips[id]
                if trip.arrived is None:
                    cause, itself = self._said.get(entry.subject, ("", False))
                    trip.arrived, trip.by_hand = at, not (itself and cause == entry.event.cause)
            case incident.Relocated():
                self._moved.setdefault(kind_and_ref(entry.subject)[1], []).append(at)

    def samples(self) -> Samples:
        """What was found so far."""
        left: Counter[Left] = Counter()
        found = []
        for id, trip in self._trips.items():
            why = self._why_not(trip)
            if why is not None:
                left[why] += 1
            elif trip.arrived is not None:
                found.append(Sample(id, trip.departed, trip.arrived - trip.departed, trip.expected))
        return Samples(tuple(sorted(found, key=lambda s: (s.departed, s.order))), dict(left))

    def _why_not(self, trip: _Trip) -> Left | None:
        if trip.arrived is None:
            return "not_there"
        if trip.by_hand:
            return "by_hand"
        if any(trip.departed <= at <= trip.arrived for at in self._moved.get(trip.incident, ())):
            return "moved"
        reckoned, took = trip.expected.millis, trip.arrived - trip.departed
        if not SHORTEST <= reckoned <= LONGEST:
            return "short"
        return None if reckoned <= ODD * took and took <= ODD * reckoned else "odd"
