"""Alarms that somebody set aside for a while: with an end, a name, and in the sight of everybody in the room.

An emergency button is never set aside. What is set aside comes back by itself at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Refused, Short
from meldkamer.domain.clock import Millis

RoomCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]
Cause = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[a-z_]+$(?!\n)")]
"""What kind of alarm it is: `emergency`, `waiting`, `unseen`, …"""
Key = Annotated[Short, msgspec.Meta(min_length=1)]
"""Which alarm it is: follows from what it is about, so every desk of the room has the same one."""
LONGEST_MINUTES = 30
Minutes = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_MINUTES)]
NEVER = "emergency"


class AlarmShelved(Event, frozen=True, kw_only=True, tag="desk.alarm_shelved"):
    """Somebody set an alarm aside. text: how it was shown."""

    cause: Short
    key: Short
    text: Short
    by: Short
    until: Millis


class AlarmUnshelved(Event, frozen=True, kw_only=True, tag="desk.alarm_unshelved"):
    """Somebody took it back before its end."""

    key: Short
    by: Short


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that is set aside until then."""

    cause: str
    key: str
    text: str
    by: str
    at: Millis
    until: Millis


class ShelveAlarm(Command, frozen=True, kw_only=True, tag="shelve_alarm"):
    """Set an alarm of the own room aside for so many minutes."""

    room: RoomCode
    cause: Cause
    key: Key
    text: Short
    minutes: Minutes


class UnshelveAlarm(Command, frozen=True, kw_only=True, tag="unshelve_alarm"):
    """Take it back now."""

    room: RoomCode
    key: Key


ShelfCommand = ShelveAlarm | UnshelveAlarm
ShelfEvent = AlarmShelved | AlarmUnshelved


def decide(shelved: Sequence[Shelved], command: ShelfCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if context.room != command.room:
        raise Refused("desk.not_your_room", room=command.room)
    match command:
        case ShelveAlarm():
            if command.cause == NEVER:
                raise Refused("alarm.never_shelved")
            until = context.now + command.minutes * 60_000
            return [
                AlarmShelved(cause=command.cause, key=command.key, text=command.text, by=context.actor, until=until)
            ]
        case UnshelveAlarm():
            known = any(s.key == command.key for s in shelved)
            return [AlarmUnshelved(key=command.key, by=context.actor)] if known else []


def shelved_after(shelved: Sequence[Shelved], event: ShelfEvent, occurred: Millis) -> tuple[Shelved, ...]:
    """What is set aside after the event; what has ended meanwhile is forgotten."""
    rest = tuple(s for s in shelved if s.key != event.key and s.until > occurred)
    if isinstance(event, AlarmUnshelved):
        return rest
    return (
        *rest,
        Shelved(cause=event.cause, key=event.key, text=event.text, by=event.by, at=occurred, until=event.until),
    )
