"""When a room has more calls than it can answer: a peak that a person declares, and overflow that its load opens.

Both stand in the record of the room's desk, so that every room sees the same, and since when, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Refused, Short
from meldkamer.domain.clock import Millis

RoomCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]
Count = Annotated[int, msgspec.Meta(ge=0)]


class PeakDeclared(Event, frozen=True, kw_only=True, tag="desk.peak_declared"):
    """A person said that the room has more than it can answer: what nobody there is free for goes on at once."""

    by: Short
    reason: Short


class PeakEnded(Event, frozen=True, kw_only=True, tag="desk.peak_ended"):
    """A person said that the peak is over."""

    by: Short


class OverflowOpened(Event, frozen=True, kw_only=True, tag="desk.overflow_opened"):
    """More calls of a kind (`B.intake`) wait than the room can answer. limit: calls per seat at which this happens."""

    kind: Short
    waiting: int
    seats: int
    limit: float


class OverflowClosed(Event, frozen=True, kw_only=True, tag="desk.overflow_closed"):
    """The load has been low enough for long enough. limit: calls per seat at which this happens."""

    kind: Short
    waiting: int
    seats: int
    limit: float


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """A peak that lasts."""

    by: str
    reason: str
    since: Millis


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """Overflow by load that is open, and the figures that opened it."""

    since: Millis
    waiting: int
    seats: int
    limit: float


class DeclarePeak(Command, frozen=True, kw_only=True, tag="declare_peak"):
    """Say that one's own room has more calls than it can answer."""

    room: RoomCode
    reason: Annotated[Short, msgspec.Meta(min_length=1)]


class EndPeak(Command, frozen=True, kw_only=True, tag="end_peak"):
    """Say that the peak of one's own room is over."""

    room: RoomCode


class NoteOverflow(Command, frozen=True, kw_only=True, tag="note_overflow"):
    """The load of a kind of function went over its limit, or is low again; given by the distribution's rule."""

    room: RoomCode
    kind: Annotated[Short, msgspec.Meta(min_length=1)]
    open: bool
    waiting: Count
    seats: Count
    limit: float


PeakCommand = DeclarePeak | EndPeak | NoteOverflow
PeakEvent = PeakDeclared | PeakEnded | OverflowOpened | OverflowClosed


def decide(peak: Peak | None, open_: Mapping[str, Overflow], command: PeakCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason. Only a room itself speaks of its own load."""
    if context.room != command.room:
        raise Refused("desk.not_your_room", room=command.room)
    match command:
        case DeclarePeak():
            if peak is not None:
                raise Refused("desk.peak_already", room=command.room, by=peak.by)
            return [PeakDeclared(by=context.actor, reason=command.reason)]
        case EndPeak():
            return [] if peak is None else [PeakEnded(by=context.actor)]
        case NoteOverflow():
            if command.open == (command.kind in open_):
                return []
            event = OverflowOpened if command.open else OverflowClosed
            return [
                event(kind=command.kind, waiting=command.waiting, seats=command.seats, limit=command.limit),
            ]


def peak_after(peak: Peak | None, event: PeakEvent, occurred: Millis) -> Peak | None:
    """The declared peak after the event."""
    if isinstance(event, PeakDeclared):
        return Peak(by=event.by, reason=event.reason, since=occurred)
    return None if isinstance(event, PeakEnded) else peak


def open_after(open_: Mapping[str, Overflow], event: PeakEvent, occurred: Millis) -> dict[str, Overflow]:
    """The kinds whose overflow by load is open after the event."""
    if isinstance(event, OverflowOpened):
        now = Overflow(since=occurred, waiting=event.waiting, seats=event.seats, limit=event.limit)
        return {**open_, event.kind: now}
    if isinstance(event, OverflowClosed):
        return {kind: overflow for kind, overflow in open_.items() if kind != event.kind}
    return dict(open_)
