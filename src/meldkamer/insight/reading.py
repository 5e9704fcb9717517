"""Reading a record for its times, without any key: personal fields stay sealed, whoever asks for the report.

A reader knows how far it is and can go on later. Regions are read side by side, by the time at which their events were
recorded, so that what belongs together over regions comes together. What began longer ago than a few days is then
settled: it stands as columns of numbers, and its texts are forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.gap import Gap
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.insight.cases import cases
from meldkamer.insight.columns import Columns, Names, columns, joined
from meldkamer.insight.facts import CallFacts, Down, Facts, Owned
from meldkamer.insight.norm_changes import Norms
from meldkamer.insight.owners import Owners
from meldkamer.record import Damaged, Destruction, Entry, KeyDestroyed, Record, Sealer, UnknownEvent

QUIET_SECONDS = 2.0
"""Reading that takes longer says how far it is, as often as this."""
DAY: Millis = 86_400_000
SETTLED_AFTER: Millis = 3 * DAY
"""What began so long ago is counted as it stands; a status that is reported even later changes no figure any more."""
FORGOTTEN_AFTER: Millis = SETTLED_AFTER + DAY
BREATH = 50
"""Entries after which others get their turn on the loop."""


class Book(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """All that a report is made of. tests: when test calls came. gaps: what could not be read, in words.

    since, until: first and last event. items: the items of each room and measure, by their reference. norms: what was
    changed while rooms worked, from when, and all norms from then on.
    """

    columns: Columns
    names: Names
    tests: tuple[Millis, ...]
    owned: tuple[Owned, ...]
    downs: tuple[Down, ...]
    items: Mapping[str, tuple[Gap, ...]]
    norms: tuple[tuple[Millis, Norms], ...]
    since: Millis | None
    until: Millis
    entries: int
    unread: int
    gaps: tuple[str, ...]


class NoKeys:
    """A key store without keys: nothing personal can be opened through it."""

    async def obtain(self, subject: str, compartment: str) -> bytes:
        raise KeyDestroyed(subject, compartment)

    def find(self, subject: str, compartment: str) -> bytes | None:
        return None

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        return False

    def destroyed(self) -> list[Destruction]:
        return []


class Reader:
    """Folds a record. home: function -> its room; national: the region of what is national.

    settling: whether what is long over is settled, for a room that runs for years; without it everything stays open.
    """

    def __init__(self, home: Mapping[str, str], national: str, settling: bool = True) -> None:
        self.facts = Facts()
        self.positions: dict[str, int] = {}
        self.unread = 0
        self.gaps: list[str] = []
        self.count, self.whole = 0, 0
        self._home, self._national, self._settling = dict(home), national, settling
        self._sealer = Sealer(EVENT_TYPES, NoKeys())
        self._names = Names()
        self._settled: list[Columns] = []
        self._tests: list[Millis] = []
        self._next: Millis | None = None

    async def catch_up(self, record: Record, tell: Callable[[str], None], seconds: Callable[[], float]) -> None:
        """Read what was stored since the last time. tell: gets a line of progress now and then; seconds: a monotonic
        clock. A damaged place is passed and named in `gaps`; what else the record cannot do it raises (RecordError).
        """
        tails = {region: await record.tail(region) for region in await record.regions()}
        self.count, said = 0, seconds()
        self.whole = sum(max(0, tail - self.positions.get(region, 0)) for region, tail in tails.items())
        async for entry in self._side_by_side(record, tails):
            self.count += 1
            self._settle(entry.event.recorded)
            try:
                self.facts.apply(entry, self._sealer.decode(entry, frozenset()).event)
            except UnknownEvent:
                self.unread += 1
            if seconds() - said > QUIET_SECONDS:
                said = seconds()
                tell(f"events read: {self.count} of {self.whole}")
            if self.count % BREATH == 0:
                await asyncio.sleep(0)

    async def _side_by_side(self, record: Record, tails: Mapping[str, int]) -> AsyncIterator[Entry]:
        heads: dict[str, tuple[Entry, AsyncIterator[Entry]]] = {}
        reading = {region: self._region(record, region, tail) for region, tail in tails.items()}
        for region, entries in reading.items():
            if (first := await anext(entries, None)) is not None:
                heads[region] = first, entries
        while heads:
            region = min(heads, key=lambda name: heads[name][0].event.recorded)
            entry, entries = heads.pop(region)
            yield entry
            self.positions[region] = entry.seq
            if (following := await anext(entries, None)) is not None:
                heads[region] = following, entries
        # What was damaged up to the end of a region is passed as well, and not read again each time.
        self.positions.update(tails)

    async def _region(self, record: Record, region: str, tail: int) -> AsyncIterator[Entry]:
        after = self.positions.get(region, 0)
        while after < tail:
            try:
                async for entry in record.replay(region, after, tail):
                    after = entry.seq
                    yield entry
                return
            except Damaged as damage:
                self.gaps.append(str(damage))
                after = max(after + 1, damage.seq)

    def _settle(self, now: Millis) -> None:
        if not self._settling:
            return
        if self._next is None:
            self._next = now + SETTLED_AFTER + DAY
        if now < self._next:
            return
        before = now - SETTLED_AFTER
        self._settled.append(self._columns(before))
        self._tests += [call.began for call in self._test_calls() if call.began < before]
        self.facts.settle(before, now - FORGOTTEN_AFTER)
        self._next = now + DAY

    def _columns(self, before: Millis | None = None) -> Columns:
        owners = Owners(self.facts.owned, self._home)
        return columns(cases(self.facts, owners, self._national, before), self._names)

    def _test_calls(self) -> Iterable[CallFacts]:
        return (call for call in self.facts.calls.values() if call.test and not call.settled)

    def book(self) -> Book:
        """What was read so far. Not while `catch_up` goes on."""
        facts = self.facts
        if len(self._settled) > 1:
            self._settled = [joined(self._settled)]
        norms, wrong = facts.norms.read()
        return Book(
            columns=joined([*self._settled, self._columns()]),
            names=self._names,
            tests=(*self._tests, *(call.began for call in self._test_calls())),
            owned=tuple(facts.owned),
            downs=tuple(facts.downs),
            items=dict(facts.gaps),
            norms=norms,
            since=facts.since,
            until=facts.until,
            entries=facts.entries,
            unread=self.unread,
            gaps=(*self.gaps, *wrong),
        )
