"""A few rooms over one real record, on one pumped clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.domain.basics import Command, Context
from meldkamer.domain.clock import FakeClock, Millis, SeededIds
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.network import Done, Follower, Handler, Picture
from meldkamer.record import Sealer
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord

REGIONS = ("RT", "DH", "LB", "NL")


class House:
    """Rooms RT, DH and LB in one process over one SQLite record."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.ids = SeededIds("house")
        self.record = SqliteRecord(folder / "record.sqlite")
        self.keys = SqliteKeys(folder)
        self.sealer = Sealer(EVENT_TYPES, self.keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        self.handlers = {room: self._handler(room) for room in ("RT", "DH", "LB")}
        self.tasks: list[asyncio.Task[None]] = [asyncio.create_task(self._follow(folder))]

    def _handler(self, room: str) -> Handler:
        return Handler(room, self.record, self.picture, self.sealer, self.clock, lambda d, code: Meaning(code))

    async def _follow(self, folder: Path) -> None:
        snapshots = FileSnapshots(folder / "snapshots")
        self.follower = Follower(self.record, self.sealer, self.picture, snapshots, self.clock, REGIONS)
        await self.follower.start()
        await self.follower.run()

    def context(self, room: str, actor: str = "") -> Context:
        return Context(now=self.clock.now(), actor=actor or f"{room.lower()}.person", room=room, seat=f"{room}-1")

    async def do(
        self, room: str, command: Command, command_id: str = "", actor: str = "", occurred: Millis | None = None
    ) -> Done:
        id = command_id or self.ids.new()
        return await self.handlers[room].do(
            command, command_id=id, context=self.context(room, actor), occurred=occurred
        )

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.record.close()
        await self.keys.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.close()
