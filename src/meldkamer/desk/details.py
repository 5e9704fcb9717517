"""One call, incident or unit whole: what is read one at a time, and recorded as read when it is personal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from meldkamer.desk.conflict_views import ConflictView
from meldkamer.desk.rows import CallRow, IncidentRow, UnitRow
from meldkamer.domain.basics import LATER, Event, Location
from meldkamer.domain.call import Call
from meldkamer.domain.clock import Millis
from meldkamer.domain.contact import ContactTimerSet
from meldkamer.domain.incident import Incident, Note, NoteStruck, NoteWritten, Request
from meldkamer.domain.question import Answer, QuestionAnswered
from meldkamer.domain.unit import AssignmentEnded, AssignmentProgressed, StatusReported, Unit, UnitAssigned
from meldkamer.record import Entry

HISTORY = 200
"""Newest entries of a unit's history that are shown."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who called and what was said; null where it was not given, or stays closed to this reader. language, ways: how to
    speak with the caller, by the codes of the pack."""

    number: str | None
    name: str | None
    said: str | None
    source: str | None
    summary: str | None
    language: str | None
    ways: tuple[str, ...] | None


class CallDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A call with the caller. unreadable: compartments that stay closed to this reader."""

    call: CallRow
    caller: Caller
    locations: tuple[Location, ...]
    line: str
    end_reason: str
    call_backs: int
    unreadable: tuple[str, ...]


class EnteredAfterwards(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was entered long after it happened. at: when it truly was; recorded: when it was stored.

    what: the event's type. line: of a log line; unit: call sign of an order. Empty where it is not about one.
    """

    what: str
    at: Millis
    recorded: Millis
    by: str
    discipline: str = ""
    line: str = ""
    unit: str = ""


class IncidentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with its log and its callers. calls_left_out: older calls that are read one by one.

    afterwards: what was entered afterwards, by its true time. answers: every answer to a question of a set that this
    reader may know of, oldest first; of each question the last one counts.
    """

    incident: IncidentRow
    notes: tuple[Note, ...]
    calls: tuple[CallDetail, ...]
    calls_left_out: int
    requests: tuple[Request, ...]
    conflicts: tuple[ConflictView, ...]
    unreadable: tuple[str, ...]
    afterwards: tuple[EnteredAfterwards, ...] = ()
    answers: tuple[Answer, ...] = ()


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a unit reported or was ordered. at: when it was so; recorded: when it was stored."""

    at: Millis
    recorded: Millis
    what: str
    code: str = ""
    meaning: str = ""
    source: str = ""
    by: str = ""
    incident: str = ""
    number: str = ""
    state: str = ""
    why: str = ""
    minutes: int = 0
    reason: str = ""


class UnitDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with what it can do and what it did, newest first."""

    unit: UnitRow
    capabilities: tuple[str, ...]
    crew: int
    history: tuple[HistoryLine, ...]


def call_detail(call: Call, row: CallRow, unreadable: Iterable[str]) -> CallDetail:
    """From a call that was redacted before."""
    return CallDetail(
        call=row,
        caller=Caller(
            number=call.number,
            name=call.name,
            said=call.said,
            source=call.source,
            summary=call.summary,
            language=call.language,
            ways=None if call.ways is None else tuple(call.ways.split()),
        ),
        locations=call.locations,
        line=call.line,
        end_reason=call.end_reason,
        call_backs=call.call_backs,
        unreadable=tuple(unreadable),
    )


def incident_detail(
    incident: Incident,
    row: IncidentRow,
    calls: tuple[CallDetail, ...],
    left_out: int,
    unreadable: Iterable[str],
    afterwards: Iterable[EnteredAfterwards] = (),
    conflicts: tuple[ConflictView, ...] = (),
) -> IncidentDetail:
    """From an incident that was redacted before."""
    return IncidentDetail(
        incident=row,
        notes=incident.notes,
        calls=calls,
        calls_left_out=left_out,
        requests=incident.requests,
        conflicts=conflicts,
        unreadable=tuple(unreadable),
        afterwards=tuple(sorted(afterwards, key=lambda one: (one.at, one.recorded))),
        answers=incident.answers,
    )


def entered_afterwards(history: Iterable[tuple[Entry, Event]], incident: Incident) -> Iterator[EnteredAfterwards]:
    """Of an incident's history, or of a unit that works for it: what was entered long after it happened. Of lines only
    those that the redacted incident still has."""
    shown = {note.line for note in incident.notes}
    for entry, event in history:
        stored = entry.event
        if stored.recorded - stored.occurred <= LATER or isinstance(event, QuestionAnswered):
            continue  # answers carry their own time, and stand among the answers for those who may know of them
        line = event.line if isinstance(event, NoteWritten | NoteStruck) else ""
        order = event if isinstance(event, UnitAssigned) else None
        if (line and line not in shown) or (order is not None and order.incident != incident.ref):
            continue
        if order is None and entry.subject.split(".")[2] == "unit":
            continue
        yield EnteredAfterwards(
            what=stored.type,
            at=stored.occurred,
            recorded=stored.recorded,
            by=stored.actor,
            discipline=getattr(event, "discipline", ""),
            line=line,
            unit=entry.subject.split(".", 3)[3] if order is not None else "",
        )


def unit_detail(unit: Unit, row: UnitRow, history: Iterable[tuple[Entry, Event]]) -> UnitDetail:
    """A unit with the newest of its history."""
    lines = [_line(entry, event) for entry, event in history]
    return UnitDetail(
        unit=row, capabilities=unit.capabilities, crew=unit.crew, history=tuple(reversed(lines[-HISTORY:]))
    )


def _line(entry: Entry, event: Event) -> HistoryLine:
    stored = entry.event
    at, recorded, what = stored.occurred, stored.recorded, stored.type
    match event:
        case StatusReported():
            return HistoryLine(
                at=at,
                recorded=recorded,
                what=what,
                code=event.code,
                meaning=event.meaning.value,
                source=event.source,
                by=event.by,
            )
        case UnitAssigned():
            return HistoryLine(
                at=at,
                recorded=recorded,
                what=what,
                incident=event.incident,
                number=event.number,
                by=event.by,
                reason=event.reason,
            )
        case ContactTimerSet():
            return HistoryLine(at=at, recorded=recorded, what=what, by=event.by, minutes=event.minutes)
        case AssignmentProgressed():
            return HistoryLine(at=at, recorded=recorded, what=what, state=event.state)
        case AssignmentEnded():
            return HistoryLine(at=at, recorded=recorded, what=what, why=event.why, reason=event.reason, by=event.by)
    return HistoryLine(at=at, recorded=recorded, what=what, by=stored.actor)
