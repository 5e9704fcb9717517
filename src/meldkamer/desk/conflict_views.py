"""Conflicts as a person decides them: what stands, what the other side wanted, and by whose hand and when."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident import ConflictFound, ConflictState, Incident
from meldkamer.domain.merge import about_of, field_of, value_of
from meldkamer.record import Entry


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave a value, in which room, and when it was."""

    by: str
    room: str
    at: Millis


class ConflictView(ConflictState, frozen=True, kw_only=True):
    """A conflict with whose value stands and who wanted the other; null where the record does not say."""

    kept_by: Hand | None = None
    other_by: Hand | None = None


def conflict_views(incident: Incident, history: Iterable[tuple[Entry, Event]]) -> tuple[ConflictView, ...]:
    """The conflicts of an incident, each with the hands that the incident's history shows."""
    given: dict[tuple[str, str], Hand] = {}
    found: dict[str, tuple[Hand | None, Hand]] = {}
    for entry, event in history:
        stored = entry.event
        hand = Hand(by=stored.actor, room=stored.room, at=stored.occurred)
        if isinstance(event, ConflictFound):
            found.setdefault(event.conflict, (given.get((event.about, event.kept)), hand))
        elif (field := field_of(event)) is not None:
            given[about_of(field), value_of(event)[:200]] = hand
    return tuple(
        ConflictView(
            **{name: getattr(state, name) for name in ConflictState.__struct_fields__},
            kept_by=found.get(state.conflict, (None, None))[0],
            other_by=found.get(state.conflict, (None, None))[1],
        )
        for state in incident.conflicts
    )
