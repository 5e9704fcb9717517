"""What a room stored while it was cut off: a file of its own, fsynced, on top of what was known of the network then.

Sequences and versions go on from where the network's stood still, so that everything above sees one history. They are
this room's alone: what is in here gets its place in the network when it is brought there, and this file is history.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from meldkamer.record.port import Appended, Conflict, Durability, Entry, Position, Record, Write

FILE = "journal.sqlite"
BROUGHT = "brought"
"""Name of the empty file that says that everything in a journal has been brought to the network."""


class Journal:
    """One period alone. shown: region -> the network's last sequence here; version: the same of a subject.

    Both must stand still for as long as this is open.
    """

    def __init__(
        self,
        folder: Path,
        store: Callable[[Path], Record],
        shown: Callable[[str], int],
        version: Callable[[str], int],
    ) -> None:
        """store: opens, or makes, the record of a file on this machine's disk. Raises InUse, NotAStore, StoreTooNew."""
        self.folder = folder
        self._store = store(folder / FILE)
        self._shown, self._version = shown, version
        self._versions: Counter[str] = Counter()
        self._tails: Counter[str] = Counter()
        self._gone: Counter[str] = Counter()
        """Of a region and of a subject: how many at the beginning stand in the network already."""
        self._keeping = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def rebase(self, known: Callable[[str, str], Position | None]) -> None:
        """Learn what is in it, and what of it stands in the network already (see `NetworkRecord.known`), as it was
        brought there before. To be called first of all, and again when the network has moved. Raises Damaged."""
        self._versions, self._tails, self._gone = Counter(), Counter(), Counter()
        for region in await self._store.regions():
            async for entry in self._store.replay(region):
                self._versions[entry.subject] = entry.version
                self._tails[region] = entry.seq
                if self._gone[region] == entry.seq - 1 and known(region, entry.event.id) is not None:
                    self._gone[region], self._gone[entry.subject] = entry.seq, entry.version

    # --- writing ----------------------------------------------------------------------------------------------------

    async def keep(self, region: str, writes: Sequence[Write]) -> Appended:
        """Store a batch, marked as an island's. Raises what a record raises, except Fenced."""
        marked = []
        for write in writes:
            own, base = self._versions[write.subject], self._version(write.subject)
            if write.expected is not None and write.expected != self.version(write.subject):
                raise Conflict(write.subject, write.expected, self.version(write.subject))
            events = tuple(msgspec.structs.replace(event, island=True, base=base) for event in write.events)
            marked.append(Write(write.subject, events, own if write.expected is not None else None))
        self._keeping += 1
        self._idle.clear()
        try:
            stored = await self._store.append(region, marked)
            for place in stored.positions:
                self._versions[place.subject] = max(self._versions[place.subject], place.version)
                self._tails[region] = max(self._tails[region], place.seq)
            return Appended(tuple(map(self._place, stored.positions)), Durability.LOCAL, stored.duplicate)
        except Conflict as error:
            base = self._version(error.subject) - self._gone[error.subject]
            raise Conflict(error.subject, error.expected + base, error.actual + base) from None
        finally:
            self._keeping -= 1
            if not self._keeping:
                self._idle.set()

    async def quiet(self) -> None:
        """Wait until nothing is being stored."""
        await self._idle.wait()

    # --- reading ----------------------------------------------------------------------------------------------------

    def tail(self, region: str) -> int:
        """A region's newest sequence."""
        return self._region_base(region) + self._tails[region]

    def version(self, subject: str) -> int:
        """A subject's newest version."""
        return self._subject_base(subject) + self._versions[subject]

    async def find(self, event_id: str) -> Position | None:
        """Where an event stands, if it was stored here."""
        found = await self._store.resolve("", event_id)
        return None if found is None else self._place(found)

    async def read(self, subject: str, after: int, until: int | None) -> list[Entry]:
        """Entries of a subject with after < version <= until."""
        base = self._subject_base(subject)
        last = None if until is None else until - base
        if last is not None and last <= 0:
            return []
        start = max(self._gone[subject], after - base)
        return [self._entry(one) for one in await self._store.read(subject, start, last)]

    async def replay(self, region: str, after: int, until: int | None = None) -> AsyncIterator[Entry]:
        """Entries of a region with after < sequence <= until."""
        base = self._region_base(region)
        last = None if until is None else until - base
        if last is not None and last <= 0:
            return
        async for entry in self._store.replay(region, max(self._gone[region], after - base), last):
            yield self._entry(entry)

    async def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        """Replay, then go on live until this is closed. after: sequences in here, or where the network's end."""
        start = {region: max(self._gone[region], seq - self._region_base(region)) for region, seq in after.items()}
        async for entry in self._store.follow(start):
            yield self._entry(entry)

    async def regions(self) -> list[str]:
        """Regions with something in here."""
        return [region for region, tail in sorted(self._tails.items()) if tail]

    @property
    def size(self) -> int:
        """How many events are in here."""
        return sum(self._tails.values())

    @property
    def events(self) -> int:
        """How many events are in here that the network does not have yet."""
        return sum(tail - self._gone[region] for region, tail in self._tails.items())

    async def stored(self, region: str, after: int, limit: int) -> list[Entry]:
        """Entries as they are stored here, after a sequence of this file's own: whole batches, about `limit`."""
        found: list[Entry] = []
        async for entry in self._store.replay(region, after):
            if len(found) >= limit and entry.n == 0:
                break
            found.append(entry)
        return found

    # --- ending -----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Finish what was accepted, then stop; followers end."""
        await self._store.close()

    def brought(self) -> None:
        """Say that all of it has been brought to the network; the file stays, as what this room has seen."""
        (self.folder / BROUGHT).touch()

    # --- places -----------------------------------------------------------------------------------------------------

    def _region_base(self, region: str) -> int:
        """What a sequence of this file's own counts from."""
        return self._shown(region) - self._gone[region]

    def _subject_base(self, subject: str) -> int:
        """What a version of this file's own counts from."""
        return self._version(subject) - self._gone[subject]

    def _place(self, at: Position) -> Position:
        seq, version = at.seq + self._region_base(at.region), at.version + self._subject_base(at.subject)
        return Position(at.region, seq, at.subject, version)

    def _entry(self, entry: Entry) -> Entry:
        at = self._place(Position(entry.region, entry.seq, entry.subject, entry.version))
        return msgspec.structs.replace(entry, seq=at.seq, version=at.version)


def unfinished(folder: Path) -> Path | None:
    """The folder of a journal that has not been brought to the network, from before a restart; the oldest one."""
    if not folder.is_dir():
        return None
    for found in sorted(folder.iterdir()):
        if (found / FILE).exists() and not (found / BROUGHT).exists():
            return found
    return None
