"""Rooms over one real record, on one pumped clock, with the workers under test running beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from meldkamer.domain import desk, function
from meldkamer.domain.basics import Command, Context
from meldkamer.domain.clock import FakeClock, Millis, SeededIds
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.intake import Distributor, RoomsNow
from meldkamer.network import Change, Done, Handler, Picture
from meldkamer.pack import load_pack
from meldkamer.record import Entry, Sealer
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.sqlite import SqliteRecord

ROOMS = ("RT", "DH", "LB")
REGIONS = ("RT", "DH", "LB", "NL")
RULES = load_pack().overflow
RING = RULES["112"].ring_seconds
BUDDIES = {"RT": ("DH", "LB"), "DH": ("RT", "LB"), "LB": ("DH", "RT")}


class CountedHandler(Handler):
    """A handler that knows how many commands it has in hand, so that a test can tell when all is done."""

    in_hand = 0

    async def do(self, command: Command, *, command_id: str, context: Context, occurred: Millis | None = None) -> Done:
        self.in_hand += 1
        try:
            return await super().do(command, command_id=command_id, context=context, occurred=occurred)
        finally:
            self.in_hand -= 1


class CountedRecord(SqliteRecord):
    """A record that knows how many are reading it."""

    in_hand = 0

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        self.in_hand += 1
        try:
            return await super().read(subject, after, until)
        finally:
            self.in_hand -= 1


class House:
    """Rooms RT, DH and LB. Restart it by closing and building another over the same folder."""

    def __init__(self, folder: Path, clock: FakeClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or FakeClock()
        self.ids = SeededIds(f"house-{self.clock.now()}")
        self.record = CountedRecord(folder / "record.sqlite")
        self.keys = SqliteKeys(folder)
        self.sealer = Sealer(EVENT_TYPES, self.keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        self.changes: list[Change] = []
        self.picture.listen(self.changes.append)
        self.handlers = {
            room: CountedHandler(
                room, self.record, self.picture, self.sealer, self.clock, lambda d, code: Meaning(code)
            )
            for room in ROOMS
        }
        self.tasks: list[asyncio.Task[None]] = []
        self.lapsed: set[str] = set()
        """Rooms whose heart-beat everybody says has lapsed."""
        homes = {f"{room}.112": room for room in ROOMS}
        self.rooms = RoomsNow(self.picture, ROOMS, BUDDIES, homes, self.lapsed.__contains__)

    def distribute(self, *rooms: str) -> None:
        """Let these rooms offer calls."""
        for room in rooms or ROOMS:
            self.spawn(Distributor(self.handlers[room], self.picture, self.clock, self.rooms, RULES).run())

    async def start(self) -> None:
        """Fold what is there, then follow."""
        for region in REGIONS:
            self.picture.positions.setdefault(region, 0)
            async for entry in self.record.replay(region):
                self.picture.apply(entry)
        self.spawn(self._follow())

    async def _follow(self) -> None:
        async for entry in self.record.follow(dict(self.picture.positions)):
            self.picture.apply(entry)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.tasks.append(task)
        return task

    async def do(
        self,
        room: str,
        command: Command,
        *,
        command_id: str = "",
        actor: str = "",
        seat: str = "",
        occurred: Millis | None = None,
    ) -> Done:
        context = Context(now=self.clock.now(), actor=actor or f"{room.lower()}.person", room=room, seat=seat)
        return await self.handlers[room].do(
            command, command_id=command_id or self.ids.new(), context=context, occurred=occurred
        )

    async def own(self, room: str, *names: str) -> None:
        for name in names:
            await self.do(room, function.TakeFunction(function=name, to=room, ground="first"))

    async def hand_over(self, name: str, to: str) -> None:
        """Let the function move by agreement."""
        owner = self.picture.function(name).owner
        await self.do(to, function.ProposeTransfer(function=name, to=to))
        await self.do(owner, function.AnswerTransfer(function=name, agree=True))

    async def sit(self, room: str, seat: str, *qualified: str) -> None:
        await self.do(room, desk.SignIn(room=room, seat=seat, qualified=qualified), actor=f"person.{seat}", seat=seat)

    async def quiet(self, *idle: Callable[[], bool]) -> None:
        """Until everything stored is folded and nobody is doing anything any more, without moving time."""
        calm = 0
        async with asyncio.timeout(20):
            while calm < 60:
                await asyncio.sleep(0)
                busy = self.record.in_hand + sum(h.in_hand for h in self.handlers.values())
                still = not busy and all(test() for test in idle)
                if still and calm % 20 == 0:
                    still = await self._folded()
                calm = calm + 1 if still else 0

    async def _folded(self) -> bool:
        for region in REGIONS:
            if self.picture.positions.get(region, 0) < await self.record.tail(region):
                return False
        return True

    async def pass_time(self, seconds: float, step: float = 1.0, idle: Sequence[Callable[[], bool]] = ()) -> None:
        """Let time go by in steps, with everybody finishing in each."""
        while seconds > 0:
            await self.clock.pump(min(step, seconds))
            await self.quiet(*idle)
            seconds -= step

    def events(self, *types: type) -> list[Any]:
        """What was folded since the start of this house, of these types."""
        return [c for c in self.changes if isinstance(c.event, types)]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.record.close()
        await self.keys.close()
