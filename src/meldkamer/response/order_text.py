"""What the crew reads: priority, number, what and where, in one short line without anything personal."""

from __future__ import annotations

from collections.abc import Callable

from meldkamer.domain.basics import Location
from meldkamer.domain.incident import Incident
from meldkamer.domain.posting import Posting
from meldkamer.domain.unit import Assignment, Unit

MAX_LENGTH = 200
"""Characters; what a pager shows without scrolling for ever, and what one alphanumeric page carries."""
CLASS_LENGTH = 80

ClassName = Callable[[str], str]
"""LMC code -> the words that crews know it by."""


def order_text(unit: Unit, assignment: Assignment, incident: Incident | None, class_name: ClassName) -> str:
    """At most MAX_LENGTH characters; priority and number always stand whole. Notes and callers never enter it."""
    head = f"P{assignment.priority} {_line(assignment.number)}".strip()
    if incident is None:
        return head[:MAX_LENGTH]
    parts = [head, _clip(_nature(unit, incident, class_name), CLASS_LENGTH)]
    left = MAX_LENGTH - len(" ".join(p for p in parts if p)) - 1
    parts.append(_clip(_place(incident.location), left))
    return " ".join(p for p in parts if p)[:MAX_LENGTH]


def stand_text(posting: Posting) -> str:
    """Where the crew is to go and stand, at most MAX_LENGTH characters."""
    return _clip(f"Stand-by {_place(posting.place)}", MAX_LENGTH)


def _nature(unit: Unit, incident: Incident, class_name: ClassName) -> str:
    """The class of the unit's own discipline, when it has one."""
    track = incident.tracks.get(unit.discipline)
    code = (track.class_code if track else "") or incident.class_code
    text = (track.class_text if track else "") or incident.class_text
    return _line(class_name(code) if code else text) or _line(text or code)


def _place(place: Location) -> str:
    town = place.place or place.municipality
    words = [_line(place.text)]
    if town and town.lower() not in place.text.lower():
        words.append(_line(town))
    if not any(words) and place.x is not None and place.y is not None:
        words = [f"RD {place.x:.0f} {place.y:.0f}"]
    return " ".join(w for w in words if w)


def _line(text: str) -> str:
    """One line of printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(0, length - 1)].rstrip() + "…" if length > 0 else ""
