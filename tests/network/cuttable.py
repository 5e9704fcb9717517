"""A network that can be cut: rooms over one SQLite record, each by a line of its own. Nothing here is a real network;
what it stands for is proven over real servers in `tests/e2e/test_island.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from meldkamer.domain.basics import Command, Context
from meldkamer.domain.clock import FakeClock, SeededIds
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.network import Done, Follower, Handler, Island, LeaseKeeper, Picture
from meldkamer.network.relay import Others
from meldkamer.record import (
    Appended,
    Entry,
    Fence,
    IslandRecord,
    Lease,
    Position,
    RecordError,
    Sealer,
    Unknown,
    Write,
    fence_subject,
)
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.store_reader import Reader

REGIONS = ("LB", "OB", "NL")


class Line:
    """One room's line to the record that all share. `cut`: nothing gets through; `swallow`: what is sent is stored,
    and no answer comes; `mute`: regions that answer no append, as nobody leads them."""

    def __init__(self, record: SqliteRecord) -> None:
        self._record, self._reader = record, Reader(record.path)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tails: dict[str, int] = {}
        self._cut = self.swallow = False
        self.mute: set[str] = set()
        self.replayed: list[tuple[str, int]] = []
        """After which sequences of a region somebody read again."""
        self.lost = asyncio.Event()
        """Set when an append was sent that nobody will answer."""

    @property
    def cut(self) -> bool:
        return self._cut

    @cut.setter
    def cut(self, cut: bool) -> None:
        self._freeze()
        self._cut = cut

    def _freeze(self) -> None:
        """What is known here stands still from the cut on."""
        if self._flowing.is_set() and not self._cut:
            self._tails = {region: self._reader.tail(region) for region in self._reader.regions()}

    def _through(self) -> None:
        if self.cut:
            raise Unknown((), "the line is cut")

    # --- as NetworkRecord -------------------------------------------------------------------------------------------

    links = 0

    @property
    def held(self) -> bool:
        return not self._flowing.is_set()

    def hold(self) -> None:
        self._freeze()
        self._flowing.clear()

    def let_go(self) -> None:
        self._flowing.set()

    async def answers(self) -> bool:
        return not self.cut

    async def go_on(self, seconds: float) -> None:
        self._through()
        self._flowing.set()

    def shown(self, region: str) -> int:
        return self._tails.get(region, 0) if self.held or self.cut else self._reader.tail(region)

    def shown_version(self, subject: str) -> int:
        region = subject.split(".", 2)[1]
        return sum(entry.seq <= self.shown(region) for entry in self._reader.subject(subject, 0, None))

    def token(self, region: str, function: str) -> int:
        found = [e.seq for e in self._reader.subject(fence_subject(region, function), 0, None)]
        return max((seq for seq in found if seq <= self.shown(region)), default=0)

    def known(self, region: str, event_id: str) -> Position | None:
        found = self._reader.position(event_id)
        return found if found is not None and found.seq <= self.shown(region) else None

    # --- as Record --------------------------------------------------------------------------------------------------

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        if self.swallow:
            await self._record.append(region, writes, fences)
        if self.cut or region in self.mute:
            self.lost.set()
            await asyncio.Event().wait()
        return await self._record.append(region, writes, fences)

    async def resolve(self, region: str, event_id: str) -> Position | None:
        return self.known(region, event_id)

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        return await self._record.read(subject, after, until)  # a room has copies of its own

    async def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        self.replayed.append((region, after))
        async for entry in self._record.replay(region, after, until):
            yield entry

    async def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        async for entry in self._record.follow(after):
            if entry.seq > self.shown(entry.region):
                await self._flowing.wait()
            yield entry

    async def tail(self, region: str) -> int:
        return self.shown(region)

    async def version(self, subject: str) -> int:
        return await self._record.version(subject)

    async def fence(self, region: str, function: str) -> Entry | None:
        return await self._record.fence(region, function)

    async def regions(self) -> list[str]:
        return await self._record.regions()

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        self._through()
        return await self._record.renew(room, holder, expected)

    async def all(self) -> dict[str, Lease]:
        self._through()
        return await self._record.all()

    async def close(self) -> None:
        self._reader.close()


class SharedKeys(SqliteKeys):
    """One store for all: rooms in a real network make keys of their own while they are cut off."""

    def go_alone(self) -> None:
        """Nothing to do."""

    async def hand_in(self) -> Others:
        return {}

    async def gathered(self) -> None:
        """Nothing to do."""


class RoomAt:
    """One room with its line: record, picture, handler and island watch."""

    def __init__(self, code: str, shared: SqliteRecord, keys: SharedKeys, folder: Path, clock: FakeClock) -> None:
        self.code, self.line, self.clock, self.folder = code, Line(shared), clock, folder / code
        self.keys, self.ids = keys, SeededIds(f"{code} {clock.now()}")
        self.sealer = Sealer(EVENT_TYPES, keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self, turn: float = 0.0) -> RoomAt:
        """Begin, with what an earlier one of this room has left in its folder. turn: see Island."""
        self.record = await IslandRecord.open(self.line, self.folder / "island", SqliteRecord, self.clock)
        self.handler = Handler(
            self.code,
            self.record,
            self.picture,
            self.sealer,
            self.clock,
            lambda d, code: Meaning(code),
            alone=lambda: self.record.alone,
        )
        self.keeper = LeaseKeeper(self.code, self.ids.new(), self.record, self.clock)
        self.follower = Follower(
            self.record,
            self.sealer,
            self.picture,
            FileSnapshots(self.folder / "snapshots"),
            self.clock,
            REGIONS,
            self.record,
        )
        handlers = {self.code: self.handler}
        self.island = Island(
            self.record, self.keys, self.sealer, self.picture, [self.keeper], handlers, self.clock, self.ids, turn
        )
        self.island.leaving.append(self.follower.save)
        await self.follower.start()
        self.tasks.append(asyncio.create_task(self.follower.run()))
        await self.keeper.beat()
        return self

    async def do(self, command: Command, command_id: str = "", actor: str = "") -> Done:
        context = Context(now=self.clock.now(), actor=actor or f"{self.code.lower()}.person", room=self.code, seat="1")
        return await self.handler.do(command, command_id=command_id or self.ids.new(), context=context)

    async def cut_off(self) -> None:
        """Cut the line, and let the rule find out."""
        self.line.cut = True
        await self.clock.pump(6.0)
        await self.keeper.beat()
        await self.island.look()
        assert self.record.alone

    async def heal(self) -> None:
        """Let the line stand again, and the rule bring everything to the others."""
        self.line.cut = self.line.swallow = False
        for _ in range(200):
            await self.keeper.beat() or await self.keeper.beat()
            try:
                await self.island.look()
            except RecordError:
                continue
            if not self.record.alone:
                return
            await self.clock.pump(1.0)
        raise AssertionError("still alone")

    async def caught_up(self) -> None:
        """Wait until everything that is stored is folded here."""
        for region in REGIONS:
            await self.picture.reached(region, await self.record.tail(region))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.record.close()
