"""What may be done to an incident, by whom, and what follows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain import incident as i
from meldkamer.domain.basics import (
    Command,
    Context,
    Discipline,
    Event,
    FunctionName,
    Id,
    Location,
    Mask,
    Priority,
    Ref,
    Refused,
    Region,
    Short,
    Text,
    split_ref,
)
from meldkamer.domain.clock import Millis
from meldkamer.domain.question import AnswerText, Given, QuestionAnswered, SetVersion

MOST_ANSWERS = 60
"""Answers that may come with an incident that is opened: a long set, answered and answered again."""
MOST_CHARACTERISTICS = 40
Text1 = Annotated[Text, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class OpenIncident(Command, frozen=True, kw_only=True, tag="open_incident"):
    """Something is happening there. May be saved at any completeness. `number` is filled by the room."""

    incident: Id
    region: Region
    location: Location = Location()
    disciplines: Mask = ""
    class_code: Short = ""
    class_text: Short = ""
    priority: Priority = 3
    call: Ref | None = None
    note: Text = ""
    number: Short = ""
    characteristics: Annotated[dict[Name, Name], msgspec.Meta(max_length=MOST_CHARACTERISTICS)] = msgspec.field(
        default_factory=dict
    )
    answers: Annotated[tuple[Given, ...], msgspec.Meta(max_length=MOST_ANSWERS)] = ()


class StartTrack(Command, frozen=True, kw_only=True, tag="start_track"):
    """Let a discipline take part."""

    incident: Ref
    discipline: Discipline
    priority: Priority
    class_code: Short = ""
    class_text: Short = ""


class Classify(Command, frozen=True, kw_only=True, tag="classify"):
    """Give the class of these disciplines' tracks."""

    incident: Ref
    disciplines: Mask
    class_code: Short
    class_text: Short = ""


class Prioritise(Command, frozen=True, kw_only=True, tag="prioritise"):
    """Give the priority of these disciplines' tracks."""

    incident: Ref
    disciplines: Mask
    priority: Priority


class Relocate(Command, frozen=True, kw_only=True, tag="relocate"):
    """The place is now this."""

    incident: Ref
    location: Location


class SetCharacteristic(Command, frozen=True, kw_only=True, tag="set_characteristic"):
    """Set a characteristic; an empty value clears it."""

    incident: Ref
    name: Annotated[Short, msgspec.Meta(min_length=1)]
    value: Short


class AnswerQuestion(Command, frozen=True, kw_only=True, tag="answer_question"):
    """Answer a question of a question set; an empty answer takes it back. asked, audience: filled by the room."""

    incident: Ref
    set: Id
    version: SetVersion
    question: Id
    answer: AnswerText
    asked: Short = ""
    audience: Mask = ""


class ScaleUp(Command, frozen=True, kw_only=True, tag="scale_up"):
    """Scale up a discipline (letter) or all together (`multi`)."""

    incident: Ref
    scope: Literal["P", "B", "A", "K", "multi"]
    level: Annotated[Short, msgspec.Meta(min_length=1)]


class WriteNote(Command, frozen=True, kw_only=True, tag="write_note"):
    """Write a line. audience "" means: everybody who takes part. `line` comes from the desk: a repeat is harmless."""

    incident: Ref
    line: Id
    text: Text1
    audience: Mask = ""


class StrikeNote(Command, frozen=True, kw_only=True, tag="strike_note"):
    """Strike a line through."""

    incident: Ref
    line: Id
    reason: Short = ""


class JoinCall(Command, frozen=True, kw_only=True, tag="join_call"):
    """One more call about this incident."""

    incident: Ref
    call: Ref


class LinkIncident(Command, frozen=True, kw_only=True, tag="link_incident"):
    """It has to do with another incident."""

    incident: Ref
    other: Ref
    kind: i.LinkKind


