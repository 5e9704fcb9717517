"""A unit: what can be sent. Its own reports, and the one assignment it can have, live in its own subject.

The unit's status (what it says it does) and its assignment (what it was ordered to do) are kept apart: a crew may
report "available" while a room still counts it as busy, and both are facts. The pack says which key means what.
"""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import (
    LATER,
    Command,
    Context,
    Discipline,
    Event,
    Expected,
    FunctionName,
    Id,
    Priority,
    Ref,
    Refused,
    Region,
    Short,
    split_ref,
)
from meldkamer.domain.clock import Millis
from meldkamer.domain.contact import (
    ContactMade,
    ContactTimer,
    ContactTimerSet,
    NoteContact,
    SetContactTimer,
    newest,
)
from meldkamer.domain.contact import decide as decide_contact
from meldkamer.domain.posting import Posting, PostingEnded, PostingProgressed, PostUnit, UnitPosted


class Meaning(enum.Enum):
    """What a status means, whatever key or code a discipline uses for it."""

    AVAILABLE = "available"
    STANDBY = "standby"
    ORDERED = "ordered"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    RETURNING = "returning"
    UNAVAILABLE = "unavailable"
    SPEECH = "speech"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"


FREE = frozenset({Meaning.AVAILABLE, Meaning.STANDBY, Meaning.RETURNING})
"""A unit in one of these can be sent without a reason."""

Progress = Literal["ordered", "acknowledged", "en_route", "on_scene", "transporting", "at_hospital"]

_PROGRESS: dict[Meaning, Progress] = {
    Meaning.EN_ROUTE: "en_route",
    Meaning.ON_SCENE: "on_scene",
    Meaning.TRANSPORTING: "transporting",
    Meaning.AT_HOSPITAL: "at_hospital",
}
_POSTED = FREE | {Meaning.ORDERED, Meaning.EN_ROUTE, Meaning.ON_SCENE}
"""A unit that goes to stand somewhere, or stands there, can be sent to an incident without a reason in one of these."""
_ENDS = frozenset({Meaning.AVAILABLE, Meaning.STANDBY, Meaning.RETURNING, Meaning.UNAVAILABLE})


class UnitRegistered(Event, frozen=True, kw_only=True, tag="unit.registered"):
    """The unit exists, belongs to this function, and can do this."""

    discipline: Discipline
    kind: Short
    function: FunctionName
    safety_region: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    base: Short = ""
    base_x: float | None = None
    base_y: float | None = None
    capabilities: tuple[Short, ...] = ()
    crew: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0


class StatusReported(Event, frozen=True, kw_only=True, tag="unit.status_reported"):
    """A status, from the unit itself or entered for it. When it was so is the event's occurred time."""

    code: Short
    meaning: Meaning
    source: Literal["unit", "room", "system"]
    manual: bool = False
    by: Short = ""


class UnitAssigned(Event, frozen=True, kw_only=True, tag="unit.assigned"):
    """The order: this unit, to this incident. Alerting follows from this event alone.

    told: the crew has the order already, by voice or on paper, so that nothing more goes out.
    """

    assignment: Id
    incident: Ref
    number: Short
    priority: Priority
    role: Short = ""
    reason: Short = ""
    by: Short
    told: bool = False


class AssignedBeside(Event, frozen=True, kw_only=True, tag="unit.assigned_beside"):
    """An order from an island for a unit that the network had ordered too: kept beside the one that stands."""

    assignment: Id
    incident: Ref
    number: Short
    priority: Priority
    role: Short = ""
    reason: Short = ""
    by: Short


class OrderChosen(Event, frozen=True, kw_only=True, tag="unit.order_chosen"):
    """A person decided that the order which was kept beside is the unit's order now."""

    assignment: Id
    by: Short


class AssignmentProgressed(Event, frozen=True, kw_only=True, tag="unit.assignment_progressed"):
    """How far the unit is with its order. expected: of a crew that says itself that it departs, how long the way is."""

    assignment: Id
    state: Progress
    expected: Expected | None = None


