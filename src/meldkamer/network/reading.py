"""Reading one aggregate whole, with the personal fields that this reader may open. The caller records the reading."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Set

import msgspec

from meldkamer.domain.basics import Event
from meldkamer.network.picture import State, evolve, kind_and_ref
from meldkamer.record import Entry, Record, Sealer, UnknownEvent

NEWER = "newer"
"""Beside the compartments in `unreadable`: something that a newer program wrote."""


class Reading(msgspec.Struct, frozen=True):
    """The state with what could be opened. opened/unreadable: compartments that held something."""

    state: State
    version: int
    opened: frozenset[str]
    unreadable: frozenset[str]
    history: tuple[tuple[Entry, Event], ...]


async def read_whole(
    record: Record, sealer: Sealer, subject: str, allowed: Set[str], upto: int | None = None
) -> Reading | None:
    """Fold one subject from the record with the keys of the allowed compartments; None when it does not exist.

    upto: the sequence of the region after which it did not exist yet, for whoever looks back.
    """
    kind, ref = kind_and_ref(subject)
    state: State | None = None
    opened: set[str] = set()
    unreadable: set[str] = set()
    history: list[tuple[Entry, Event]] = []
    version = 0
    for entry in await record.read(subject):
        if upto is not None and entry.seq > upto:
            break
        version = entry.version
        try:
            whole = sealer.decode(entry, allowed)
            state = evolve(kind, ref, state, whole.event, entry.event.occurred, entry.seq)
        except (UnknownEvent, ValueError):  # or its beginning is shown to nobody
            unreadable.add(NEWER)
            continue
        opened |= set(entry.event.sealed) - whole.unreadable
        unreadable |= whole.unreadable
        history.append((entry, whole.event))
    if state is None:
        return None
    return Reading(state, version, frozenset(opened), frozenset(unreadable), tuple(history))


async def load(record: Record, sealer: Sealer, subject: str, until: int | None = None) -> tuple[State | None, int]:
    """State and version of a subject up to a version, without personal fields; (None, 0) when it does not exist."""
    entries = [entry for entry in await record.read(subject) if until is None or entry.version <= until]
    return _folded(sealer, subject, entries), entries[-1].version if entries else 0


async def read_folded(record: Record, sealer: Sealer, subject: str, upto: int | None = None) -> State | None:
    """State of a subject without personal fields, folded in a thread, as it may be a long one and is one of many; None
    when it does not exist. upto: the sequence of the region after which it did not exist yet."""
    entries = [entry for entry in await record.read(subject) if upto is None or entry.seq <= upto]
    return await asyncio.to_thread(_folded, sealer, subject, entries)


def _folded(sealer: Sealer, subject: str, entries: Iterable[Entry]) -> State | None:
    kind, ref = kind_and_ref(subject)
    state: State | None = None
    for entry in entries:
        with contextlib.suppress(UnknownEvent, ValueError):
            event = sealer.decode(entry, frozenset()).event
            state = evolve(kind, ref, state, event, entry.event.occurred, entry.seq)
    return state
