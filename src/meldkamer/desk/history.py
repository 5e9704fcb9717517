"""The time machine: what the screens showed at any past moment, made by the same rows from the record up to then.

A moment is read only: there is no operation that changes anything, because there is nothing to change it in.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from meldkamer.desk.contract import ProblemError
from meldkamer.desk.history_clock import PastClock
from meldkamer.desk.rooms import RoomAbout, Rooms
from meldkamer.desk.rows_of import Rows
from meldkamer.domain.clock import Clock, Millis
from meldkamer.intake import Duplicates
from meldkamer.network import Past, PastKeeper, Picture, Start
from meldkamer.pack import Classification
from meldkamer.record import Record
from meldkamer.response import PositionReport, Positions, Sample

Purpose = Literal["emergency_response", "evaluation", "complaint", "investigation", "training"]
"""Why somebody looks back, as a code of the register of processing."""

YOUNGEST_MILLIS = 5_000
"""What is younger may still change: it is now, not the past."""
SETTLED_MILLIS = 60_000
"""Older moments are remembered: other rooms' events have arrived."""
MOMENTS = 6
"""Moments remembered; a desk that looks at one incident after the other asks for the same one each time."""


class Tracks(Protocol):
    """Where units were: `response.PositionHistory`."""

    async def between(self, after: Millis, until: Millis) -> list[tuple[str, Sample]]:
        """The newest sample of every unit in this time."""
        ...


class Shown(msgspec.Struct, frozen=True):
    """What lists are made from, now or then. past: whether it is then; upto: for a subject's region, the sequence after
    which nothing existed yet (None: it is now)."""

    at: Millis
    picture: Picture
    rows: Rows
    rooms: Rooms
    past: bool = False

    def upto(self, region: str) -> int | None:
        """The last sequence of this region that existed."""
        return self.picture.positions.get(region, 0) if self.past else None


class Scene(msgspec.Struct, frozen=True):
    """A moment that can go on: its picture, what is made from it, and the clock that it follows."""

    past: Past
    clock: PastClock
    positions: Positions
    rows: Rows
    rooms: Rooms


class History:
    """Makes moments. about, homes, classes: what the pack says of rooms, functions and classes."""

    def __init__(
        self,
        record: Record,
        keeper: PastKeeper,
        tracks: Tracks,
        about: Sequence[RoomAbout],
        homes: Mapping[str, str],
        classes: Mapping[str, Classification],
        clock: Clock,
        national: str = "NL",
    ) -> None:
        self._record, self._keeper, self._tracks = record, keeper, tracks
        self._about, self._homes, self._classes = tuple(about), dict(homes), classes
        self.clock, self.national = clock, national
        self._moments: OrderedDict[Millis, tuple[Shown, Past]] = OrderedDict()
        self._making = asyncio.Lock()

    @property
    def latest(self) -> Millis:
        """The youngest moment that is past."""
        return self.clock.now() - YOUNGEST_MILLIS

    async def moment(self, at: Millis) -> Shown:
        """What was shown then. Raises ProblemError for a moment that is not past, Damaged for a record with a hole."""
        self._must_be_past(at)
        # One at a time: folding is work for the processor, and whoever waits may find what the other made.
        async with self._making:
            known = self._moments.get(at)
            if known is not None:
                self._moments.move_to_end(at)
                return known[0]
            scene = await self._scene(at)
            await scene.past.close()
            shown = Shown(at, scene.past.picture, scene.rows, scene.rooms, True)
            if at <= self.clock.now() - SETTLED_MILLIS:
                self._moments[at] = (shown, scene.past)
                if len(self._moments) > MOMENTS:
                    self._moments.popitem(last=False)
            return shown

    async def scene(self, at: Millis) -> Scene:
        """The same, for whoever lets it go on; theirs alone, to be closed by them. Raises as `moment` does."""
        self._must_be_past(at)
        async with self._making:
            return await self._scene(at)

    async def move(self, scene: Scene, to: Millis) -> None:
        """Let a scene go on to this moment, with its units. Raises Damaged."""
        before = scene.past.at
        await scene.past.forward(to)
        await self._place(scene.positions, before, to)
        scene.clock.shown = to

    async def beside(self, at: Millis, to: Literal["next", "previous"]) -> Millis | None:
        """When something was stored just after or before this moment, in any region; None when nothing was."""
        shown = await self.moment(at)
        found: list[Millis] = []
        for region, seq in shown.picture.positions.items():
            first, last = (seq, seq + 1) if to == "next" else (max(0, seq - 100), seq)
            times = [e.event.recorded async for e in self._record.replay(region, first, last)]
            found += times if to == "next" else [t for t in times if t < at]
        if not found:
            return None
        return min(found) if to == "next" else max(found)

    def _must_be_past(self, at: Millis) -> None:
        if at > self.latest:
            raise ProblemError("not_valid", "past.not_yet", params={"seconds": YOUNGEST_MILLIS // 1000})

    async def _scene(self, at: Millis) -> Scene:
        past = await self._keeper.open(await self._start(at))
        try:
            await past.forward(at)
        except BaseException:
            await past.close()
            raise
        clock, picture = PastClock(at, self.clock), past.picture
        positions = Positions(picture)
        await self._place(positions, 0, at)
        rows = Rows(picture, self._homes, positions, Duplicates(picture, self._classes))
        # Whose heart beat then is in no record: it could not be checked, and is shown so.
        rooms = Rooms(picture, self._about, dict(self._homes), lambda room: None, clock)
        return Scene(past, clock, positions, rows, rooms)

    async def _start(self, at: Millis) -> Start:
        """The nearest known moment before: one that was looked at, or one that was kept."""
        kept = await self._keeper.start(at)
        near = max((a for a in self._moments if kept.at < a <= at), default=None)
        return kept if near is None else await self._moments[near][1].kept()

    async def _place(self, positions: Positions, after: Millis, until: Millis) -> None:
        samples = await self._tracks.between(after, until)
        positions.update([PositionReport(ref, s.x, s.y, s.at) for ref, s in samples], until)