class AssignmentEnded(Event, frozen=True, kw_only=True, tag="unit.assignment_ended"):
    """The order is over. why: done, recalled, diverted, refused."""

    assignment: Id
    why: Literal["done", "recalled", "diverted", "undone"]
    reason: Short = ""
    by: Short = ""


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """An open order. Times in milliseconds UTC. told: see UnitAssigned."""

    assignment: str
    incident: str
    number: str
    priority: int
    role: str
    state: Progress
    ordered: Millis
    since: Millis
    by: str
    told: bool = False


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a unit. Moments are milliseconds UTC. status_since: when it was so. on_duty: since when it is in
    service, 0 while it is not, or nobody knows. work_from, work_until: its last work, from the order to its end, a
    diversion included; while it works, the end lies before the beginning. Both 0: none is known. heard: when its crew
    was heard of last (see `contact`), 0: never. contact: what was said last of its timer. posting:
    where it is to stand, or stands."""

    ref: str
    discipline: str
    kind: str
    function: str
    safety_region: int = 0
    base: str = ""
    base_x: float | None = None
    base_y: float | None = None
    capabilities: tuple[str, ...] = ()
    crew: int = 0
    status: str = ""
    meaning: Meaning = Meaning.UNKNOWN
    status_since: Millis = 0
    status_source: str = ""
    manual: bool = False
    emergency: bool = False
    speech: bool = False
    assignment: Assignment | None = None
    beside: tuple[Assignment, ...] = ()
    """Orders of an island that clashed with one of the network: for a person to decide."""
    ended: int = 0
    on_duty: Millis = 0
    work_from: Millis = 0
    work_until: Millis = 0
    heard: Millis = 0
    contact: ContactTimer | None = None
    posting: Posting | None = None

    @property
    def call_sign(self) -> str:
        """The name on the radio: the id part of the reference."""
        return self.ref.partition("/")[2]

    @property
    def free(self) -> bool:
        """Whether it can be sent without a reason."""
        return self.assignment is None and self.meaning in (FREE if self.posting is None else _POSTED)

    @property
    def order(self) -> Assignment | Posting | None:
        """What its crew is to do now: go to an incident, or else to where it is to stand."""
        if self.assignment is not None or self.posting is None:
            return self.assignment
        return None if self.posting.state == "arrived" else self.posting

    @property
    def stand(self) -> tuple[float | None, float | None]:
        """Where it stands when nobody knows better, RD metres: where it was sent, once it is there, else its base."""
        if self.posting is not None and self.posting.state == "arrived":
            return self.posting.place.x, self.posting.place.y
        return self.base_x, self.base_y


# --- commands -------------------------------------------------------------------------------------------------------


class RegisterUnit(Command, frozen=True, kw_only=True, tag="register_unit"):
    """Make a unit known, or change what it is."""

    region: Region
    call_sign: Id
    discipline: Discipline
    kind: Short
    function: FunctionName
    safety_region: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    base: Short = ""
    base_x: float | None = None
    base_y: float | None = None
    capabilities: tuple[Short, ...] = ()
    crew: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0


class ReportStatus(Command, frozen=True, kw_only=True, tag="report_status"):
    """A status report. `meaning` is looked up in the pack by the room."""

    unit: Ref
    code: Short
    source: Literal["unit", "room", "system"] = "room"
    manual: bool = True
    meaning: Meaning = Meaning.UNKNOWN


class AssignUnit(Command, frozen=True, kw_only=True, tag="assign_unit"):
    """Send a unit. `override`: the reason to send one that is not free, or perhaps in use by a room that is cut off;
    `divert`: take it off its present order; `alone`: the sender knows that this room is cut off, and orders still.
    `told`: it was given by voice or on paper already: a fact, and nothing goes out."""

    unit: Ref
    assignment: Id
    incident: Ref
    number: Short = ""
    priority: Priority = 3
    role: Short = ""
    reason: Short = ""
    divert: bool = False
    override: Short = ""
    alone: bool = False
    told: bool = False


class AcknowledgeOrder(Command, frozen=True, kw_only=True, tag="acknowledge_order"):
    """The crew has read the order."""

    unit: Ref
    assignment: Id


class RecallUnit(Command, frozen=True, kw_only=True, tag="recall_unit"):
    """Call a unit back."""

    unit: Ref
    reason: Short = ""


class ChooseOrder(Command, frozen=True, kw_only=True, tag="choose_order"):
    """Let one of a unit's orders on both sides of a cut stand; given by the rule that follows a person's choice."""

    unit: Ref
    assignment: Id


UnitCommand = (
    RegisterUnit
    | ReportStatus
    | AssignUnit
    | AcknowledgeOrder
    | RecallUnit
    | ChooseOrder
    | NoteContact
    | SetContactTimer
    | PostUnit
)


def functions_needed(unit: Unit | None, command: UnitCommand) -> tuple[tuple[str, ...], ...]:
    """Ordering and recalling need the unit's home dispatch function; reports and acknowledgements are facts."""
    if unit is not None and isinstance(command, AssignUnit | RecallUnit | ChooseOrder | PostUnit):
        return ((unit.function,),)
    return ()


