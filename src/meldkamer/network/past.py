"""The picture as it was: folded from the record up to a moment, by the same rules as the picture of now.

What counts is what the rooms knew then. Of each region's stream that is everything before the first entry that was
recorded later. What an island brought afterwards stands behind what the others recorded meanwhile, so nobody is shown
to have known it; where nobody else recorded anything, it is shown as the island itself knew it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Protocol, cast

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.network.follower import KEEP_MILLIS
from meldkamer.network.picture import SNAPSHOT_VERSION, NotFolded, Picture, kind_and_ref
from meldkamer.network.reading import load
from meldkamer.record import Entry, Record, Sealer, Snapshots

MARK_MILLIS = 30 * 60 * 1000
"""Every half hour a picture is kept, so that a jump folds half an hour at most."""
DAY_MILLIS = 24 * 60 * 60 * 1000
NEAR_MILLIS, FAR_MILLIS = 2 * DAY_MILLIS, 92 * DAY_MILLIS
"""Half hours are kept two days, midnights (UTC) three months; before that a jump folds from further back."""
FORGET_MILLIS = 5 * 60 * 1000
"""How often what is long over is forgotten, in shown time, as the picture of now does."""
AT_ONCE = 50
"""Entries folded before others get their turn."""
_ALL = "past-"
_KEY = f"{_ALL}{SNAPSHOT_VERSION}-"

log = logging.getLogger(__name__)


class Kept(Snapshots, Protocol):
    """Snapshots that can be listed and dropped."""

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin so, sorted."""
        ...

    def drop(self, key: str) -> None:
        """Remove one; harmless when it is not there."""
        ...


class Start(msgspec.Struct, frozen=True):
    """A picture that was kept: how it was at `at`, whole."""

    at: Millis
    positions: Mapping[str, int]
    blob: bytes


NOTHING = Start(0, {}, b"")


class Past:
    """A picture at a moment. It goes forward only; one task at a time moves it."""

    def __init__(self, record: Record, sealer: Sealer, regions: Sequence[str], start: Start = NOTHING) -> None:
        self._record, self._sealer = record, sealer
        self.picture = Picture(lambda entry: sealer.decode(entry, frozenset()).event)
        if start.blob:
            self.picture.from_snapshot(dict(start.positions), start.blob)
        for region in regions:
            self.picture.positions.setdefault(region, 0)
        self.at = start.at
        self._forgot = start.at
        self._runs: dict[str, AsyncGenerator[Entry, None]] = {}
        self._held: dict[str, Entry] = {}

    async def forward(self, to: Millis) -> int:
        """Go to this moment. Returns how many entries were folded. Raises Damaged for a record with a hole."""
        count = 0
        for region in list(self.picture.positions):
            while (entry := await self._next(region)) is not None:
                if entry.event.recorded > to:
                    self._held[region] = entry
                    break
                await self._apply(entry)
                count += 1
                if count % AT_ONCE == 0:
                    await asyncio.sleep(0)
        if to - self._forgot >= FORGET_MILLIS:
            self._forgot = to
            self.picture.forget(to - KEEP_MILLIS)
        self.at = max(self.at, to)
        return count

    async def _next(self, region: str) -> Entry | None:
        held = self._held.pop(region, None)
        if held is not None:
            return held
        run = self._runs.get(region)
        if run is None:
            made = self._record.replay(region, self.picture.positions[region])
            run = self._runs[region] = cast("AsyncGenerator[Entry, None]", made)
        entry = await anext(run, None)
        if entry is None:
            # The end of what is stored: more may come before the next time.
            del self._runs[region]
        return entry

    async def _apply(self, entry: Entry) -> None:
        if self.picture.missing(entry):
            kind, ref = kind_and_ref(entry.subject)
            state, version = await load(self._record, self._sealer, entry.subject, until=entry.version - 1)
            if state is not None:
                self.picture.recall(kind, ref, state, entry.subject, version)
        try:
            self.picture.apply(entry)
        except NotFolded:  # of a newer program; the follower says so
            self.picture.pass_over(entry)

    async def kept(self) -> Start:
        """This moment as a start for others. Nobody may move it meanwhile."""
        blob = await asyncio.to_thread(self.picture.to_snapshot)
        return Start(self.at, dict(self.picture.positions), blob)

    async def close(self) -> None:
        """Let go of what is being read."""
        for run in self._runs.values():
            await run.aclose()
        self._runs.clear()


class PastKeeper:
    """Keeps pictures at marks, as the record grows: a cache, without which a jump only takes longer."""

    def __init__(
        self,
        record: Record,
        sealer: Sealer,
        snapshots: Kept,
        clock: Clock,
        regions: Sequence[str],
        alone: Callable[[], bool] = lambda: False,
    ) -> None:
        """alone: whether the room is cut off: what it has alone gets another place, and no picture of it is kept."""
        self._record, self._sealer, self._snapshots, self._alone = record, sealer, snapshots, alone
        self._clock, self._regions = clock, tuple(regions)

    async def start(self, at: Millis) -> Start:
        """The newest picture kept at or before this moment; an empty one when there is none."""
        marks = [mark for mark in self._marks() if mark <= at]
        for mark in reversed(marks):
            kept = await self._snapshots.latest(f"{_KEY}{mark}")
            if kept is not None:
                return Start(mark, *kept)
        return NOTHING

    async def open(self, start: Start) -> Past:
        """A picture that begins there. One that cannot be read any more is the same as none."""
        try:
            return await asyncio.to_thread(Past, self._record, self._sealer, self._regions, start)
        except msgspec.MsgspecError as error:
            log.warning("kept picture of %d not usable: %s", start.at, error)
            self._snapshots.drop(f"{_KEY}{start.at}")
            return Past(self._record, self._sealer, self._regions)

    async def keep(self) -> None:
        """Keep a picture at every mark, for ever; run as a task of the room."""
        while True:
            now = self._clock.now()
            await self._clock.sleep((MARK_MILLIS - now % MARK_MILLIS) / 1000 + 10)
            if self._alone():
                continue
            try:
                await self.mark(self._clock.now() // MARK_MILLIS * MARK_MILLIS)
            except OSError as error:
                log.warning("picture for looking back not kept: %s", error)

    async def mark(self, at: Millis) -> None:
        """Keep the picture of this moment, and drop those that are no longer needed. Raises OSError, Damaged."""
        past = await self.open(await self.start(at))
        try:
            await past.forward(at)
            kept = await past.kept()
        finally:
            await past.close()
        await self._snapshots.save(f"{_KEY}{at}", kept.positions, kept.blob)
        for key in self._snapshots.keys(_ALL):
            if not key.startswith(_KEY):  # of another version of this program, which nobody reads any more
                self._snapshots.drop(key)
        for mark in self._marks():
            age = at - mark
            if age > FAR_MILLIS or (age > NEAR_MILLIS and mark % DAY_MILLIS):
                self._snapshots.drop(f"{_KEY}{mark}")

    def _marks(self) -> list[Millis]:
        return sorted(int(key[len(_KEY) :]) for key in self._snapshots.keys(_KEY))