class CloseTrack(Command, frozen=True, kw_only=True, tag="close_track"):
    """A discipline is done."""

    incident: Ref
    discipline: Discipline
    code: Annotated[Short, msgspec.Meta(min_length=1)]


class ReopenTrack(Command, frozen=True, kw_only=True, tag="reopen_track"):
    """A discipline is needed again."""

    incident: Ref
    discipline: Discipline
    reason: Annotated[Short, msgspec.Meta(min_length=1)]


class RequestUnit(Command, frozen=True, kw_only=True, tag="request_unit"):
    """Ask the owner of a unit's function for it."""

    incident: Ref
    request: Id
    unit: Ref
    function: FunctionName
    reason: Short = ""


class AnswerUnitRequest(Command, frozen=True, kw_only=True, tag="answer_unit_request"):
    """Grant or refuse what another room asked."""

    incident: Ref
    request: Id
    granted: bool
    reason: Short = ""


class RaiseConflict(Command, frozen=True, kw_only=True, tag="raise_conflict"):
    """Put a conflict before the people concerned; given by a rule."""

    incident: Ref
    conflict: Id
    about: Short
    kept: Short
    other: Short
    otherwise: Text = ""


class ResolveConflict(Command, frozen=True, kw_only=True, tag="resolve_conflict"):
    """Decide a conflict. `other` also does what makes the other one stand, where one command can."""

    incident: Ref
    conflict: Id
    choice: Literal["kept", "other", "neither"]
    reason: Short = ""


IncidentCommand = (
    OpenIncident
    | StartTrack
    | Classify
    | Prioritise
    | Relocate
    | SetCharacteristic
    | AnswerQuestion
    | ScaleUp
    | WriteNote
    | StrikeNote
    | JoinCall
    | LinkIncident
    | CloseTrack
    | ReopenTrack
    | RequestUnit
    | AnswerUnitRequest
    | RaiseConflict
    | ResolveConflict
)


def functions_needed(command: IncidentCommand) -> tuple[tuple[str, ...], ...]:
    """The functions of which the writer's room must prove ownership: of every inner tuple at least one.

    Facts (reports, notes, answers, joined calls, requests) need none and are never refused for want of ownership.
    """
    match command:
        case Classify() | Prioritise():
            region = split_ref(command.incident)[0]
            return tuple((f"{region}.{d}.intake", f"{region}.{d}.dispatch") for d in command.disciplines)
        case StartTrack():
            region = split_ref(command.incident)[0]
            return (
                (f"{region}.{command.discipline}.intake", f"{region}.{command.discipline}.dispatch", f"{region}.112"),
            )
        case CloseTrack() | ReopenTrack():
            return ((f"{split_ref(command.incident)[0]}.{command.discipline}.dispatch",),)
        case ScaleUp(scope="multi"):
            return ((f"{split_ref(command.incident)[0]}.multi",),)
        case ScaleUp():
            return ((f"{split_ref(command.incident)[0]}.{command.scope}.dispatch",),)
    return ()


def compartment_for(audience: str) -> Literal["caller", "medical", "police"]:
    """The compartment of a note: medical for ambulance staff alone, police for police and KMar alone."""
    if audience == "A":
        return "medical"
    if audience and set(audience) <= {"P", "K"}:
        return "police"
    return "caller"