def decide(unit: Unit | None, command: UnitCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if isinstance(command, RegisterUnit):
        return _register(unit, command)
    if unit is None:
        raise Refused("unit.unknown", unit=command.unit)
    match command:
        case ReportStatus():
            return _report(unit, command, context)
        case AssignUnit():
            return _assign(unit, command, context)
        case AcknowledgeOrder():
            current = unit.order
            if current is None or current.assignment != command.assignment:
                raise Refused("unit.order_over", unit=unit.call_sign)
            if current.state != "ordered":
                return []
            if isinstance(current, Posting):
                return [PostingProgressed(assignment=current.assignment, state="acknowledged")]
            return [AssignmentProgressed(assignment=current.assignment, state="acknowledged")]
        case RecallUnit():
            if unit.assignment is None and unit.posting is not None:
                return [_unposted(unit.posting, "recalled", context, command.reason)]
            if unit.assignment is None:
                raise Refused("unit.not_assigned", unit=unit.call_sign)
            return [
                AssignmentEnded(
                    assignment=unit.assignment.assignment, why="recalled", reason=command.reason, by=context.actor
                )
            ]
        case ChooseOrder():
            return _choose(unit, command, context)
        case NoteContact() | SetContactTimer():
            return decide_contact(unit.contact, command, context)
        case PostUnit():
            return _post(unit, command, context)


def _choose(unit: Unit, command: ChooseOrder, context: Context) -> list[Event]:
    """The others end; nothing when this one is over, or stands alone."""
    orders = [*([unit.assignment] if unit.assignment is not None else []), *unit.beside]
    ids = [order.assignment for order in orders]
    if command.assignment not in ids or not unit.beside:
        return []
    events: list[Event] = [
        AssignmentEnded(assignment=id, why="recalled", by=context.actor) for id in ids if id != command.assignment
    ]
    if unit.assignment is None or unit.assignment.assignment != command.assignment:
        events.append(OrderChosen(assignment=command.assignment, by=context.actor))
    return events


def _register(unit: Unit | None, command: RegisterUnit) -> list[Event]:
    if command.base_x is not None and command.base_y is None:
        raise Refused("unit.base_half_given", unit=command.call_sign)
    event = UnitRegistered(
        discipline=command.discipline,
        kind=command.kind,
        function=command.function,
        safety_region=command.safety_region,
        base=command.base,
        base_x=command.base_x,
        base_y=command.base_y,
        capabilities=command.capabilities,
        crew=command.crew,
    )
    if unit is not None and all(getattr(unit, f) == getattr(event, f) for f in event.__struct_fields__):
        return []
    return [event]


def _report(unit: Unit, command: ReportStatus, context: Context) -> list[Event]:
    events: list[Event] = [
        StatusReported(
            code=command.code,
            meaning=command.meaning,
            source=command.source,
            manual=command.manual,
            by=context.actor if command.source == "room" else "",
        )
    ]
    current = unit.assignment
    if current is None:
        return events + _follows(unit.posting, command, context)
    if context.occurred is not None and context.occurred < current.since - LATER:
        # It belongs to what was before: it neither moves the newer order back nor ends it.
        return events
    state = _PROGRESS.get(command.meaning)
    if state is not None and state != current.state:
        said_itself = state == "en_route" and command.source == "unit" and not command.manual
        expected = context.expected if said_itself else None
        events.append(AssignmentProgressed(assignment=current.assignment, state=state, expected=expected))
    elif command.meaning in _ENDS and not (command.meaning in FREE and current.state in ("ordered", "acknowledged")):
        # "Available" from a crew that has not left yet is the status it had when the order came, not the end of it.
        events.append(AssignmentEnded(assignment=current.assignment, why="done", by=context.actor))
    return events


def _assign(unit: Unit, command: AssignUnit, context: Context) -> list[Event]:
    events: list[Event] = []
    current = unit.assignment
    if current is not None:
        if current.incident == command.incident:
            raise Refused("unit.already_there", unit=unit.call_sign, number=current.number)
        if not command.divert:
            raise Refused("unit.busy", unit=unit.call_sign, number=current.number)
        if not command.reason:
            raise Refused("unit.divert_reason_needed", unit=unit.call_sign, number=current.number)
        events.append(
            AssignmentEnded(assignment=current.assignment, why="diverted", reason=command.reason, by=context.actor)
        )
    elif not unit.free and not command.override and not command.told:
        raise Refused("unit.not_free", unit=unit.call_sign, status=unit.meaning.value)
    events.append(
        UnitAssigned(
            assignment=command.assignment,
            incident=command.incident,
            number=command.number,
            priority=command.priority,
            role=command.role,
            reason=command.reason or command.override,
            by=context.actor,
            told=command.told,
        )
    )
    if command.told:
        events.append(AssignmentProgressed(assignment=command.assignment, state="acknowledged"))
    return events


def _post(unit: Unit, command: PostUnit, context: Context) -> list[Event]:
    """A free unit goes to stand somewhere; where it was to stand before is over."""
    if unit.assignment is not None:
        raise Refused("unit.busy", unit=unit.call_sign, number=unit.assignment.number)
    if not unit.free and not command.told:
        raise Refused("unit.not_free", unit=unit.call_sign, status=unit.meaning.value)
    if not command.place.known:
        raise Refused("posting.no_point", unit=unit.call_sign, place=command.place.text or command.post)
    events: list[Event] = [] if unit.posting is None else [_unposted(unit.posting, "replaced", context)]
    events.append(UnitPosted(assignment=command.assignment, place=command.place, by=context.actor, told=command.told))
    if command.told:
        events.append(PostingProgressed(assignment=command.assignment, state="acknowledged"))
    return events


def _follows(posting: Posting | None, command: ReportStatus, context: Context) -> list[Event]:
    """What a status means for where a unit is to stand. "At base" from a crew that has not left yet is where it was."""
    if posting is None or (context.occurred is not None and context.occurred < posting.since - LATER):
        return []
    state, meaning = posting.state, command.meaning
    if meaning is Meaning.UNAVAILABLE:
        return [_unposted(posting, "left", context)]
    if state == "arrived":
        return [_unposted(posting, "left", context)] if meaning in (Meaning.EN_ROUTE, Meaning.RETURNING) else []
    if meaning is Meaning.EN_ROUTE and state != "en_route":
        return [PostingProgressed(assignment=posting.assignment, state="en_route")]
    if meaning is Meaning.ON_SCENE or (meaning is Meaning.STANDBY and state == "en_route"):
        return [PostingProgressed(assignment=posting.assignment, state="arrived")]
    return []


def _unposted(
    posting: Posting, why: Literal["recalled", "replaced", "left"], context: Context, reason: str = ""
) -> PostingEnded:
    return PostingEnded(assignment=posting.assignment, why=why, reason=reason, by=context.actor)


def evolve(unit: Unit | None, event: Event, ref: str, occurred: Millis) -> Unit:
    """The unit after the event. Total: a late report enters the history but does not undo a newer status."""
    replace = msgspec.structs.replace
    if isinstance(event, UnitRegistered):
        facts = {f: getattr(event, f) for f in event.__struct_fields__}
        return Unit(ref=ref, **facts) if unit is None else replace(unit, **facts)
    if unit is None:
        raise ValueError(f"{ref}: {type(event).__name__} before the unit was registered")
    if occurred > unit.heard and _says_itself(event):
        unit = replace(unit, heard=occurred)
    match event:
        case StatusReported():
            if event.meaning is Meaning.SPEECH:
                return replace(unit, speech=True)
            if event.meaning is Meaning.EMERGENCY:
                return replace(unit, emergency=True)
            if occurred < unit.status_since:
                return unit
            return replace(
                unit,
                status=event.code,
                meaning=event.meaning,
                status_since=occurred,
                status_source=event.source,
                manual=event.manual,
                emergency=False,
                speech=False,
                on_duty=_on_duty(unit, event, occurred),
            )
        case UnitAssigned():
            working = unit.work_until < unit.work_from
            return replace(
                unit,
                assignment=_ordered(event, occurred),
                work_from=unit.work_from if working else occurred,
                work_until=unit.work_until if working else 0,
                # It goes from where it stands; where it was still going to is over.
                posting=unit.posting if unit.order is None else None,
            )
        case UnitPosted():
            if unit.assignment is not None or (unit.posting is not None and unit.posting.ordered > occurred):
                return unit  # learnt after a cut: an incident comes first, and of two places the one said last
            return replace(unit, posting=_posted(event, occurred))
        case PostingProgressed() if unit.posting is not None and unit.posting.assignment == event.assignment:
            return replace(unit, posting=replace(unit.posting, state=event.state, since=occurred))
        case PostingEnded() if unit.posting is not None and unit.posting.assignment == event.assignment:
            return replace(unit, posting=None)
        case AssignedBeside():
            return replace(unit, beside=(*unit.beside, _ordered(event, occurred)))
        case AssignmentProgressed() if unit.assignment is not None and unit.assignment.assignment == event.assignment:
            return replace(unit, assignment=replace(unit.assignment, state=event.state, since=occurred))
        case AssignmentEnded() if unit.assignment is not None and unit.assignment.assignment == event.assignment:
            until = unit.work_until if event.why == "diverted" else max(occurred, unit.work_from)
            # Who is sent on is still out there: the timer goes along. With any other end somebody saw to the unit.
            over = ContactTimer(minutes=0, since=occurred)
            contact = unit.contact if event.why == "diverted" else newest(unit.contact, over)
            posting = unit.posting if event.why == "diverted" else None  # it goes home from its work
            return replace(
                unit, assignment=None, ended=unit.ended + 1, work_until=until, contact=contact, posting=posting
            )
        case OrderChosen(assignment=id):
            chosen = next((order for order in unit.beside if order.assignment == id), unit.assignment)
            return replace(unit, assignment=chosen, beside=tuple(o for o in unit.beside if o is not chosen))
        case AssignmentEnded():
            return replace(unit, beside=tuple(one for one in unit.beside if one.assignment != event.assignment))
        case ContactTimerSet(minutes=minutes, by=by):
            return replace(unit, contact=newest(unit.contact, ContactTimer(minutes=minutes, since=occurred, by=by)))
    return unit


def _says_itself(event: Event) -> bool:
    """Whether the crew let itself be heard: by its own report, its acknowledgement, or to somebody who says so."""
    match event:
        case StatusReported():
            return event.source == "unit"
        case AssignmentProgressed() | PostingProgressed():
            return event.state == "acknowledged"
    return isinstance(event, ContactMade)


def _on_duty(unit: Unit, event: StatusReported, occurred: Millis) -> Millis:
    """Since when it is in service: what came between going out of service and coming back is no duty."""
    if event.meaning is Meaning.UNAVAILABLE:
        return 0
    return occurred if unit.meaning is Meaning.UNAVAILABLE else unit.on_duty


def _ordered(event: UnitAssigned | AssignedBeside, occurred: Millis) -> Assignment:
    return Assignment(
        assignment=event.assignment,
        incident=event.incident,
        number=event.number,
        priority=event.priority,
        role=event.role,
        state="ordered",
        ordered=occurred,
        since=occurred,
        by=event.by,
        told=isinstance(event, UnitAssigned) and event.told,
    )


def _posted(event: UnitPosted, occurred: Millis) -> Posting:
    return Posting(
        assignment=event.assignment,
        place=event.place,
        state="ordered",
        ordered=occurred,
        since=occurred,
        by=event.by,
        told=event.told,
    )


def home_region(unit: str) -> str:
    """The region in whose stream a unit lives; lending never moves it."""
    return split_ref(unit)[0]
