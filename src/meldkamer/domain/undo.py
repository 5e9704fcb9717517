"""Undo: a new, opposite event within ten seconds, offered only while the world has not moved on.

Nothing is taken back in the record. Orders and closed calls cannot be undone: what has left the house is called back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from meldkamer.domain import incident as i
from meldkamer.domain.basics import Command, Context, Event, Ref, Refused, Short
from meldkamer.domain.clock import Millis

UNDO_MILLIS = 10_000


class Undo(Command, frozen=True, kw_only=True, tag="undo"):
    """Undo what an own earlier command did to an incident."""

    incident: Ref
    command: Annotated[Short, msgspec.Meta(min_length=1)]


class Past(msgspec.Struct, frozen=True):
    """A stored event as the rules see it: what, when it was recorded, by whom, and from which command."""

    event: Event
    occurred: Millis
    recorded: Millis
    actor: str
    cause: str


def undo(ref: str, history: Sequence[Past], command: Undo, context: Context) -> list[Event]:
    """The opposite of what `command.command` did. Raises Refused when it is too late or no longer possible."""
    done = [p for p in history if p.cause == command.command]
    if not done:
        raise Refused("undo.unknown")
    if any(p.actor != context.actor for p in done):
        raise Refused("undo.not_yours")
    if context.now - max(p.recorded for p in done) > UNDO_MILLIS:
        raise Refused("undo.too_late", seconds=UNDO_MILLIS // 1000)
    before: i.Incident | None = None
    touched: dict[str, str] = {}
    opposites: list[Event] = []
    for past in history:
        if past.cause == command.command:
            if before is None:
                raise Refused("undo.not_possible", what=type(past.event).__name__)
            opposites.append(_opposite(before, past.event, context))
        key = _field(past.event)
        touched[key] = past.cause
        before = i.evolve(before, past.event, ref, past.occurred)
    if any(touched[_field(p.event)] != command.command for p in done):
        raise Refused("undo.moved_on")
    return opposites[::-1]


def _field(event: Event) -> str:
    """What an event changes, so that a later change of the same thing is seen."""
    kind = type(event)
    if isinstance(event, i.TrackClosed | i.TrackReopened):
        return f"closed:{event.discipline}"
    for name in ("discipline", "name", "scope", "line", "conflict", "request", "call", "other"):
        value = getattr(event, name, None)
        if isinstance(value, str):
            return f"{kind.__name__}:{value}".replace("CharacteristicCleared", "CharacteristicSet")
    return kind.__name__


def _opposite(before: i.Incident, event: Event, context: Context) -> Event:
    match event:
        case i.Prioritised(discipline=d):
            return i.Prioritised(discipline=d, priority=before.tracks[d].priority)
        case i.Classified(discipline=d):
            track = before.tracks[d]
            return i.Classified(discipline=d, class_code=track.class_code, class_text=track.class_text)
        case i.Relocated():
            return i.Relocated(location=before.location)
        case i.CharacteristicSet(name=name) | i.CharacteristicCleared(name=name):
            value = before.characteristics.get(name)
            return i.CharacteristicSet(name=name, value=value) if value else i.CharacteristicCleared(name=name)
        case i.NoteWritten(line=line):
            return i.NoteStruck(line=line, by=context.actor, reason="undo")
        case i.TrackClosed(discipline=d):
            return i.TrackReopened(discipline=d, reason="undo", by=context.actor)
    raise Refused("undo.not_possible", what=type(event).__name__)