def decide(incident: i.Incident | None, command: IncidentCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if isinstance(command, OpenIncident):
        return _open(incident, command, context)
    if incident is None:
        raise Refused("incident.unknown", incident=command.incident)
    match command:
        case StartTrack():
            return _start_track(incident, command)
        case Classify() | Prioritise():
            return _per_track(incident, command)
        case Relocate():
            return [] if command.location == incident.location else [i.Relocated(location=command.location)]
        case SetCharacteristic():
            return _characteristic(incident, command)
        case AnswerQuestion():
            return [_answered(command, context, 0)]
        case ScaleUp():
            if incident.scale.get(command.scope) == command.level:
                return []
            return [i.ScaledUp(scope=command.scope, level=command.level)]
        case WriteNote():
            return _note(incident, command, context)
        case StrikeNote():
            return _strike(incident, command, context)
        case JoinCall():
            return [] if command.call in incident.calls else [i.CallJoined(call=command.call)]
        case LinkIncident():
            if command.other == incident.ref:
                raise Refused("incident.linked_to_itself")
            known = (command.kind, command.other) in incident.links
            return [] if known else [i.IncidentLinked(other=command.other, kind=command.kind)]
        case CloseTrack():
            return _close(incident, command, context)
        case ReopenTrack(discipline=d):
            if _track(incident, d).closed is None:
                raise Refused("track.open", discipline=d)
            return [i.TrackReopened(discipline=d, reason=command.reason, by=context.actor)]
        case RequestUnit():
            if any(r.request == command.request for r in incident.requests):
                return []
            return [
                i.UnitRequested(
                    request=command.request,
                    unit=command.unit,
                    function=command.function,
                    by=context.actor,
                    room=context.room,
                    reason=command.reason,
                )
            ]
        case AnswerUnitRequest():
            return _answer_request(incident, command, context)
        case RaiseConflict():
            if any(c.conflict == command.conflict for c in incident.conflicts):
                return []
            return [
                i.ConflictFound(
                    conflict=command.conflict,
                    about=command.about,
                    kept=command.kept,
                    other=command.other,
                    otherwise=command.otherwise,
                )
            ]
        case ResolveConflict():
            return _resolve(incident, command, context)


def _open(incident: i.Incident | None, command: OpenIncident, context: Context) -> list[Event]:
    if incident is not None:
        raise Refused("incident.exists", incident=incident.ref, number=incident.number)
    events: list[Event] = [
        i.IncidentOpened(
            number=command.number,
            location=command.location,
            class_code=command.class_code,
            class_text=command.class_text,
        )
    ]
    events += [
        i.TrackStarted(
            discipline=d, priority=command.priority, class_code=command.class_code, class_text=command.class_text
        )
        for d in command.disciplines
    ]
    events += [i.CharacteristicSet(name=name, value=value) for name, value in command.characteristics.items()]
    if command.call is not None:
        events.append(i.CallJoined(call=command.call))
    events += [_answered(given, context, min(given.at, context.occurred or context.now)) for given in command.answers]
    if command.note.strip():
        audience = command.disciplines or "PBAK"
        events.append(
            i.NoteWritten(
                line=f"{command.incident[:56]}-1",
                audience=audience,
                compartment=compartment_for(audience),
                by=context.actor,
                text=command.note,
            )
        )
    return events


def _track(incident: i.Incident, discipline: str) -> i.Track:
    track = incident.tracks.get(discipline)
    if track is None:
        raise Refused("track.unknown", discipline=discipline)
    return track


def _open_track(incident: i.Incident, discipline: str) -> i.Track:
    track = _track(incident, discipline)
    if track.closed is not None:
        raise Refused("track.closed", discipline=discipline)
    return track


def _start_track(incident: i.Incident, command: StartTrack) -> list[Event]:
    track = incident.tracks.get(command.discipline)
    if track is not None:
        raise Refused("track.closed" if track.closed is not None else "track.started", discipline=command.discipline)
    return [
        i.TrackStarted(
            discipline=command.discipline,
            priority=command.priority,
            class_code=command.class_code or incident.class_code,
            class_text=command.class_text or incident.class_text,
        )
    ]


def _per_track(incident: i.Incident, command: Classify | Prioritise) -> list[Event]:
    if not command.disciplines:
        raise Refused("track.none_given")
    events: list[Event] = []
    for d in command.disciplines:
        track = _open_track(incident, d)
        if isinstance(command, Prioritise):
            if track.priority != command.priority:
                events.append(i.Prioritised(discipline=d, priority=command.priority))
        elif (track.class_code, track.class_text) != (command.class_code, command.class_text):
            events.append(i.Classified(discipline=d, class_code=command.class_code, class_text=command.class_text))
    return events


def _characteristic(incident: i.Incident, command: SetCharacteristic) -> list[Event]:
    current = incident.characteristics.get(command.name)
    if command.value == (current or ""):
        return []
    if not command.value:
        return [i.CharacteristicCleared(name=command.name)]
    return [i.CharacteristicSet(name=command.name, value=command.value)]


def _answered(given: Given | AnswerQuestion, context: Context, at: Millis) -> QuestionAnswered:
    # An answer is a fact: it is kept also where another room or version asks it otherwise, and never judged here.
    audience = given.audience or "PBAK"
    return QuestionAnswered(
        set=given.set,
        version=given.version,
        question=given.question,
        asked=given.asked,
        audience=audience,
        compartment=compartment_for(audience),
        by=context.actor,
        at=at,
        withdrawn=not given.answer,
        answer=given.answer or None,
    )


def _note(incident: i.Incident, command: WriteNote, context: Context) -> list[Event]:
    if not command.text.strip():
        raise Refused("note.empty")
    if any(n.line == command.line for n in incident.notes):
        raise Refused("note.line_exists", line=command.line)
    audience = command.audience or incident.disciplines or "PBAK"
    return [
        i.NoteWritten(
            line=command.line,
            audience=audience,
            compartment=compartment_for(audience),
            by=context.actor,
            text=command.text,
        )
    ]


def _strike(incident: i.Incident, command: StrikeNote, context: Context) -> list[Event]:
    note = next((n for n in incident.notes if n.line == command.line), None)
    if note is None:
        raise Refused("note.unknown", line=command.line)
    if note.struck_by:
        raise Refused("note.struck", by=note.struck_by)
    return [i.NoteStruck(line=command.line, by=context.actor, reason=command.reason)]


def _close(incident: i.Incident, command: CloseTrack, context: Context) -> list[Event]:
    _open_track(incident, command.discipline)
    if context.assigned:
        raise Refused("track.units_assigned", discipline=command.discipline, units=", ".join(context.assigned))
    return [i.TrackClosed(discipline=command.discipline, code=command.code, by=context.actor)]


def _answer_request(incident: i.Incident, command: AnswerUnitRequest, context: Context) -> list[Event]:
    request = next((r for r in incident.requests if r.request == command.request), None)
    if request is None:
        raise Refused("request.unknown")
    if request.granted is not None:
        raise Refused("request.answered")
    if not command.granted and not command.reason:
        raise Refused("request.reason_needed")
    return [
        i.UnitRequestAnswered(request=command.request, granted=command.granted, by=context.actor, reason=command.reason)
    ]


def _resolve(incident: i.Incident, command: ResolveConflict, context: Context) -> list[Event]:
    conflict = next((c for c in incident.conflicts if c.conflict == command.conflict), None)
    if conflict is None:
        raise Refused("conflict.unknown")
    if conflict.choice:
        raise Refused("conflict.resolved", by=conflict.by)
    resolved = i.ConflictResolved(
        conflict=command.conflict, choice=command.choice, by=context.actor, reason=command.reason
    )
    chosen = chosen_command(incident, command)
    return [resolved] if chosen is None else [*decide(incident, chosen, context), resolved]


def chosen_command(incident: i.Incident, command: ResolveConflict) -> IncidentCommand | None:
    """What else is to be done when the other value of a conflict is chosen; None when nothing is."""
    found = next((c for c in incident.conflicts if c.conflict == command.conflict), None)
    if found is None or command.choice != "other" or not found.otherwise:
        return None
    return _COMMANDS.decode(found.otherwise)


def command_text(command: IncidentCommand) -> str:
    """A command as it is kept in a conflict."""
    return msgspec.json.encode(command).decode()


_COMMANDS: msgspec.json.Decoder[IncidentCommand] = msgspec.json.Decoder(IncidentCommand)
