"""Bringing what an island stored to the network: all of it, in order, exactly once, merged by the rule of `merge`.

Each event keeps its id, its times and its hand; only its place is new. The network takes an id once for ever, so this
may be broken off anywhere and done again. What is merged is decided on the newest version of every subject concerned
and stored on that condition, so that every room folds the same outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from meldkamer.domain import incident, unit
from meldkamer.domain.basics import Event
from meldkamer.domain.merge import beside, clash, conflict_of
from meldkamer.network.picture import kind_and_ref
from meldkamer.record import Conflict, Entry, Journal, NewEvent, Record, Sealer, Unknown, UnknownEvent, Write

GROUP = 100
"""Events that are brought together: few enough to win from those who write to the same region meanwhile."""
TRIES, UNKNOWN_TRIES = 50, 3
Others = Mapping[tuple[str, str], tuple[bytes, bytes | None]]
"""By subject and compartment: the key that an island made, and the one that the network had by then, if any."""


class Brought(msgspec.Struct, frozen=True):
    """How many events were brought now, and how many conflicts that made."""

    events: int
    conflicts: int


class Relay:
    """One journal's way to the network."""

    def __init__(self, network: Record, journal: Journal, sealer: Sealer, others: Others) -> None:
        """others: keys with which something was sealed that nobody else can open; see `KeyStore.hand_in`."""
        self._network, self._journal, self._sealer, self._others = network, journal, sealer, others
        self._ids: set[str] = set()
        self._conflicts = 0

    async def run(self) -> Brought:
        """Bring everything, each region's beside the others'. Raises what the network's record raises; what was brought
        by then stays so."""
        found = await asyncio.gather(
            *(self._region(region) for region in await self._journal.regions()), return_exceptions=True
        )
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return Brought(sum(one for one in found if isinstance(one, int)), self._conflicts)

    async def _region(self, region: str) -> int:
        """Bring what was stored for one region, in order; how many events that were."""
        count = after = 0
        while entries := await self._journal.stored(region, after, GROUP):
            after = entries[-1].seq
            self._ids |= {entry.event.id for entry in entries}
            for _, some in groupby(entries, key=lambda entry: entry.event.room):  # a room signs for itself alone
                count += await self._bring(region, list(some))
        return count

    async def _bring(self, region: str, entries: list[Entry]) -> int:
        """Store what the network does not have yet of these, merged."""
        unknown = 0
        for _ in range(TRIES):
            left = [one for one in entries if await self._network.resolve(region, one.event.id) is None]
            if not left:
                return 0
            writes, conflicts = await self._merged(left)
            try:
                await self._network.append(region, writes)
            except Conflict:
                continue  # somebody wrote to one of them meanwhile: merge with that too
            except Unknown:
                unknown += 1
                if unknown == UNKNOWN_TRIES:
                    raise
                continue  # slow is better than to begin anew, as long as there is somebody
            self._conflicts += conflicts
            return len(left)
        raise Conflict(entries[0].subject, 0, 0)

    async def _merged(self, entries: Sequence[Entry]) -> tuple[list[Write], int]:
        """These events as they fit to what the network has now, by subject in their order, and the clashes found."""
        theirs: dict[str, list[Event]] = {}
        versions: dict[str, int] = {}
        writes: list[Write] = []
        conflicts = 0
        acknowledged = {
            event.assignment for entry in entries if isinstance(event := self._decode(entry), unit.AssignmentProgressed)
        }
        for entry in entries:
            subject = entry.subject
            if subject not in versions:
                versions[subject] = await self._network.version(subject)
                theirs[subject] = await self._since(subject, entry.event.base, versions[subject])
            event = self._decode(entry)
            merged = _merge(subject, theirs[subject], event, entry.event.id, acknowledged)
            new = entry.event if merged is event else await self._put(merged, entry)
            conflicts += isinstance(merged, incident.ConflictFound) and merged is not event
            writes.append(Write(subject, (self._resealed(new, subject),), versions[subject]))
            versions[subject] += 1
        return writes, conflicts

    async def _since(self, subject: str, base: int, version: int) -> list[Event]:
        """What the network stored for a subject after a version, besides what was brought from here."""
        if version <= base:
            return []
        entries = await self._network.read(subject, base, version)
        return [self._decode(entry) for entry in entries if entry.event.id not in self._ids]

    def _decode(self, entry: Entry) -> Event:
        """What happened; of a newer program's, only that something did, which is a fact beside the others."""
        try:
            return self._sealer.decode(entry, frozenset()).event
        except UnknownEvent:
            return Event()

    async def _put(self, event: Event, entry: Entry) -> NewEvent:
        """Another event in the place of one, under its id."""
        type_, schema, body, sealed = await self._sealer.encode(event, entry.subject, entry.event.id)
        return msgspec.structs.replace(entry.event, type=type_, schema=schema, body=body, sealed=sealed)

    def _resealed(self, event: NewEvent, subject: str) -> NewEvent:
        """The event with what only our own key opens sealed by the one that stands, or gone when that was destroyed."""
        sealed = dict(event.sealed)
        for compartment in event.sealed:
            if (keys := self._others.get((subject, compartment))) is not None:
                text = self._sealer.reseal(event, subject, compartment, *keys)
                if text is None:
                    del sealed[compartment]
                else:
                    sealed[compartment] = text
        return event if sealed == event.sealed else msgspec.structs.replace(event, sealed=sealed)


def _merge(subject: str, theirs: Sequence[Event], ours: Event, event_id: str, acknowledged: set[str]) -> Event:
    kind, ref = kind_and_ref(subject)
    if kind == "incident" and (found := clash(ref, theirs, ours)) is not None:
        return conflict_of(found, event_id)
    if isinstance(ours, unit.UnitAssigned):
        return beside(theirs, ours, ours.assignment in acknowledged)
    return ours
