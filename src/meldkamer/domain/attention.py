"""Attention messages (attentieberichten): a short word to those who serve, with whom it is for and a required end.

It is over by itself at its end: that follows from what was said, and is no act. What is said of one across a cut
unites whichever side is folded first: the latest end counts, what is withdrawn stays withdrawn, and of one telling that
came twice the first one stands. Words that may name a person are sealed, as the lines of an incident are.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import (
    DISCIPLINES,
    Command,
    Context,
    Event,
    Id,
    Location,
    Mask,
    Ref,
    Refused,
    Region,
    SealedByField,
    Short,
    working_in,
)
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident_rules import compartment_for

NATIONAL = "NL"
"""What is for a room or for everybody stands here, as talks do."""
LONGEST_HOURS = 72
LONGEST: Millis = LONGEST_HOURS * 60 * 60 * 1000
"""So far ahead its end may lie, milliseconds: whoever wants it longer says so again, and why."""
Scope = Literal["unit", "units", "room", "all"]
"""Whom it is for: one unit, the units of disciplines in a region, whoever sits in a room, everybody."""
Compartment = Literal["caller", "medical", "police"]
RoomCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]
Urgency = Annotated[int, msgspec.Meta(ge=1, le=3)]
"""1: first. It orders the list and nothing else."""
Until = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Source = Annotated[str, msgspec.Meta(max_length=120)]
Why = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class AttentionWritten(Event, frozen=True, kw_only=True, tag="attention.written"):
    """Somebody asks attention. unit: a call sign; to_room: a room; audience: the disciplines whose people it is for.
    until: milliseconds UTC. source: who says so, an authority or a service. location: where it is about."""

    by: Short
    room: Short
    seat: Short = ""
    scope: Scope
    unit: Short = ""
    to_room: Short = ""
    audience: Mask
    compartment: Compartment
    priority: int
    until: Millis
    incident: Ref | None = None
    location: Location | None = None
    text: SealedByField = None
    source: SealedByField = None


class AttentionProlonged(Event, frozen=True, kw_only=True, tag="attention.prolonged"):
    """It holds longer than was said before."""

    by: Short
    room: Short
    audience: Mask
    compartment: Compartment
    until: Millis
    reason: SealedByField = None


class AttentionWithdrawn(Event, frozen=True, kw_only=True, tag="attention.withdrawn"):
    """It holds no more, for good."""

    by: Short
    room: Short
    audience: Mask
    compartment: Compartment
    reason: SealedByField = None


class AttentionPassedOn(Event, frozen=True, kw_only=True, tag="attention.passed_on"):
    """Somebody told it to a unit, or has seen it at this desk (unit: empty)."""

    by: Short
    room: Short
    seat: Short = ""
    audience: Mask
    unit: Short = ""


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """Who told it to which unit (or has seen it at which desk), and when."""

    at: Millis
    by: str
    room: str
    seat: str
    unit: str


class Prolonged(msgspec.Struct, frozen=True, kw_only=True):
    """Who let it hold until when. reason: None where it is closed."""

    at: Millis
    by: str
    room: str
    until: Millis
    reason: str | None = None


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """Who withdrew it and when. reason: None where it is closed."""

    at: Millis
    by: str
    room: str
    reason: str | None = None


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """A message with all that was said of it. until: the latest end that anybody gave it. text, source: None where
    they are closed. passed: of each unit and each desk the first time, in order of time."""

    ref: str
    at: Millis
    by: str
    room: str
    seat: str
    scope: Scope
    unit: str
    to_room: str
    audience: str
    compartment: Compartment
    priority: int
    until: Millis
    incident: str | None
    location: Location | None
    text: str | None = None
    source: str | None = None
    passed: tuple[Passed, ...] = ()
    prolonged: tuple[Prolonged, ...] = ()
    withdrawn: Withdrawn | None = None

    @property
    def over(self) -> Millis:
        """From when on it does not count."""
        return self.until if self.withdrawn is None else min(self.withdrawn.at, self.until)

    def counts(self, now: Millis) -> bool:
        """Whether it counts at this moment."""
        return self.withdrawn is None and self.until > now


class WriteAttention(Command, frozen=True, kw_only=True, tag="write_attention"):
    """Ask attention. `attention` comes from the desk. region: of the unit or of the units; `NL` for a room or for
    everybody. audience: of a unit it is filled in by the room; empty for a room or everybody: all disciplines.

    Raises ValueError when it is not clear whom it is for, which for the API is input that is not valid.
    """

    region: Region
    attention: Id
    scope: Scope
    unit: Id | None = None
    room: RoomCode | None = None
    audience: Mask = ""
    priority: Urgency = 2
    until: Until
    text: Words
    source: Source = ""
    incident: Ref | None = None
    location: Location | None = None

    def __post_init__(self) -> None:
        if wrong := fault(self):
            raise ValueError(wrong)


class ProlongAttention(Command, frozen=True, kw_only=True, tag="prolong_attention"):
    """Let it hold longer, and say why."""

    attention: Ref
    until: Until
    reason: Why


class WithdrawAttention(Command, frozen=True, kw_only=True, tag="withdraw_attention"):
    """Let it hold no more, and say why. It does not come back: what counts again is written again."""

    attention: Ref
    reason: Why


class PassOnAttention(Command, frozen=True, kw_only=True, tag="pass_on_attention"):
    """Say that a unit was told, or without a unit that it was seen at this desk."""

    attention: Ref
    unit: Id | None = None


AttentionCommand = WriteAttention | ProlongAttention | WithdrawAttention | PassOnAttention
AttentionEvent = AttentionWritten | AttentionProlonged | AttentionWithdrawn | AttentionPassedOn


def fault(command: WriteAttention) -> str:
    """What is wrong with whom it is for, empty when nothing is."""
    if (command.unit is not None) != (command.scope == "unit"):
        return "a unit is named when it is for one unit, and only then"
    if (command.room is not None) != (command.scope == "room"):
        return "a room is named when it is for a room, and only then"
    if command.scope == "units" and not command.audience:
        return "for the units of which disciplines"
    if command.scope in ("room", "all") and command.region != NATIONAL:
        return f"what is for a room or for everybody stands in {NATIONAL}"
    return ""


def functions_needed(attention: Attention | None, command: AttentionCommand) -> tuple[tuple[str, ...], ...]:
    """The functions of which the writer's room must prove ownership: of every inner tuple at least one.

    What is said to units is for whoever serves them; what people of rooms say to each other needs none, and that
    somebody was told is a fact.
    """
    if isinstance(command, PassOnAttention):
        return ()
    if isinstance(command, WriteAttention):
        region, scope, audience = command.region, command.scope, command.audience
    elif attention is None:
        return ()
    else:
        region, scope, audience = attention.ref.partition("/")[0], attention.scope, attention.audience
    return tuple(working_in(region, d) for d in audience) if scope in ("unit", "units") else ()


def decide(attention: Attention | None, command: AttentionCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if isinstance(command, WriteAttention):
        return _write(attention, command, context)
    if attention is None:
        raise Refused("attention.unknown")
    if isinstance(command, PassOnAttention):
        return _pass_on(attention, command, context)
    if attention.scope == "room" and context.room not in (attention.room, attention.to_room):
        raise Refused("attention.other_room", room=attention.room, to=attention.to_room)
    if not command.reason.strip():
        raise Refused("attention.say_why")
    if isinstance(command, WithdrawAttention):
        if attention.withdrawn is not None:
            return []
        if not attention.counts(context.now):
            raise Refused("attention.over")
        return [
            AttentionWithdrawn(
                by=context.actor,
                room=context.room,
                audience=attention.audience,
                compartment=attention.compartment,
                reason=command.reason,
            )
        ]
    if not attention.counts(context.now):
        raise Refused("attention.over")
    if command.until <= attention.until:
        raise Refused("attention.not_longer")
    _must_end(command.until, context)
    return [
        AttentionProlonged(
            by=context.actor,
            room=context.room,
            audience=attention.audience,
            compartment=attention.compartment,
            until=command.until,
            reason=command.reason,
        )
    ]


def evolve(attention: Attention | None, event: Event, ref: str, occurred: Millis) -> Attention:
    """The message after the event. Raises ValueError for what is said of one that was never written."""
    replace = msgspec.structs.replace
    if attention is None:
        if not isinstance(event, AttentionWritten):
            raise ValueError(f"attention message {ref} begins with {type(event).__name__}")
        facts = {name: getattr(event, name) for name in event.__struct_fields__}
        return Attention(ref=ref, at=occurred, **facts)
    match event:
        case AttentionProlonged():
            longer = Prolonged(at=occurred, by=event.by, room=event.room, until=event.until, reason=event.reason)
            prolonged = sorted((*attention.prolonged, longer), key=lambda p: (p.at, p.until, p.room, p.by))
            return replace(attention, prolonged=tuple(prolonged), until=max(attention.until, event.until))
        case AttentionWithdrawn():
            found = Withdrawn(at=occurred, by=event.by, room=event.room, reason=event.reason)
            known = attention.withdrawn or found
            first = min(known, found, key=lambda w: (w.at, w.room, w.by))
            return replace(attention, withdrawn=first)
        case AttentionPassedOn():
            told = Passed(at=occurred, by=event.by, room=event.room, seat=event.seat, unit=event.unit)
            return replace(attention, passed=_with(attention.passed, told))
    return attention


def _write(attention: Attention | None, command: WriteAttention, context: Context) -> list[Event]:
    if attention is not None:
        raise Refused("attention.exists")
    if not command.text.strip():
        raise Refused("attention.empty")
    _must_end(command.until, context)
    return [
        AttentionWritten(
            by=context.actor,
            room=context.room,
            seat=context.seat,
            scope=command.scope,
            unit=command.unit or "",
            to_room=command.room or "",
            audience=command.audience or DISCIPLINES,
            compartment=compartment_for(command.audience),
            priority=command.priority,
            until=command.until,
            incident=command.incident,
            location=command.location,
            text=command.text,
            source=command.source or None,
        )
    ]


def _pass_on(attention: Attention, command: PassOnAttention, context: Context) -> list[Event]:
    unit = command.unit or ""
    told = Passed(at=context.now, by=context.actor, room=context.room, seat=context.seat, unit=unit)
    if _to(told) in map(_to, attention.passed):
        return []
    return [
        AttentionPassedOn(
            by=context.actor, room=context.room, seat=context.seat, audience=attention.audience, unit=unit
        )
    ]


def _must_end(until: Millis, context: Context) -> None:
    if until <= context.now:
        raise Refused("attention.ended")
    if until - context.now > LONGEST:
        raise Refused("attention.too_long", hours=LONGEST_HOURS)


def _to(told: Passed) -> tuple[str, str]:
    """Which unit, or which desk; a person without a seat is a desk of their own."""
    return ("", told.unit) if told.unit else (told.room, told.seat or told.by)


def _with(passed: tuple[Passed, ...], told: Passed) -> tuple[Passed, ...]:
    first: dict[tuple[str, str], Passed] = {}
    for one in sorted((*passed, told), key=_order):
        first.setdefault(_to(one), one)
    return tuple(first.values())


def _order(told: Passed) -> tuple[Millis, str, str, str, str]:
    return (told.at, told.unit, told.room, told.seat, told.by)
