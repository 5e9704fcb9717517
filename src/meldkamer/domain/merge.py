"""What was decided on both sides of a cut: facts unite; of two values for one field the network's stands, and the
other becomes a conflict beside it, which a person decides.

Pure and without a clock: the same two histories give the same answer in every room.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from meldkamer.domain import incident as i
from meldkamer.domain import incident_rules as rules
from meldkamer.domain import unit
from meldkamer.domain.basics import Event
from meldkamer.domain.clock import derived_id

Field = tuple[str, str]
"""What an event says: the name of a field that has one value at a time, and whose."""


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """Two values for one field. kept: what stands, in words; other: what the island decided; otherwise: the command
    that would make the other one stand, as JSON."""

    about: str
    kept: str
    other: str
    otherwise: str


def field_of(event: Event) -> Field | None:
    """The field of an incident that this event gives a value; None for a fact, which stands beside every other."""
    match event:
        case i.Classified(discipline=d):
            return "class", d
        case i.Prioritised(discipline=d):
            return "priority", d
        case i.Relocated():
            return "location", ""
        case i.CharacteristicSet(name=name) | i.CharacteristicCleared(name=name):
            return "characteristic", name
        case i.TrackClosed(discipline=d) | i.TrackReopened(discipline=d):
            return "state", d
        case i.ScaledUp(scope=scope):
            return "scale", scope
        case i.UnitRequestAnswered(request=request):
            return "request", request
        case i.ConflictResolved(conflict=conflict):
            return "conflict", conflict
    return None


def about_of(field: Field) -> str:
    """What a conflict over this field is called."""
    name, of = field
    return f"island_{name}" + (f"_{of}" if len(of) == 1 else "")


def clash(ref: str, theirs: Sequence[Event], ours: Event) -> Clash | None:
    """Whether an incident's event from an island meets another value that the network gave meanwhile.

    theirs: what was stored for this incident since the island saw it last, in order.
    """
    field = field_of(ours)
    if field is None:
        return None
    newest = next((event for event in reversed(theirs) if field_of(event) == field), None)
    if newest is None or value_of(newest) == value_of(ours):
        return None
    return Clash(
        about=about_of(field),
        kept=value_of(newest)[:200],
        other=value_of(ours)[:200],
        otherwise=_otherwise(ref, ours),
    )


def value_of(event: Event) -> str:
    """The value that an event gives its field, in words that every language can show."""
    match event:
        case i.Classified():
            return event.class_text or event.class_code
        case i.Prioritised():
            return str(event.priority)
        case i.Relocated(location=at):
            point = f"{at.x:.0f}, {at.y:.0f}" if at.x is not None and at.y is not None else ""
            return " ".join(part for part in (at.text, at.place, point) if part)
        case i.CharacteristicSet():
            return f"{event.name}={event.value}"
        case i.CharacteristicCleared():
            return f"{event.name}="
        case i.TrackClosed():
            return f"{event.discipline} {event.code}"
        case i.TrackReopened():
            return f"{event.discipline} {event.reason}"
        case i.ScaledUp():
            return f"{event.scope} {event.level}"
        case i.UnitRequestAnswered():
            return "granted" if event.granted else f"refused {event.reason}"
        case i.ConflictResolved():
            return event.choice
    return ""


def _otherwise(ref: str, event: Event) -> str:
    """The command that gives the field this event's value; empty when no single command can."""
    command: rules.IncidentCommand
    match event:
        case i.Classified(discipline=d):
            command = rules.Classify(
                incident=ref, disciplines=d, class_code=event.class_code, class_text=event.class_text
            )
        case i.Prioritised(discipline=d):
            command = rules.Prioritise(incident=ref, disciplines=d, priority=event.priority)
        case i.Relocated():
            command = rules.Relocate(incident=ref, location=event.location)
        case i.CharacteristicSet():
            command = rules.SetCharacteristic(incident=ref, name=event.name, value=event.value)
        case i.CharacteristicCleared():
            command = rules.SetCharacteristic(incident=ref, name=event.name, value="")
        case i.TrackReopened(discipline=d):
            command = rules.ReopenTrack(incident=ref, discipline=d, reason=event.reason)
        case i.TrackClosed(discipline=d):
            command = rules.CloseTrack(incident=ref, discipline=d, code=event.code)
        case i.ScaledUp():
            command = rules.ScaleUp(incident=ref, scope=event.scope, level=event.level)  # type: ignore[arg-type]
        case _:
            return ""
    return rules.command_text(command)


def conflict_of(found: Clash, event_id: str) -> i.ConflictFound:
    """The event that puts a clash before the people concerned. Its id follows from the island's event."""
    return i.ConflictFound(
        conflict=derived_id("conflict", "island", event_id),
        about=found.about,
        kept=found.kept,
        other=found.other,
        otherwise=found.otherwise,
    )


def beside(theirs: Sequence[Event], ours: unit.UnitAssigned, acknowledged: bool) -> Event:
    """A unit's order from an island, as it joins the others.

    When the network ordered the unit too and its crew has not answered the island's order, the network's stands and
    this one is kept beside it. Otherwise it is the unit's order: its own acknowledgement decides.
    theirs: what was stored for this unit since the island saw it last. acknowledged: whether its crew did, over there.
    """
    standing, answered = "", False
    for event in theirs:
        match event:
            case unit.UnitAssigned():
                standing, answered = event.assignment, False
            case unit.AssignmentProgressed() if event.assignment == standing:
                answered = True
            case unit.AssignmentEnded() if event.assignment == standing:
                standing = ""
    if not standing or (acknowledged and not answered):
        return ours
    facts = {name: getattr(ours, name) for name in unit.AssignedBeside.__struct_fields__}
    return unit.AssignedBeside(**facts)
