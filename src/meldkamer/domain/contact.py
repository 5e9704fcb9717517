"""Contact with units: when one was last heard of, and the timer that somebody set for it.

What counts as contact is what the crew itself lets be heard: its own status, its acknowledgement of an order, and what
a person says it heard. A position is no contact, as it comes from the vehicle whatever became of its crew; neither is a
status that the room entered, as that says what the room believes.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Ref, Short
from meldkamer.domain.clock import Millis

MINUTE: Millis = 60_000
LONGEST_MINUTES = 240
TimerMinutes = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MINUTES)]


class ContactMade(Event, frozen=True, kw_only=True, tag="unit.contact_made"):
    """Somebody heard of the crew. When is the event's occurred time."""

    by: Short


class ContactTimerSet(Event, frozen=True, kw_only=True, tag="unit.contact_timer_set"):
    """From now on the unit is to be heard of within so many minutes, again and again. 0: no more."""

    minutes: TimerMinutes
    by: Short


class ContactTimer(msgspec.Struct, frozen=True, kw_only=True):
    """What was said last of a unit's timer. minutes 0: it does not run. since: when it was set or stopped; by: whom by,
    empty when it ended with the unit's order."""

    minutes: int
    since: Millis
    by: str = ""


class NoteContact(Command, frozen=True, kw_only=True, tag="note_contact"):
    """Say that there was contact with a unit: a fact."""

    unit: Ref


class SetContactTimer(Command, frozen=True, kw_only=True, tag="set_contact_timer"):
    """Set or begin anew the timer of a unit, or stop it with 0 minutes."""

    unit: Ref
    minutes: TimerMinutes


ContactCommand = NoteContact | SetContactTimer


def decide(timer: ContactTimer | None, command: ContactCommand, context: Context) -> list[Event]:
    """What follows for a unit with this timer. Stopping what does not run changes nothing."""
    match command:
        case NoteContact():
            return [ContactMade(by=context.actor)]
        case SetContactTimer(minutes=minutes):
            if not minutes and (timer is None or not timer.minutes):
                return []
            return [ContactTimerSet(minutes=minutes, by=context.actor)]


def newest(known: ContactTimer | None, said: ContactTimer) -> ContactTimer:
    """What stands of a unit's timer: what was said last, in whatever order it is learnt. Said at one moment on both
    sides of a cut, the one that runs stands, and of two the shorter."""
    if known is None:
        return said
    return max(known, said, key=lambda one: (one.since, one.minutes > 0, -one.minutes, one.by))


def due(timer: ContactTimer | None, heard: Millis) -> Millis | None:
    """When a unit must have been heard of again, milliseconds UTC; None when no timer runs."""
    if timer is None or not timer.minutes:
        return None
    return max(timer.since, heard) + timer.minutes * MINUTE
