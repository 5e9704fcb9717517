"""An incident: one event in the world, shared by all, with a track per discipline. Events, state and their fold.

What may be done to it stands in `incident_rules`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.domain.basics import (
    Discipline,
    Event,
    FunctionName,
    Id,
    Location,
    Mask,
    Priority,
    Ref,
    SealedByField,
    Short,
    Text,
)
from meldkamer.domain.clock import Millis
from meldkamer.domain.question import Answer, QuestionAnswered, with_answer

LinkKind = Literal["duplicate", "follow_up", "successor", "related"]
"""duplicate: the same event reported twice. successor: the same incident, gone on in another region's stream."""


class IncidentOpened(Event, frozen=True, kw_only=True, tag="incident.opened"):
    """Somebody decided that something is happening there. number: what people say aloud, e.g. `RT-4312`."""

    number: Short
    location: Location
    class_code: Short = ""
    class_text: Short = ""


class TrackStarted(Event, frozen=True, kw_only=True, tag="incident.track_started"):
    """A discipline takes part from now on, with its own class and priority."""

    discipline: Discipline
    priority: Priority
    class_code: Short = ""
    class_text: Short = ""


class Classified(Event, frozen=True, kw_only=True, tag="incident.classified"):
    """The class of one discipline's track. class_text is kept when the code is unknown."""

    discipline: Discipline
    class_code: Short
    class_text: Short = ""


class Prioritised(Event, frozen=True, kw_only=True, tag="incident.prioritised"):
    """The priority of one discipline's track, 1 (most urgent) to 5."""

    discipline: Discipline
    priority: Priority


class Relocated(Event, frozen=True, kw_only=True, tag="incident.relocated"):
    """The place of the incident is now this."""

    location: Location


class CharacteristicSet(Event, frozen=True, kw_only=True, tag="incident.characteristic_set"):
    """A characteristic (karakteristiek) has this value."""

    name: Short
    value: Short


class CharacteristicCleared(Event, frozen=True, kw_only=True, tag="incident.characteristic_cleared"):
    """A characteristic does not apply (any more)."""

    name: Short


class ScaledUp(Event, frozen=True, kw_only=True, tag="incident.scaled_up"):
    """Scale-up: of one discipline (its letter) or of all together (`multi`, GRIP)."""

    scope: Short
    level: Short


class NoteWritten(Event, frozen=True, kw_only=True, tag="incident.note_written"):
    """A line in the log (kladblok) for these disciplines, sealed in the compartment that fits the audience."""

    line: Id
    audience: Mask
    compartment: Literal["caller", "medical", "police"]
    by: Short
    text: SealedByField = None


class NoteStruck(Event, frozen=True, kw_only=True, tag="incident.note_struck"):
    """A line is struck through; it stays readable."""

    line: Id
    by: Short
    reason: Short = ""


class CallJoined(Event, frozen=True, kw_only=True, tag="incident.call_joined"):
    """One more call about this incident."""

    call: Ref


class IncidentLinked(Event, frozen=True, kw_only=True, tag="incident.linked"):
    """It has to do with another incident; both stay what they are."""

    other: Ref
    kind: LinkKind


class TrackClosed(Event, frozen=True, kw_only=True, tag="incident.track_closed"):
    """A discipline is done. code: its own closing code."""

    discipline: Discipline
    code: Short
    by: Short


class TrackReopened(Event, frozen=True, kw_only=True, tag="incident.track_reopened"):
    """A discipline is needed again."""

    discipline: Discipline
    reason: Short
    by: Short


class UnitRequested(Event, frozen=True, kw_only=True, tag="incident.unit_requested"):
    """A room that does not own the unit's function asks its owner for it. A fact, so never refused."""

    request: Id
    unit: Ref
    function: FunctionName
    by: Short
    room: Short
    reason: Short = ""


class UnitRequestAnswered(Event, frozen=True, kw_only=True, tag="incident.unit_request_answered"):
    """The owner's answer; the assignment itself stands at the unit."""

    request: Id
    granted: bool
    by: Short
    reason: Short = ""


class ConflictFound(Event, frozen=True, kw_only=True, tag="incident.conflict_found"):
    """Two truths that cannot both stand, equal in every room, open until a person decides. Values as words.

    otherwise: the command that makes the other one stand, as JSON; empty when choosing it asks more than one command.
    """

    conflict: Id
    about: Short
    kept: Short
    other: Short
    otherwise: Text = ""


class ConflictResolved(Event, frozen=True, kw_only=True, tag="incident.conflict_resolved"):
    """A person decided."""

    conflict: Id
    choice: Literal["kept", "other", "neither"]
    by: Short
    reason: Short = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One discipline's part. Times in milliseconds UTC."""

    discipline: str
    started: Millis
    priority: int
    class_code: str = ""
    class_text: str = ""
    closed: Millis | None = None
    close_code: str = ""
    reopened: int = 0


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log. text is None when this reader may not or cannot open it."""

    line: str
    at: Millis
    by: str
    audience: str
    compartment: str
    text: str | None
    struck_by: str = ""
    struck_reason: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A unit asked of another room. granted is None while nobody has answered."""

    request: str
    unit: str
    function: str
    by: str
    room: str
    reason: str
    granted: bool | None = None
    answer: str = ""


