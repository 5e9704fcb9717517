"""Is this the same event as one that we know? Suggestions by place, time and nature; a person decides.

The place counts most: far apart is never the same. Two calls about one crash on a motorway differ by hundreds of
metres, so the reach grows with how vague either place is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import msgspec

from meldkamer.domain.basics import Location
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident import Incident
from meldkamer.network import Change, Picture
from meldkamer.pack import Classification

REACH_METRES = 400.0
"""Two exact places this far apart are not the same event any more."""
MAX_RADIUS_METRES = 2_000.0
"""A vaguer place than this counts as this vague: a cell of ten kilometres must not match half a province."""
NEW_MINUTES, OLD_MINUTES = 15.0, 180.0
"""Up to the first the time does not speak against it; beyond the second it is not suggested."""
LEAST_SCORE = 0.35
MOST = 5
CELL_METRES = 1_000.0

Nature = Literal["same_class", "same_group", "same_kind", "same_words", "unknown", "different"]
_WEIGHT: dict[Nature, float] = {
    "same_class": 1.0,
    "same_group": 0.9,
    "same_words": 0.85,
    "same_kind": 0.75,
    "unknown": 0.6,
    "different": 0.3,
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about. x, y, radius: RD metres; at: milliseconds UTC; nature: a class code or a few words."""

    x: float
    y: float
    at: Millis
    radius: float = 0.0
    nature: str = ""


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that may be the same. score 0..1; metres between the places; minutes since it was opened."""

    ref: str
    number: str
    score: float
    metres: int
    minutes: int
    nature: Nature

    @property
    def reason(self) -> str:
        """The reason in one machine-readable word group, as rows carry it."""
        return f"{self.metres} m, {self.minutes} min, {self.nature}"


class Duplicates:
    """Open incidents by place, kept up to date from the picture. `read` it when the picture comes from a snapshot."""

    def __init__(self, picture: Picture, classes: Mapping[str, Classification]) -> None:
        self._picture, self._classes = picture, classes
        self._cells: dict[tuple[int, int], set[str]] = {}
        self._place: dict[str, tuple[int, int]] = {}
        picture.listen(self._on_change)
        self.read()

    def read(self) -> None:
        """Take every incident that the picture holds now."""
        for incident in self._picture.incidents.values():
            self.put(incident)

    def _on_change(self, change: Change) -> None:
        if isinstance(change.after, Incident):
            self.put(change.after)

    def put(self, incident: Incident) -> None:
        """Take an incident's newest state: moved, closed or new."""
        cell = _cell(incident.location) if not incident.closed else None
        before = self._place.get(incident.ref)
        if before == cell:
            return
        if before is not None:
            del self._place[incident.ref]
            self._cells[before].discard(incident.ref)
            if not self._cells[before]:
                del self._cells[before]
        if cell is not None:
            self._place[incident.ref] = cell
            self._cells.setdefault(cell, set()).add(incident.ref)

    def of_call(self, ref: str) -> list[Duplicate]:
        """For a call, by the most exact place known of it; none when it has none or belongs to an incident already."""
        call = self._picture.calls.get(ref)
        if call is None or call.incidents:
            return []
        place = min((p for p in reversed(call.locations) if p.known), key=lambda p: p.radius or 0.0, default=None)
        return self.find(_report(place, call.received, call.class_hint)) if place is not None else []

    def of_incident(self, ref: str) -> list[Duplicate]:
        """For an incident: others that may be the same and are not linked to it yet."""
        incident = self._picture.incidents.get(ref)
        if incident is None or not incident.location.known:
            return []
        nature = incident.class_code or incident.class_text
        linked = {other for _, other in incident.links} | {ref}
        return self.find(_report(incident.location, incident.opened, nature), leave_out=linked)

    def find(self, report: Report, leave_out: set[str] | None = None) -> list[Duplicate]:
        """The likeliest first; at most five."""
        radius = min(report.radius, MAX_RADIUS_METRES)
        reach = REACH_METRES + radius + MAX_RADIUS_METRES
        found = []
        for ref in self._near(report.x, report.y, reach):
            incident = self._picture.incidents.get(ref)
            if incident is None or (leave_out and ref in leave_out):
                continue
            if (duplicate := self._compare(report, radius, incident)) is not None:
                found.append(duplicate)
        return sorted(found, key=lambda d: (-d.score, d.ref))[:MOST]

    def _near(self, x: float, y: float, reach: float) -> list[str]:
        columns = range(int((x - reach) // CELL_METRES), int((x + reach) // CELL_METRES) + 1)
        rows = range(int((y - reach) // CELL_METRES), int((y + reach) // CELL_METRES) + 1)
        return [ref for i in columns for j in rows for ref in self._cells.get((i, j), ())]

    def _compare(self, report: Report, radius: float, incident: Incident) -> Duplicate | None:
        place = incident.location
        if place.x is None or place.y is None:
            return None
        metres = math.hypot(place.x - report.x, place.y - report.y)
        reach = REACH_METRES + radius + min(place.radius or 0.0, MAX_RADIUS_METRES)
        minutes = abs(report.at - incident.opened) / 60_000
        if metres >= reach or minutes >= OLD_MINUTES:
            return None
        nature = self._nature(report.nature, incident)
        near = 1.0 - metres / reach
        recent = 1.0 - max(0.0, minutes - NEW_MINUTES) / (OLD_MINUTES - NEW_MINUTES)
        # Vague places leave doubt even when they coincide.
        certain = math.sqrt(REACH_METRES / reach)
        score = (0.4 + 0.6 * near) * (0.3 + 0.7 * recent) * _WEIGHT[nature] * (0.5 + 0.5 * certain)
        if score < LEAST_SCORE:
            return None
        return Duplicate(
            ref=incident.ref,
            number=incident.number,
            score=round(score, 3),
            metres=round(metres),
            minutes=round(minutes),
            nature=nature,
        )

    def _nature(self, hint: str, incident: Incident) -> Nature:
        """How alike the natures are: by class code and its levels, else by words in common."""
        codes = {incident.class_code, *(t.class_code for t in incident.tracks.values())} - {""}
        words = {incident.class_text, *(t.class_text for t in incident.tracks.values())} - {""}
        if not hint or not (codes or words):
            return "unknown"
        if hint in codes:
            return "same_class"
        ours = self._classes.get(hint)
        theirs = [c for code in codes if (c := self._classes.get(code)) is not None]
        if ours is not None and theirs:
            same = [c for c in theirs if c.level1 == ours.level1]
            if any(c.level2 == ours.level2 for c in same):
                return "same_group"
            return "same_kind" if same else "different"
        said = _words(ours.name if ours is not None else hint)
        known = _words(" ".join([*words, *(c.name for c in theirs)]))
        return "same_words" if said & known else "unknown"


def _words(text: str) -> set[str]:
    return {w for w in "".join(c if c.isalpha() else " " for c in text.lower()).split() if len(w) > 3}


def _report(place: Location, at: Millis, nature: str) -> Report:
    assert place.x is not None and place.y is not None
    return Report(x=place.x, y=place.y, at=at, radius=place.radius or 0.0, nature=nature)


def _cell(place: Location) -> tuple[int, int] | None:
    if place.x is None or place.y is None:
        return None
    return int(place.x // CELL_METRES), int(place.y // CELL_METRES)