class ConflictState(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict and, once a person decided, the choice. at: when the other one was wanted; decided: when a person did.
    Milliseconds UTC."""

    conflict: str
    about: str
    kept: str
    other: str
    otherwise: str = ""
    choice: str = ""
    by: str = ""
    reason: str = ""
    at: Millis = 0
    decided: Millis = 0


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an incident. `tracks` is keyed by discipline letter."""

    ref: str
    number: str
    opened: Millis
    location: Location
    class_code: str = ""
    class_text: str = ""
    tracks: dict[str, Track] = {}
    characteristics: dict[str, str] = {}
    scale: dict[str, str] = {}
    notes: tuple[Note, ...] = ()
    calls: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    requests: tuple[Request, ...] = ()
    conflicts: tuple[ConflictState, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether every discipline that took part is done."""
        return bool(self.tracks) and all(t.closed is not None for t in self.tracks.values())

    @property
    def disciplines(self) -> str:
        """Mask of the disciplines that take part."""
        return "".join(d for d in "PBAK" if d in self.tracks)

    @property
    def priority(self) -> int:
        """The most urgent priority among open tracks (5 when none is open)."""
        return min((t.priority for t in self.tracks.values() if t.closed is None), default=5)


def evolve(incident: Incident | None, event: Event, ref: str, occurred: Millis) -> Incident:
    """The incident after the event. Total: a fact is never refused, whatever the state."""
    replace = msgspec.structs.replace
    if isinstance(event, IncidentOpened):
        return Incident(
            ref=ref,
            number=event.number,
            opened=occurred,
            location=event.location,
            class_code=event.class_code,
            class_text=event.class_text,
        )
    if incident is None:
        raise ValueError(f"{ref}: {type(event).__name__} before the incident was opened")
    match event:
        case TrackStarted(discipline=d):
            track = Track(
                discipline=d,
                started=occurred,
                priority=event.priority,
                class_code=event.class_code,
                class_text=event.class_text,
            )
            return replace(incident, tracks={**incident.tracks, d: incident.tracks.get(d, track)})
        case Classified(discipline=d):
            return _track(incident, d, class_code=event.class_code, class_text=event.class_text)
        case Prioritised(discipline=d):
            return _track(incident, d, priority=event.priority)
        case TrackClosed(discipline=d):
            return _track(incident, d, closed=occurred, close_code=event.code)
        case TrackReopened(discipline=d):
            before = incident.tracks.get(d)
            return _track(incident, d, closed=None, close_code="", reopened=before.reopened + 1 if before else 1)
        case Relocated():
            return replace(incident, location=event.location)
        case CharacteristicSet():
            return replace(incident, characteristics={**incident.characteristics, event.name: event.value})
        case CharacteristicCleared():
            rest = {k: v for k, v in incident.characteristics.items() if k != event.name}
            return replace(incident, characteristics=rest)
        case QuestionAnswered():
            return replace(incident, answers=with_answer(incident.answers, event, occurred))
        case ScaledUp():
            return replace(incident, scale={**incident.scale, event.scope: event.level})
        case NoteWritten():
            note = Note(
                line=event.line,
                at=occurred,
                by=event.by,
                audience=event.audience,
                compartment=event.compartment,
                text=event.text,
            )
            return replace(incident, notes=_by_time((*incident.notes, note)))
        case NoteStruck(line=line):
            notes = tuple(
                replace(n, struck_by=event.by, struck_reason=event.reason) if n.line == line else n
                for n in incident.notes
            )
            return replace(incident, notes=notes)
        case CallJoined():
            return incident if event.call in incident.calls else replace(incident, calls=(*incident.calls, event.call))
        case IncidentLinked():
            link = (event.kind, event.other)
            return incident if link in incident.links else replace(incident, links=(*incident.links, link))
        case UnitRequested():
            request = Request(
                request=event.request,
                unit=event.unit,
                function=event.function,
                by=event.by,
                room=event.room,
                reason=event.reason,
            )
            return replace(incident, requests=(*incident.requests, request))
        case UnitRequestAnswered(request=id):
            requests = tuple(
                replace(r, granted=event.granted, answer=event.reason) if r.request == id else r
                for r in incident.requests
            )
            return replace(incident, requests=requests)
        case ConflictFound():
            if any(c.conflict == event.conflict for c in incident.conflicts):
                return incident
            found = ConflictState(
                conflict=event.conflict,
                about=event.about,
                kept=event.kept,
                other=event.other,
                otherwise=event.otherwise,
                at=occurred,
            )
            return replace(incident, conflicts=(*incident.conflicts, found))
        case ConflictResolved(conflict=id):
            decided = {"choice": event.choice, "by": event.by, "reason": event.reason, "decided": occurred}
            conflicts = tuple(replace(c, **decided) if c.conflict == id else c for c in incident.conflicts)
            return replace(incident, conflicts=conflicts)
    return incident


def _track(incident: Incident, discipline: str, **changes: object) -> Incident:
    """The incident with one track changed; a track that nobody started is not invented."""
    track = incident.tracks.get(discipline)
    if track is None:
        return incident
    return msgspec.structs.replace(
        incident, tracks={**incident.tracks, discipline: msgspec.structs.replace(track, **changes)}
    )


def _by_time(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    # Lines that were typed without a connection arrive late but belong where they were written.
    if len(notes) > 1 and notes[-1].at < notes[-2].at:
        return tuple(sorted(notes, key=lambda n: (n.at, n.line)))
    return notes
